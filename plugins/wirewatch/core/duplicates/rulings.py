"""What people said of pairs, kept when texts are judged again: a pair that is no copy stays none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.judge import Candidate, judge
from wirewatch.core.model import Rung, Verdict


def without(candidates: Sequence[Candidate], refused: Collection[str]) -> list[Candidate]:
    """The candidates that the document may copy: none that it was said not to, and none that copies such a one."""
    return [one for one in candidates if one.features.document.key not in refused and one.group not in refused]


def judge_by_rulings(
    document: Features,
    candidates: Sequence[Candidate],
    refused: Collection[str],
    apart: Sequence[tuple[str, str]],
    strictness: float = 0.0,
) -> Verdict:
    """judge() among what rulings leave: `refused` are what the document was said not to copy, `apart` pairs of candidates.

    Where the verdict names the other side of a pair that was told apart, and the text is a copy of the one side at least as
    like, it copies that: another copy of a text that is no copy of a seed must not bring the seed back.
    """
    allowed = without(candidates, refused)
    verdict = judge(document, allowed, strictness)
    for one, other in apart:
        if verdict.duplicate_of != other or verdict.rung is Rung.EXACT:
            continue
        instead = judge(document, without(allowed, {other}), strictness)
        if instead.duplicate_of == one and _likeness(instead) >= _likeness(verdict):
            verdict = instead
    return verdict


def said_to_copy(key: str, who: str) -> Verdict:
    """The verdict of a person: a copy of the document `key`."""
    return Verdict(key, Rung.DESK, 1.0, 1.0, 0.0, key, {"said_by": who})


def _likeness(verdict: Verdict) -> float:
    measures: dict[str, Any] = verdict.evidence.get("measures", {})
    return 1.0 if verdict.rung is Rung.EXACT else float(measures.get("characters", 0.0))
