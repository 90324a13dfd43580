"""When one text is held to be a copy of another: the rungs exact, near and semantic, and the evidence for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil

from wirewatch.core.duplicates import parts
from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.likeness import Comparison, Likeness, likeness
from wirewatch.core.keys import is_seed
from wirewatch.core.model import Rung, Verdict

# The ways in which copies are copies. They were set together, on edits by rule against real reports of one event,
# follow-ups and templated reports: move none alone. The guards come after.
NEAR_WORDING = 0.8
SHARED_WORDING, WORDING_COSINE = 0.5, 0.5
SHARED_CHARACTERS, CHARACTERS_COSINE = 0.62, 0.5
GARBLED_LETTERS, GARBLED_COSINE, GARBLED_ALIGNED = 0.7, 0.35, 0.4
ALIGNED, ALIGNED_COSINE = 0.6, 0.35
# A template filled with other facts. Where no sentences can be compared, the numbers of the whole texts decide.
SAME_NUMBERS, SAME_FACTS = 0.75, 0.5
NUMBERS_ANYWHERE = 0.5
HALF = 0.5
"""The share of a group's members that a text must match to join it: one chance match with an odd member is not enough."""
_REVIEW = 0.07


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known document that may be what is copied; `root` is the key of what it copies itself, or its own.

    `likeness` to the document that is judged, where the two were compared before.
    """

    features: Features
    cosine: float
    root: str = ""
    likeness: Likeness | None = None

    @property
    def group(self) -> str:
        """The key of the original that this is, or copies."""
        return self.root or self.features.document.key

    def likeness_to(self, document: Features) -> Likeness:
        """How like the document that is judged this is."""
        return self.likeness or likeness(document, self.features, self.cosine)


def judge(document: Features, candidates: Sequence[Candidate], strictness: float = 0.0) -> Verdict:
    """What `document` is a copy of: the original of the group of copies that it matches most strongly.

    `strictness` is added to the threshold of each way but that of the same words: above 0 fewer are copies, below 0 more.

    A group is an original with its copies, as far as they are among the candidates; half of them must match. The
    verdict's evidence has the measures against the member that matches best, named as `via` where it is not the original.
    """
    groups: dict[str, list[_Judged]] = {}
    for candidate in candidates:
        if candidate.features.document.key != document.document.key:
            groups.setdefault(candidate.group, []).append(_one(document, candidate, strictness))
    if not groups:
        return Verdict()
    ranked = [_of_group(root, members) for root, members in groups.items()]
    _, verdict, best = max(ranked, key=lambda found: found[0])
    copied = shared(document, best.candidate.features) if verdict.duplicate_of is not None else {}
    return replace(verdict, evidence={**best.measures(), **verdict.evidence, **copied})


def shared(document: Features, known: Features) -> dict[str, object]:
    """What the two have word for word, as evidence: passages, and which part of the known text that is."""
    runs = parts.runs(document, known)
    taken = parts.part(document, known, runs)
    return {"passages": parts.passages(document, runs), **({"part": asdict(taken)} if taken else {})}


def same_url(key: str, url: str) -> Verdict:
    """The verdict of the first rung: the known document `key` is at the same canonical address."""
    return Verdict(key, Rung.URL, 1.0, 1.0, 0.0, key, {"url": url})


@dataclass(frozen=True, slots=True)
class _Judged:
    """One candidate's verdict; `closeness` is comparable over the ways in which a copy can be one (margins are not)."""

    verdict: Verdict
    candidate: Candidate
    closeness: float
    likeness: Likeness

    @property
    def copied(self) -> bool:
        return self.verdict.duplicate_of is not None

    def measures(self) -> dict[str, object]:
        """The measures as evidence; none of texts that are too short to be measured."""
        if self.likeness.few:
            return {}
        measured = asdict(self.likeness.measures) if self.likeness.measures else {"same words": 1.0}
        return {"measures": {name: round(value, 4) for name, value in measured.items()}}


_Strength = tuple[bool, bool, bool, float]


def _of_group(root: str, members: list[_Judged]) -> tuple[_Strength, Verdict, _Judged]:
    """A group's strength (a copy, word for word, of a seed, how like its nearer half), verdict, and nearest member."""
    ranked = sorted(members, key=lambda member: (member.copied, member.closeness), reverse=True)
    best = ranked[0]
    half = ceil(len(ranked) * HALF)
    matching = sum(member.copied for member in ranked)
    exact = best.verdict.rung is Rung.EXACT
    copied = exact or matching >= half
    closeness = sum(member.closeness for member in ranked[:half]) / half
    evidence = dict(best.verdict.evidence)
    if len(ranked) > 1:
        evidence["group"] = {"looked_at": len(ranked), "matching": matching}
    if copied and best.verdict.nearest != root:
        evidence["via"] = best.verdict.nearest
    if matching and not copied:
        evidence["band"] = "review"
    verdict = replace(
        best.verdict,
        duplicate_of=root if copied else None,
        rung=best.verdict.rung if copied else None,
        evidence=evidence,
    )
    strength = (copied, copied and exact, copied and is_seed(root), round(closeness, 3))
    return strength, verdict, best


def _one(document: Features, candidate: Candidate, strictness: float) -> _Judged:
    key = candidate.features.document.key
    alike = candidate.likeness_to(document)
    measured = alike.measures
    if alike.few:
        score = float(alike.same)
        verdict = Verdict(key if score else None, Rung.EXACT if score else None, score, 1.0, score - 1.0, key)
        return _Judged(verdict, candidate, score, alike)
    if measured is None:
        return _Judged(Verdict(key, Rung.EXACT, 1.0, 1.0, 1.0, key), candidate, 1.0, alike)
    rung, score, threshold = _best_way(measured, strictness)
    margin = score - threshold
    evidence: dict[str, object] = {"band": "review"} if abs(margin) < _REVIEW else {}
    copied = margin >= 0
    verdict = Verdict(key if copied else None, rung if copied else None, score, threshold, margin, key, evidence)
    return _Judged(verdict, candidate, measured.characters, alike)


def _best_way(found: Comparison, strictness: float) -> tuple[Rung, float, float]:
    """The way in which the two come nearest to being copies: rung, score, threshold.

    Where a guard fails, the score is scaled down below the threshold in proportion to what lacks.
    """
    if found.sentences:
        facts = [(1.0 - found.numbers_replaced, SAME_NUMBERS), (1.0 - found.replaced, SAME_FACTS)]
    else:
        facts = [(found.numbers, NUMBERS_ANYWHERE)]
    cosine = found.cosine
    ways = [
        (Rung.NEAR, found.wording, NEAR_WORDING, []),
        (Rung.SEMANTIC, found.wording, SHARED_WORDING, [(cosine, WORDING_COSINE)]),
        (Rung.SEMANTIC, found.characters, SHARED_CHARACTERS, [(cosine, CHARACTERS_COSINE)]),
        (Rung.SEMANTIC, found.aligned, ALIGNED, [(cosine, ALIGNED_COSINE)]),
        (Rung.SEMANTIC, found.letters, GARBLED_LETTERS, [(cosine, GARBLED_COSINE), (found.aligned, GARBLED_ALIGNED)]),
    ]
    scored = [
        (rung, _guarded(score, bound + strictness, *guards, *facts), bound + strictness)
        for rung, score, bound, guards in ways
    ]
    if scored[0][1] >= scored[0][2]:
        return scored[0]
    return max(scored, key=lambda way: way[1] - way[2])


def _guarded(score: float, threshold: float, *guards: tuple[float, float]) -> float:
    lacking = min((value / bound for value, bound in guards if value < bound), default=1.0)
    return score if lacking >= 1.0 else min(score, threshold) * min(lacking, 0.999)
