"""What two texts share, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from wirewatch.core.duplicates.alignment import Alignment, align
from wirewatch.core.duplicates.features import Features

_WORTH_A_LOOK = 0.2
_FEWEST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Comparison:
    """How alike two documents are; each figure in 0..1.

    `wording` and `characters` are containment: the share of the smaller text's 5-word and 9-character shingles that
    the other has; `letters` that of its runs of 4 letters, spaces left out, which misspelling and bad scans leave
    whole more often; `aligned` the share of its words in sentences that have a counterpart in the other (see
    `alignment`), `sentences` how many have one, `numbers_replaced` and `replaced` the shares of these that say another
    number, another number or name. Letters and sentences are not measured where `characters` is below 0.2. `numbers`
    and `names` are the shares of the smaller set (1 where it is empty). `resemblance` is the Jaccard index of the
    5-word shingles. `length` is the shorter over the longer, in words.
    """

    wording: float
    characters: float
    letters: float
    resemblance: float
    aligned: float
    sentences: int
    numbers_replaced: float
    replaced: float
    numbers: float
    names: float
    length: float
    cosine: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """All that is needed of two texts to judge whether one copies the other; it can be kept in place of the texts.

    `same` words (False where there are none); too `few` words in either to be told by measures; `shingles` that both
    have; and the measures, where the two are neither the same nor too short.
    """

    same: bool
    few: bool
    shingles: int
    measures: Comparison | None = None


def likeness(one: Features, other: Features, cosine: float) -> Likeness:
    """Measure two documents; `cosine` is that of their embeddings."""
    same = bool(one.words) and one.digest == other.digest
    few = min(len(one.words), len(other.words)) < _FEWEST_WORDS
    shared = len(one.shingles & other.shingles)
    return Likeness(same, few, shared, None if same or few else compare(one, other, cosine))


def compare(one: Features, other: Features, cosine: float) -> Comparison:
    """The measures of two documents; `cosine` is that of their embeddings."""
    shared = len(one.shingles & other.shingles)
    union = len(one.shingles | other.shingles)
    characters = _containment(one.characters, other.characters)
    longest = max(len(one.words), len(other.words))
    worth_a_look = characters >= _WORTH_A_LOOK
    aligned = align(one.sentences, other.sentences) if worth_a_look else Alignment()
    return Comparison(
        wording=_containment(one.shingles, other.shingles),
        characters=characters,
        letters=_shared(one.letters, other.letters) if worth_a_look else 0.0,
        resemblance=shared / union if union else 0.0,
        aligned=aligned.share,
        sentences=aligned.sentences,
        numbers_replaced=aligned.numbers_replaced,
        replaced=aligned.replaced,
        numbers=_containment(one.numbers, other.numbers, empty=1.0),
        names=_containment(one.names, other.names, empty=1.0),
        length=min(len(one.words), len(other.words)) / longest if longest else 0.0,
        cosine=cosine,
    )


def _shared(one: Counter[str], other: Counter[str]) -> float:
    if one.total() > other.total():
        one, other = other, one
    shared = sum(min(count, other[gram]) for gram, count in one.items())
    return shared / one.total() if one else 0.0


def _containment(
    one: frozenset[int] | frozenset[str], other: frozenset[int] | frozenset[str], empty: float = 0.0
) -> float:
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else empty
