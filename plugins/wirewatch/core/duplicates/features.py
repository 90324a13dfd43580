"""What two texts share, in numbers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from wirewatch.core.duplicates.alignment import Alignment, Sentence, align, sentences
from wirewatch.core.duplicates.text import digest_of, normalise, shingle_hashes, words
from wirewatch.core.model import Document

_CHARACTERS, _LETTERS, _WORTH_A_LOOK = 9, 4, 0.2
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME = re.compile(r"(?<![.!?\"“]\s)(?<!^)\b[A-ZÀ-ÞА-Я][\w'’-]+", re.MULTILINE)


@dataclass(frozen=True)
class Features:
    """What a document is compared by, computed once: letters and sentences when they are first asked for.

    These are half of the work, and of some twenty candidates one or two are like the document enough to need them.
    """

    document: Document
    digest: str
    words: tuple[str, ...]
    shingles: frozenset[int]
    characters: frozenset[int]
    numbers: frozenset[str]
    names: frozenset[str]

    @cached_property
    def letters(self) -> Counter[str]:
        """How often each run of four letters occurs, spaces left out."""
        return _letters("".join(self.words))

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences, as they are aligned."""
        return sentences(self.document.text)


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


def features(document: Document) -> Features:
    """The features of a document."""
    plain = normalise(document.text)
    found = words(plain)
    compact = " ".join(found)
    grams = (
        {hash(compact[i : i + _CHARACTERS]) for i in range(max(1, len(compact) - _CHARACTERS + 1))}
        if compact
        else set()
    )
    return Features(
        document=document,
        digest=digest_of(compact),
        words=tuple(found),
        shingles=frozenset(shingle_hashes(found)),
        characters=frozenset(grams),
        numbers=frozenset(_NUMBER.findall(plain)),
        names=frozenset(name.casefold() for name in _NAME.findall(document.text)),
    )


def compare(one: Features, other: Features, cosine: float) -> Comparison:
    """Measure two documents; `cosine` is that of their embeddings."""
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


def _letters(text: str) -> Counter[str]:
    return Counter(text[i : i + _LETTERS] for i in range(max(1, len(text) - _LETTERS + 1))) if text else Counter()


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
