"""How good the topics are on captured articles labelled by hand; fails below the floors of floors.json."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from wirewatch.core.topics.head import Head, tag
from wirewatch.core.topics.passages import passages
from wirewatch.io.embedding import embed

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARED = ROOT.parent / "shared"
SEED = "000_1a96a5e30be5a4fb.txt"
LEAST_TO_JUDGE = 4
"""Articles of a class from which its F1 says something."""

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.exists(), reason="the captured articles are not beside the checkout"),
]


class Figures(NamedTuple):
    micro: float
    macro: float
    top1: float
    by_class: dict[str, float]


class Result(NamedTuple):
    gold: frozenset[str]
    given: tuple[str, ...]


def articles() -> Iterator[tuple[str, str, str]]:
    """Key, title and text of the articles that labels can name."""
    for line in (SHARED / "newsroom/articles.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield f"newsroom:{row['id']}", row["title"], "\n".join(row["paragraphs"])
    for line in (SHARED / "newsday/articles.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield f"newsday:{row['id']}", row["title"], row["body"]
    for line in gzip.decompress((SHARED / "data/duplicates/dev.jsonl.gz").read_bytes()).decode().splitlines():
        row = json.loads(line)
        yield f"duplicates:{row['id']}", row["title"], row["text"]
    pages = json.loads((SHARED / "data/extraction/ground-truth.json").read_text(encoding="utf-8"))
    for key, page in pages.items():
        yield f"extraction:{key}", "", page["articleBody"]


@cache
def head() -> Head:
    return Head.load(ROOT / "seeds/topics/head.npz")


@cache
def results(split: str, every: int) -> tuple[Result, ...]:
    labels = json.loads((HERE / "topic_labels.json").read_text(encoding="utf-8"))[split]
    chosen = {key: labels[key] for key in sorted(labels)[::every]}
    texts = [(key, title, text, passages(title, text)) for key, title, text in articles() if key in chosen]
    assert len(texts) == len(chosen)
    vectors = embed([p for *_, parts in texts for p in parts])
    found, start = [], 0
    for key, title, text, parts in texts:
        topics = tag(head(), title, text, parts, vectors[start : start + len(parts)], "en")
        given = tuple(t.qcode[7:9] for t in topics if t.qcode in head().qcodes)
        found.append(Result(frozenset(chosen[key]), given))
        start += len(parts)
    return tuple(found)


def measure(judged: Sequence[Result]) -> Figures:
    codes = [q[7:9] for q in head().qcodes]
    gold = np.array([[c in r.gold for c in codes] for r in judged])
    given = np.array([[c in r.given for c in codes] for r in judged])
    judgeable = {c: f1(gold[:, i], given[:, i]) for i, c in enumerate(codes) if gold[:, i].sum() >= LEAST_TO_JUDGE}
    top1 = np.mean([r.given[0] in r.gold for r in judged if r.given])
    return Figures(f1(gold, given), float(np.mean([*judgeable.values()])), float(top1), judgeable)


def f1(gold: NDArray[np.bool_], given: NDArray[np.bool_]) -> float:
    return float(2 * (gold & given).sum() / max(1, gold.sum() + given.sum()))


@pytest.fixture
def floors() -> dict[str, float]:
    found: dict[str, float] = json.loads((HERE / "floors.json").read_text(encoding="utf-8"))["topics"]
    return found


def test_topics_of_the_articles_kept_for_the_report(floors: dict[str, float]) -> None:
    figures = measure(results("report", 1))
    print(figures)
    assert figures.micro >= floors["report_micro_f1"]
    assert figures.top1 >= floors["report_top1"]


def test_topics_of_all_classes(floors: dict[str, float]) -> None:
    figures = measure([*results("dev", 2), *results("report", 1)])
    print(figures)
    assert figures.micro >= floors["micro_f1"]
    assert figures.macro >= floors["macro_f1"]
    assert min(figures.by_class.values()) >= floors["weakest_class_f1"]


def test_the_seed_article_is_politics_first_and_conflict_too() -> None:
    text = (SHARED / "seeds" / SEED).read_text(encoding="utf-8").strip()
    parts = passages("", text)
    topics = [t.qcode for t in tag(head(), "", text, parts, embed(parts), "en")]
    assert topics[0] == "medtop:11000000"
    assert {"medtop:16000000", "medtop:20000638"} <= set(topics)
    assert not {"medtop:15000000", "medtop:08000000"} & set(topics)
