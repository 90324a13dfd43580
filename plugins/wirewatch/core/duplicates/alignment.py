"""Which sentences of one text have a counterpart in another, and where a counterpart says another number or name.

A copy has the sentences of what it copies, reworded or garbled at most. Reports that follow one template (weather,
markets, results) have them too, but with other numbers and names in the places of the first: that is what tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel

from wirewatch.core.duplicates.text import normalise, repaired, words

NEAR = 0.65
"""From which similarity (indel, of the normalised words) two sentences are counterparts: some third of the words differ."""
_FEWEST_WORDS, _SHORTEST_NAME, _SAME_NAME = 5, 4, 60
_MOST = 400
_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9À-ÞА-Я])|(?<=[。！？])|\n+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME = re.compile(r"\b[A-ZÀ-ÞА-Я][\w'’-]*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of at least five words: normalised, with its numbers and its capitalised words."""

    text: str
    words: int
    numbers: frozenset[str]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the sentences of the smaller text stand to those of the other.

    `share` is the share of its words in sentences that have a counterpart; `sentences` is how many have one. Of these,
    `numbers_replaced` is the share where each side has a number that the other lacks, and `replaced` the share where that
    is so of numbers or of names. A number that is only lost, as in an abridged or a badly scanned text, is none.
    """

    share: float = 0.0
    sentences: int = 0
    numbers_replaced: float = 0.0
    replaced: float = 0.0


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, at most 400; lines end a sentence too."""
    found = []
    for part in _END.split(repaired(text)):
        plain = words(normalise(part))
        if len(plain) >= _FEWEST_WORDS:
            names = frozenset(name.casefold() for name in _NAME.findall(part))
            found.append(Sentence(" ".join(plain), len(plain), frozenset(_NUMBER.findall(part)), names))
    return tuple(found[:_MOST])


def align(one: Sequence[Sentence], other: Sequence[Sentence]) -> Alignment:
    """Give each sentence of the smaller text its nearest counterpart in the other, where there is one."""
    smaller, larger = sorted((one, other), key=lambda text: sum(sentence.words for sentence in text))
    if not smaller or not larger:
        return Alignment()
    near = process.cdist(
        [sentence.text for sentence in smaller],
        [sentence.text for sentence in larger],
        scorer=Indel.normalized_similarity,
        score_cutoff=NEAR,
        dtype=np.float32,
    )
    at, best = near.argmax(axis=1), near.max(axis=1)
    pairs = [(smaller[int(i)], larger[int(at[i])]) for i in np.flatnonzero(best >= NEAR)]
    if not pairs:
        return Alignment()
    numbers = [_swapped(mine.numbers, theirs.numbers) for mine, theirs in pairs]
    names = [_renamed(mine.names, theirs.names) for mine, theirs in pairs]
    return Alignment(
        share=sum(mine.words for mine, _ in pairs) / sum(sentence.words for sentence in smaller),
        sentences=len(pairs),
        numbers_replaced=sum(numbers) / len(pairs),
        replaced=sum(map(max, numbers, names)) / len(pairs),
    )


def _swapped(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one - other) and bool(other - one)


def _renamed(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether each side has a name that the other has in no spelling at all."""
    return _foreign(one, other) and _foreign(other, one)


def _foreign(names: frozenset[str], known: frozenset[str]) -> bool:
    return any(
        all(fuzz.ratio(name, near) < _SAME_NAME for near in known)
        for name in names - known
        if len(name) >= _SHORTEST_NAME
    )
