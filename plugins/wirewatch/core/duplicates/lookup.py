"""What a search for known documents near a text found, and how a later search for what is new since is added to it.

Keys are "seed:<id>" and "article:<id>". What is kept, and in which order, does not depend on when which part was found, nor on
whether a known article was still on its way: so a search in two parts finds what one at the end finds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from wirewatch.core.duplicates.likeness import Likeness

Figure = TypeVar("Figure", int, float)
MOST_TEXTS, MOST_SEEDS = 20, 5
"""Documents that a search by meaning finds, and as many by wording: of copies .999 are among the nearest 20 (notes on methods)."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """The known documents that a text may copy, by what brought them up.

    `at_address` and `same_words` are keys, seeds first, then the oldest; `worded` has the number of sampled shingles that are
    shared, `nearest` the cosine on the common scale, both greatest first; `cosines` are those of documents that
    something else brought up. `likenesses` are what was measured already, each with the mark of the known text.
    """

    at_address: tuple[str, ...] = ()
    same_words: tuple[str, ...] = ()
    worded: Mapping[str, int] = field(default_factory=dict)
    nearest: Mapping[str, float] = field(default_factory=dict)
    cosines: Mapping[str, float] = field(default_factory=dict)
    likenesses: Mapping[str, tuple[str, Likeness]] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        """All of them once, those at the address first."""
        return list(dict.fromkeys([*self.at_address, *self.same_words, *self.worded, *self.nearest]))

    @property
    def nearest_seed(self) -> tuple[int, float] | None:
        """The nearest seed's number and its cosine; None where there is no seed."""
        return next(((number(key), cosine) for key, cosine in self.nearest.items() if is_seed(key)), None)

    def cosine(self, key: str) -> float:
        """A document's cosine; 0 where it has no vector."""
        return self.nearest.get(key, self.cosines.get(key, 0.0))


def is_seed(key: str) -> bool:
    """Whether a document's key is a seed's."""
    return key.startswith("seed:")


def number(key: str) -> int:
    """The number in a document's key."""
    return int(key.partition(":")[2])


def in_order(keys: Iterable[str]) -> tuple[str, ...]:
    """Keys once each, seeds first, then by age."""
    return tuple(sorted(set(keys), key=_age))


def greatest(found: Mapping[str, Figure]) -> dict[str, Figure]:
    """The seeds and the texts with the greatest figures, as many of each as a search finds, greatest first."""
    ranked = sorted(found, key=lambda key: (-found[key], _age(key)))
    seeds: list[str] = [key for key in ranked if is_seed(key)][:MOST_SEEDS]
    texts: list[str] = [key for key in ranked if not is_seed(key)][:MOST_TEXTS]
    chosen = set(seeds + texts)
    return {key: found[key] for key in ranked if key in chosen}


def together(before: Lookup, since: Lookup, changed: Collection[str] = ()) -> Lookup:
    """What one search would have found for two: one up to a moment, one of what came or changed `since`.

    All seeds are among what is searched `since`, and so is each document that `changed`: what was found of them `before`
    is left out.
    """

    def stays(key: str) -> bool:
        return not is_seed(key) and key not in changed

    def kept(found: Mapping[str, Figure]) -> dict[str, Figure]:
        return {key: value for key, value in found.items() if stays(key)}

    return Lookup(
        at_address=in_order([*filter(stays, before.at_address), *since.at_address]),
        same_words=in_order([*filter(stays, before.same_words), *since.same_words]),
        worded=greatest({**kept(before.worded), **since.worded}),
        nearest=greatest({**kept(before.nearest), **since.nearest}),
        cosines={**kept(before.cosines), **kept(before.nearest), **since.cosines, **since.nearest},
        likenesses=before.likenesses,
    )


def _age(key: str) -> tuple[bool, int]:
    return (not is_seed(key), number(key))
