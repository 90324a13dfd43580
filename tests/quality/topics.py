"""Scores of the topics on captured articles labelled by hand (topic_labels.json), several topics each."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wirewatch.core.topics.head import Head
from wirewatch.core.topics.passages import passages
from wirewatch.core.topics.tagger import tag
from wirewatch.io.embedding import embed

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARED = ROOT.parent / "shared"
LEAST_TO_JUDGE = 4
"""Articles of a class from which its F1 says something."""


class Figures(NamedTuple):
    micro: float
    macro: float
    top1: float
    by_class: dict[str, float]


class Result(NamedTuple):
    gold: frozenset[str]
    given: tuple[str, ...]
    scores: tuple[float, ...] = ()


class Article(NamedTuple):
    key: str
    title: str
    text: str


def articles(shared: Path = SHARED) -> Iterator[Article]:
    """The articles that labels can name."""
    for line in (shared / "newsroom/articles.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Article(f"newsroom:{row['id']}", row["title"], "\n".join(row["paragraphs"]))
    for line in (shared / "newsday/articles.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Article(f"newsday:{row['id']}", row["title"], row["body"])
    for line in _lines(shared / "data/duplicates/dev.jsonl.gz"):
        row = json.loads(line)
        yield Article(f"duplicates:{row['id']}", row["title"], row["text"])
    for line in _lines(shared / "data/topics/masakhanews-eng.jsonl.gz"):
        row = json.loads(line)
        yield Article(f"masakha:{row['id']}", row["title"], row["text"])
    pages = json.loads((shared / "data/extraction/ground-truth.json").read_text(encoding="utf-8"))
    for key, page in pages.items():
        yield Article(f"extraction:{key}", "", page["articleBody"])


def _lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def labels(split: str, every: int = 1) -> dict[str, list[str]]:
    """Labels of a split of topic_labels.json, or of every so-manieth article of it."""
    found = json.loads((HERE / "topic_labels.json").read_text(encoding="utf-8"))[split]
    return {key: found[key] for key in sorted(found)[::every]}


@cache
def head() -> Head:
    return Head.load(ROOT / "seeds/topics/head.npz")


@cache
def results(split: str, every: int = 1) -> tuple[Result, ...]:
    """What the shipped head gives to the articles of a split."""
    chosen = labels(split, every)
    texts = [(a, passages(a.title, a.text)) for a in articles() if a.key in chosen]
    assert len(texts) == len(chosen)
    vectors = embed([p for _, parts in texts for p in parts])
    found, start = [], 0
    for article, parts in texts:
        mine = vectors[start : start + len(parts)]
        topics = tag(head(), article.title, article.text, parts, mine, "en")
        top = [topic for topic in topics if topic.qcode in head().qcodes]
        given = tuple(topic.qcode[7:9] for topic in top)
        found.append(Result(frozenset(chosen[article.key]), given, tuple(topic.score for topic in top)))
        start += len(parts)
    return tuple(found)


def measure(judged: Sequence[Result]) -> Figures:
    """Micro- and macro-F1, the share whose best topic is right, and F1 of each class of LEAST_TO_JUDGE articles."""
    codes = [q[7:9] for q in head().qcodes]
    gold = np.array([[c in r.gold for c in codes] for r in judged])
    given = np.array([[c in r.given for c in codes] for r in judged])
    judgeable = {c: f1(gold[:, i], given[:, i]) for i, c in enumerate(codes) if gold[:, i].sum() >= LEAST_TO_JUDGE}
    top1 = np.mean([r.given[0] in r.gold for r in judged if r.given])
    return Figures(f1(gold, given), float(np.mean([*judgeable.values()])), float(top1), judgeable)


def f1(gold: NDArray[np.bool_], given: NDArray[np.bool_]) -> float:
    return float(2 * (gold & given).sum() / max(1, gold.sum() + given.sum()))
