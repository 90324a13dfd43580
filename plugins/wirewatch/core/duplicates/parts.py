"""What one text has of another, run by run: the passages that are shown, and which part was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher

from wirewatch.core.duplicates.features import Features

_PASSAGES, _SHORTEST, _LONGEST_SHOWN, _COMPARED = 3, 12, 400, 4000
_LEAST_WORDS, _LEAST_SHARE = 60, 0.1
_LEAST_SHINGLES = 40
_WHOLE, _CONNECTED, _EDGE = 0.8, 0.6, 0.1


@dataclass(frozen=True, slots=True)
class Run:
    """A run of words that both texts have: where it begins in each, and how many words."""

    here: int
    there: int
    words: int


@dataclass(frozen=True, slots=True)
class Part:
    """How much of a known text another has, and from where.

    `words` in shared runs of twelve words or more; `of_text` and `of_known` are their share of either text; `where` is
    "all", "beginning", "end", "middle" or "throughout" the known text, `first` and `last` the words (from 0) between
    which they stand.
    """

    words: int
    of_text: float
    of_known: float
    where: str
    first: int
    last: int


def runs(text: Features, known: Features) -> list[Run]:
    """The runs of at least twelve words that both have, in order.

    Of long texts the first 4,000 words are looked at, since the time grows with the square.
    """
    if not text.shingles & known.shingles:
        return []
    matcher = SequenceMatcher(None, text.words[:_COMPARED], known.words[:_COMPARED], autojunk=False)
    return [Run(b.a, b.b, b.size) for b in matcher.get_matching_blocks() if b.size >= _SHORTEST]


def passages(text: Features, found: Sequence[Run]) -> list[dict[str, object]]:
    """The longest of the runs, longest first, at most three: how many words, and the words."""
    longest = sorted(found, key=lambda run: -run.words)[:_PASSAGES]
    return [
        {"words": run.words, "text": " ".join(text.words[run.here : run.here + run.words])[:_LONGEST_SHOWN]}
        for run in longest
    ]


def part(text: Features, known: Features, found: Sequence[Run]) -> Part | None:
    """Which part of `known` the runs are; None where they are too little to speak of.

    From sixty words on, and a tenth of either text: less is a quotation, a name with titles, or a publisher's last line.
    """
    words = sum(run.words for run in found)
    if words < _LEAST_WORDS:
        return None
    of_text, of_known = words / len(text.words), words / len(known.words)
    if max(of_text, of_known) < _LEAST_SHARE:
        return None
    first, last = min(run.there for run in found), max(run.there + run.words for run in found)
    where = _where(of_known, first / len(known.words), last / len(known.words))
    return Part(words, round(of_text, 4), round(of_known, 4), where, first, last)


def reuses(text: Features, others: Sequence[tuple[str, Features]]) -> list[dict[str, object]]:
    """What a text that is no copy took parts of, most first, at most three: evidence with "of", the key of the original.

    `others` are known texts that may share one, with the keys of their originals; of an original and its copies the one it
    has most of counts.
    """
    found: dict[str, tuple[Part, list[dict[str, object]]]] = {}
    for root, known in others:
        if known.document.key == text.document.key:
            continue
        shared = runs(text, known)
        taken = part(text, known, shared)
        if taken and (root not in found or taken.words > found[root][0].words):
            found[root] = taken, passages(text, shared)
    most = sorted(found.items(), key=lambda item: -item[1][0].words)[:_PASSAGES]
    return [{"of": root, "part": asdict(taken), "passages": shown} for root, (taken, shown) in most]


def may_share(shingles: int) -> bool:
    """Whether it is worth looking for a part in two texts that share so many: a cheap test that misses none of sixty words in one run."""
    return shingles >= _LEAST_SHINGLES


def _where(of_known: float, first: float, last: float) -> str:
    if of_known >= _WHOLE:
        return "all"
    if last - first > _CONNECTED:
        return "throughout"
    if first < _EDGE:
        return "beginning"
    return "end" if last > 1 - _EDGE else "middle"
