"""Topics on the labelled articles, beside two ways that need no training."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import calibration
import numpy as np
import topics
from figures import Figure, interval
from numpy.typing import NDArray

from wirewatch.core.topics.passages import passages
from wirewatch.io.embedding import embed


def measured(shared: Path) -> Iterator[Figure]:
    """The rows of topics."""
    final = topics.results("final")
    zero = {name: _zero_shot(shared, prompts) for name, prompts in _prompts(shared).items()}
    for figure, of in (("micro-F1", 0), ("macro-F1", 1), ("top-1", 2)):
        value, low, high = interval(final, lambda drawn, at=of: _figure(drawn, at))
        others = {name: _figure(given, of) for name, given in zero.items()}
        yield Figure("topics", figure, "articles nobody looked at", len(final), value, low, high, others)
    every = [*topics.results("dev"), *topics.results("report"), *final]
    calibration.write_topics(every)
    for code, name in zip(_codes(), topics.head().names, strict=True):
        count = sum(code in result.gold for result in every)
        if count >= topics.LEAST_TO_JUDGE:
            value, low, high = interval(every, lambda drawn, c=code: _class_f1(drawn, c))
            yield Figure("topics, all labelled", "F1", name, count, value, low, high)


def _figure(drawn: Sequence[topics.Result], at: int) -> float:
    found = topics.measure(drawn)
    return float((found.micro, found.macro, found.top1)[at])


def _class_f1(drawn: Sequence[topics.Result], code: str) -> float:
    gold = sum(code in result.gold for result in drawn)
    given = sum(code in result.given for result in drawn)
    right = sum(code in result.gold and code in result.given for result in drawn)
    return 2 * right / (gold + given) if gold + given else 1.0


def _codes() -> list[str]:
    return [qcode[7:9] for qcode in topics.head().qcodes]


def _prompts(shared: Path) -> dict[str, list[list[str]]]:
    """What each top-level topic is compared by: its name; or the definitions of what is below it."""
    path = shared / "data/topics/iptc-mediatopics.json"
    concepts: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["concepts"]
    below: dict[str, list[str]] = {code: [] for code in _codes()}
    for concept in concepts:
        top = str(concept.get("top") or concept["id"]).removeprefix("medtop:")[:2]
        if concept["level"] in (2, 3) and top in below:
            below[top].append(f"{concept['label']}. {concept['definition']}")
    return {
        "MiniLM, name": [[name] for name in topics.head().names],
        "MiniLM, definitions": [
            below[code] or [name] for code, name in zip(_codes(), topics.head().names, strict=True)
        ],
    }


@cache
def _articles() -> tuple[tuple[frozenset[str], NDArray[np.float32]], ...]:
    chosen = topics.labels("final")
    found = [article for article in topics.articles() if article.key in chosen]
    vectors = embed([passages(article.title, article.text)[0] for article in found])
    return tuple((frozenset(chosen[a.key]), vector) for a, vector in zip(found, vectors, strict=True))


def _zero_shot(shared: Path, prompts: list[list[str]]) -> list[topics.Result]:
    """The topics whose prompts are nearest, at the least likeness that is best on these very articles."""
    means = np.stack([embed(one).mean(axis=0) for one in prompts])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    likeness = [(gold, means @ vector) for gold, vector in _articles()]

    def told(least: float) -> list[topics.Result]:
        results = []
        for gold, scores in likeness:
            order = [int(i) for i in np.argsort(-scores)]
            given = [_codes()[i] for place, i in enumerate(order) if place == 0 or scores[i] >= least]
            results.append(topics.Result(gold, tuple(given)))
        return results

    return max(
        (told(float(least)) for least in np.arange(0.1, 0.7, 0.02)), key=lambda found: topics.measure(found).micro
    )
