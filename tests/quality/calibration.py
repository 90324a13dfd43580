"""What other thresholds would give: measured with the rest, and shipped as sql/calibration.json for media.calibration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import streams
import topics
from copies import Judged
from figures import share_interval
from numpy.typing import NDArray

from wirewatch.core import stories
from wirewatch.core.duplicates import judge
from wirewatch.core.duplicates.text import lead
from wirewatch.io.embedding import DEFAULT_MODEL, embed

PATH = Path(__file__).parents[2] / "sql" / "calibration.json"
_MARGINS = (-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
_SCORES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_STORY_THRESHOLDS = (0.16, 0.2, 0.28, 0.32, 0.36)
_Hits = NDArray[np.int64]
"""Of each text: how much is given, how much of that is right, how much there was to find; shape (texts, 3)."""


def write_copies(texts: Sequence[Judged]) -> None:
    """The rows for copies: a copy is told from this margin on; the rungs at the margin in use."""
    clusters = {text.root: text.cluster for text in reversed(texts)}

    def hit(text: Judged, least: float, rung: str | None) -> tuple[bool, bool, bool]:
        verdict = text.verdict
        mine = rung is None or verdict["rung"] == rung
        told = bool(verdict["nearest"]) and verdict["margin"] >= least and mine
        if least == 0.0:
            told = verdict["duplicate_of"] is not None and mine
        right = told and text.copied and (text.root not in clusters or clusters[text.root] == text.cluster)
        return told, right, text.copied and mine

    def rows() -> Iterator[dict[str, Any]]:
        for least in _MARGINS:
            hits = np.array([hit(text, least, None) for text in texts], dtype=np.int64)
            yield _row("duplicate", _rules(judge), least, hits, in_use=least == 0.0, on=f"{len(texts)} labelled texts")
        for rung in sorted({text.verdict["rung"] for text in texts if text.verdict["rung"]}):
            hits = np.array([hit(text, 0.0, rung) for text in texts], dtype=np.int64)
            yield _row("duplicate", _rules(judge), 0.0, hits, in_use=True, on=f"{len(texts)} labelled texts", rung=rung)

    _write("duplicate", list(rows()))


def write_stories(labelled: Sequence[dict[str, Any]]) -> None:
    """The rows for stories: of each report the earlier ones of its story, how many of them are of its event, and how many there are."""
    vectors = embed([lead(report["title"], report["text"]) for report in labelled])
    events = [str(report["event"]) for report in labelled]

    def row(threshold: float) -> dict[str, Any]:
        found = streams.told(labelled, vectors, threshold)
        pairs = list(zip(found, events, strict=True))
        hits = [
            (found[:at].count(story), pairs[:at].count((story, event)), events[:at].count(event))
            for at, (story, event) in enumerate(pairs)
        ]
        in_use = threshold == stories.THRESHOLD
        on = f"pairs of {len(labelled)} labelled reports"
        return _row("story", _rules(stories), threshold, np.array(hits, dtype=np.int64), in_use=in_use, on=on)

    _write("story", [row(threshold) for threshold in sorted({stories.THRESHOLD, *_STORY_THRESHOLDS})])


def write_topics(results: Sequence[topics.Result]) -> None:
    """The rows for topics: given from this score on; each topic at the score in use."""
    head = topics.head()
    on = f"{len(results)} labelled articles"

    def hits(least: float, codes: set[str]) -> _Hits:
        found = []
        for result in results:
            told = {code for code, score in zip(result.given, result.scores, strict=True) if score >= least} & codes
            found.append((len(told), len(told & result.gold), len(result.gold & codes)))
        return np.array(found, dtype=np.int64)

    every = [qcode[7:9] for qcode in head.qcodes]
    rows = [
        _row("topic", head.version, least, hits(least, set(every)), in_use=least == head.threshold, on=on)
        for least in sorted({float(head.threshold), *_SCORES})
    ]
    for qcode, code in zip(head.qcodes, every, strict=True):
        mine = hits(head.threshold, {code})
        if mine[:, 2].sum() >= topics.LEAST_TO_JUDGE:
            rows.append(_row("topic", head.version, head.threshold, mine, in_use=True, on=on, qcode=qcode))
    _write("topic", rows)


def _row(
    judge_: str, version: str, threshold: float, hits: _Hits, *, in_use: bool, on: str, **of: str
) -> dict[str, Any]:
    precision, recall = share_interval(hits[:, 1], hits[:, 0]), share_interval(hits[:, 1], hits[:, 2])
    return {
        "judge": judge_,
        "version": version,
        "model": DEFAULT_MODEL,
        "rung": of.get("rung"),
        "qcode": of.get("qcode"),
        "threshold": round(threshold, 4),
        "in_use": in_use,
        "precision": round(precision[0], 4),
        "precision_low": round(precision[1], 4),
        "precision_high": round(precision[2], 4),
        "recall": round(recall[0], 4),
        "recall_low": round(recall[1], 4),
        "recall_high": round(recall[2], 4),
        "positives": int(hits[:, 2].sum()),
        "measured_on": on,
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def _rules(of: ModuleType) -> str:
    """The digest of the bounds of a module's rules."""
    bounds = {name: value for name, value in vars(of).items() if name.isupper() and isinstance(value, float)}
    return f"rules-{hashlib.sha256(json.dumps(bounds, sort_keys=True).encode()).hexdigest()[:12]}"


def _write(judge_: str, rows: list[dict[str, Any]]) -> None:
    kept = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else []
    others = [row for row in kept if row["judge"] != judge_]
    lines = [json.dumps(row) for row in sorted([*others, *rows], key=lambda row: str(row["judge"]))]
    PATH.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
