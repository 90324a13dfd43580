"""When one text is held to be a copy of another: the rungs exact, near and semantic, and the evidence for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from wirewatch.core.duplicates.features import Comparison, Features, compare, shared_passages
from wirewatch.core.model import Rung, Verdict

# The rule of four ways in which copies are copies. Each bound holds on real syndicated copies and on edits alike;
# the guard on numbers keeps apart reports that follow one template. Where the smaller text has next to no numbers, one
# that was changed or lost would decide alone: then the names guard. They were set together: move none alone.
NEAR_WORDING, NEAR_NUMBERS = 0.8, 0.3
SHARED_WORDING, SHARED_NUMBERS = 0.45, 0.5
SHARED_CHARACTERS, CHARACTERS_COSINE = 0.6, 0.6
LEAST_COSINE = 0.5
GARBLED_LETTERS, GARBLED_NUMBERS, GARBLED_COSINE = 0.68, 0.5, 0.35
FEW_NUMBERS, FEW_NAMES = 3, 0.3
_REVIEW = 0.07
_FEWEST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known document that may be what is copied; `order` is its place in time (seeds come before all articles)."""

    features: Features
    cosine: float
    order: int = 0


def judge(document: Features, candidates: Sequence[Candidate]) -> Verdict:
    """What `document` is a copy of: the candidate that matches most strongly, a seed before an article, the older first."""
    best: Verdict | None = None
    for candidate in candidates:
        if candidate.features.document.key == document.document.key:
            continue
        verdict = _one(document, candidate)
        if best is None or _strength(verdict) > _strength(best):
            best = verdict
    if best is None:
        return Verdict()
    if best.duplicate_of is not None:
        source = next(c.features for c in candidates if c.features.document.key == best.duplicate_of)
        best.evidence["passages"] = shared_passages(document, source)
    return best


def same_url(key: str, url: str) -> Verdict:
    """The verdict of the first rung: the known document `key` is at the same canonical address."""
    return Verdict(key, Rung.URL, 1.0, 1.0, 0.0, key, {"url": url})


def _strength(verdict: Verdict) -> tuple[bool, float, bool]:
    seed = (verdict.nearest or "").startswith("seed:")
    return verdict.duplicate_of is not None, round(verdict.margin, 2), seed


def _one(document: Features, candidate: Candidate) -> Verdict:
    known = candidate.features
    key = known.document.key
    if min(len(document.words), len(known.words)) < _FEWEST_WORDS:
        same = bool(document.words) and document.digest == known.digest
        return Verdict(key if same else None, Rung.EXACT if same else None, float(same), 1.0, float(same) - 1.0, key)
    if document.digest == known.digest:
        return Verdict(key, Rung.EXACT, 1.0, 1.0, 1.0, key, {"measures": {"same words": 1.0}})
    measured = compare(document, known, candidate.cosine)
    rung, score, threshold = _best_way(measured)
    margin = score - threshold
    evidence: dict[str, object] = {"measures": {name: round(value, 4) for name, value in asdict(measured).items()}}
    if abs(margin) < _REVIEW:
        evidence["band"] = "review"
    copied = margin >= 0
    return Verdict(key if copied else None, rung if copied else None, score, threshold, margin, key, evidence)


def _best_way(found: Comparison) -> tuple[Rung, float, float]:
    """The way in which the two come nearest to being copies: rung, score, threshold.

    Where a guard (numbers, cosine) fails, the score is scaled down below the threshold in proportion to what lacks.
    """
    few = found.fewest_numbers < FEW_NUMBERS and found.names >= FEW_NAMES
    numbers = 1.0 if few else found.numbers
    ways = [
        (Rung.NEAR, _guarded(found.wording, NEAR_WORDING, (numbers, NEAR_NUMBERS)), NEAR_WORDING),
        (
            Rung.SEMANTIC,
            _guarded(found.wording, SHARED_WORDING, (numbers, SHARED_NUMBERS), (found.cosine, LEAST_COSINE)),
            SHARED_WORDING,
        ),
        (
            Rung.SEMANTIC,
            _guarded(found.characters, SHARED_CHARACTERS, (numbers, SHARED_NUMBERS), (found.cosine, CHARACTERS_COSINE)),
            SHARED_CHARACTERS,
        ),
        (
            Rung.SEMANTIC,
            _guarded(found.letters, GARBLED_LETTERS, (numbers, GARBLED_NUMBERS), (found.cosine, GARBLED_COSINE)),
            GARBLED_LETTERS,
        ),
    ]
    standing = [way for way in ways if way[1] >= way[2]]
    return standing[0] if standing else max(ways, key=lambda way: way[1] - way[2])


def _guarded(score: float, threshold: float, *guards: tuple[float, float]) -> float:
    lacking = min((value / bound for value, bound in guards if value < bound), default=1.0)
    return score if lacking >= 1.0 else min(score, threshold) * min(lacking, 0.999)
