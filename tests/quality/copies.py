"""Copies and stories by the same code as the filter and the DAG, beside a bare cosine and bare containment."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from figures import Figure, interval
from rich.progress import track

from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.text import lead
from wirewatch.core.model import Document, Vectors
from wirewatch.io.embedding import embed
from wirewatch.jobs.filters import Deduplicator, in_chunks

EVENTS = ("real_event", "real_event_basil", "real_followup")
FORMS = ("real_reuters_formulaic", "synthetic_template")
"""Reports that fill one form with other facts: each is an event of its own."""
_CHUNK = 32


@dataclass(frozen=True)
class Judged:
    """One labelled text with what we said of it: the group of copies, the story, and the whole verdict."""

    number: int
    event: str
    cluster: str
    kind: str
    profile: str
    root: str
    story: int
    verdict: dict[str, Any]
    copied: bool
    """Whether an earlier text is of the same cluster."""


class Watched(Deduplicator):
    """The deduplicator, which also keeps each verdict whole, in order."""

    def __init__(self, dsn: str, seeds: dict[str, str]) -> None:
        super().__init__(dsn, seeds)
        self.verdicts: dict[str, dict[str, Any]] = {}

    def _result(self, row: dict[str, Any]) -> dict[str, Any]:
        self.verdicts[self._names[f"article:{row['entry_id']}"]] = row["verdict"]
        return super()._result(row)


def rows(shared: Path, share: int) -> list[dict[str, Any]]:
    """One in `share` of the labelled texts, whole events and clusters, in order of time."""
    with gzip.open(shared / "data" / "duplicates" / "dev.jsonl.gz", "rt", encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    return [row for row in found if sha256((row["event"] or row["cluster"]).encode()).digest()[0] % share == 0]


def judged(dsn: str, labelled: Sequence[dict[str, Any]], *, dated: bool = False) -> list[Judged]:
    """All of them judged in order, by an empty warehouse; `dated`: with the dates that they have."""
    judge = Watched(dsn, {})
    records = (
        {key: row[key] for key in ("id", "title", "text")}
        | ({"published": row["date"]} if dated and row["date"] else {})
        for row in labelled
    )
    chunks = list(in_chunks(records, _CHUNK))
    answers = [answer for chunk in track(chunks, "judging copies") for answer in judge(chunk)]
    root: dict[str, str] = {}
    seen: set[str] = set()
    found = []
    for number, (row, answer) in enumerate(zip(labelled, answers, strict=True)):
        root[row["id"]] = root.get(answer["duplicate_of"], row["id"])
        group = root[row["id"]]
        found.append(
            Judged(
                number, str(row["event"] or row["cluster"]), row["cluster"], row["kind"], row["profile"], group,
                answer["story"], judge.verdicts[row["id"]], row["cluster"] in seen,
            )
        )  # fmt: skip
        seen.add(row["cluster"])
    return found


def measured(texts: Sequence[Judged], labelled: Sequence[dict[str, Any]], dated: Sequence[Judged]) -> Iterator[Figure]:
    """The rows of copies and stories; `dated` are the reports of events, judged with their dates."""
    vectors = embed([lead(row["title"], row["text"]) for row in labelled])
    others = {name: best(alike, [text.cluster for text in texts]) for name, alike in _likenesses(labelled, vectors)}
    counted = list(pairs_by_event(texts).values())
    for place, figure in enumerate(("pairwise F1", "precision", "recall")):
        value, low, high = interval(counted, lambda drawn, at=place: of_pairs(drawn)[at])
        known = {name: scores[place] for name, scores in others.items()}
        yield Figure("copies", figure, "all kinds", len(texts), value, low, high, known)
    for profile in sorted({text.profile for text in texts if text.copied}):
        hits = [text.root != _own(text, labelled) for text in texts if text.copied and text.profile == profile]
        value, low, high = interval(hits, lambda drawn: sum(drawn) / len(drawn))
        yield Figure("copies", "found", profile.replace("_", " "), len(hits), value, low, high)
    reports, forms = ([text for text in texts if text.kind in kinds] for kinds in (EVENTS, FORMS))
    yield from _of_stories("stories, without dates", "reports of events", reports, vectors)
    yield from _of_stories("stories, with dates", "reports of events", dated, None)
    yield from _of_stories("stories, without dates", "tables, and forms filled anew", forms, vectors)


def _own(text: Judged, labelled: Sequence[dict[str, Any]]) -> str:
    return str(labelled[text.number]["id"])


def reports_of_events(labelled: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the texts that report an event, copies and texts made by rule left out."""
    return [row for row in labelled if row["kind"] in EVENTS]


def _of_stories(step: str, on: str, reports: Sequence[Judged], vectors: Vectors | None) -> Iterator[Figure]:
    bare = (
        max(
            (
                b_cubed([Told(r.event, s) for r, s in zip(reports, _streamed(reports, vectors, t), strict=True)])
                for t in np.arange(0.4, 0.9, 0.05)
            ),
            key=lambda scores: scores[0],
        )
        if vectors is not None
        else None
    )
    units = _by(reports, lambda report: report.event)
    for place, figure in enumerate(("B-cubed F1", "precision", "recall")):
        value, low, high = interval(
            units, lambda drawn, at=place: b_cubed([Told(r.event, r.story) for r in _flat(drawn)])[at]
        )
        others = {"MiniLM to the centroid": bare[place]} if bare else {}
        yield Figure(step, figure, on, len(reports), value, low, high, others)


@dataclass(frozen=True)
class Told:
    """A report's event, and the story that it was put into."""

    event: str
    story: int


def _streamed(reports: Sequence[Judged], vectors: Vectors, threshold: float) -> list[int]:
    """Each report to the story with the nearest centroid, or to a new one."""
    sums: list[Any] = []
    told = []
    for report in reports:
        vector = vectors[report.number]
        near = [float(vector @ total) / float(np.linalg.norm(total)) for total in sums]
        at = int(np.argmax(near)) if near else -1
        if at < 0 or near[at] < threshold:
            at = len(sums)
            sums.append(np.zeros_like(vector))
        sums[at] = sums[at] + vector
        told.append(at)
    return told


def b_cubed(told: Sequence[Told]) -> tuple[float, float, float]:
    """B-cubed F1, precision and recall (Bagga and Baldwin 1998)."""
    event, story, both = (Counter(key(t) for t in told) for key in (lambda t: t.event, lambda t: t.story, lambda t: t))
    precision = sum(both[t] / story[t.story] for t in told) / len(told)
    recall = sum(both[t] / event[t.event] for t in told) / len(told)
    return 2 * precision * recall / (precision + recall), precision, recall


def pairs_by_event(texts: Sequence[Judged]) -> dict[str, tuple[int, int, int]]:
    """By event how many pairs are told, right and true; a pair counts for the event of the later of its two texts.

    So pairs across events count too: two templated reports of different days that were held to be copies.
    """
    roots: Counter[str] = Counter()
    clusters: Counter[str] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    found: dict[str, tuple[int, int, int]] = {}
    for text in texts:
        told, right, true = found.get(text.event, (0, 0, 0))
        pair = text.cluster, text.root
        found[text.event] = told + roots[text.root], right + both[pair], true + clusters[text.cluster]
        roots[text.root] += 1
        clusters[text.cluster] += 1
        both[pair] += 1
    return found


def of_pairs(counts: Sequence[tuple[int, int, int]]) -> tuple[float, float, float]:
    """F1, precision and recall of pairs told, right and true."""
    told, right, true = (sum(column) for column in zip(*counts, strict=True))
    return _from_counts(right, told, true)


def _from_counts(right: float, told: float, true: float) -> tuple[float, float, float]:
    precision, recall = right / told if told else 1.0, right / true if true else 1.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0, precision, recall


def _likenesses(labelled: Sequence[dict[str, Any]], vectors: Vectors) -> Iterator[tuple[str, Any]]:
    yield "MiniLM cosine", vectors @ vectors.T
    known = [Features(Document(str(n), row["title"], row["text"])) for n, row in enumerate(labelled)]
    for name, sets in (
        ("5-word containment", [one.shingles for one in known]),
        ("9-character containment", [one.characters for one in known]),
    ):
        alike = np.zeros((len(known), len(known)), dtype=np.float32)
        for i in track(range(len(known)), name):
            for j in range(i):
                smaller = min(len(sets[i]), len(sets[j]))
                alike[i, j] = len(sets[i] & sets[j]) / smaller if smaller else 0.0
        yield name, alike


def best(alike: Any, clusters: Sequence[str]) -> tuple[float, float, float]:
    """Pairs told by a bare threshold, the one that is best on these very texts: more than any other use would get."""
    i, j = np.tril_indices(len(clusters), -1)
    same = np.array(clusters)[i] == np.array(clusters)[j]
    scores = alike[i, j]
    found = []
    for threshold in np.arange(0.05, 1.0, 0.01):
        told = scores >= threshold
        found.append(_from_counts(float((told & same).sum()), float(told.sum()), float(same.sum())))
    return max(found)


def _by(texts: Sequence[Judged], key: Callable[[Judged], str]) -> list[list[Judged]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for text in texts:
        groups[key(text)].append(text)
    return list(groups.values())


def _flat(units: Sequence[Sequence[Judged]]) -> list[Judged]:
    return [text for unit in units for text in unit]
