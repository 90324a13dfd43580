"""What a search for known documents near a text found, and how a later search for what is new since is added to it.

Keys are "seed:<id>" and "article:<id>". What is kept, and in which order, does not depend on when which part was found, nor on
whether a known article was still on its way: so a search in two parts finds what one at the end finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from wirewatch.core.duplicates.likeness import Likeness
from wirewatch.core.keys import is_seed, number_of

Figure = TypeVar("Figure", int, float)
MOST_TEXTS, MOST_SEEDS, MOST_SAME_WORDS = 20, 5, 5
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
        return next(((number_of(key), cosine) for key, cosine in self.nearest.items() if is_seed(key)), None)

    def cosine(self, key: str) -> float:
        """A document's cosine; 0 where it has no vector."""
        return self.nearest.get(key, self.cosines.get(key, 0.0))


def in_order(keys: Iterable[str]) -> tuple[str, ...]:
    """Keys once each, seeds first, then by age."""
    return tuple(sorted(set(keys), key=_age))


def oldest(keys: Iterable[str]) -> tuple[str, ...]:
    """The first seeds and the oldest texts, as many of each as are looked at where the words are the same."""
    ordered = in_order(keys)
    seeds, texts = [key for key in ordered if is_seed(key)], [key for key in ordered if not is_seed(key)]
    return (*seeds[:MOST_SAME_WORDS], *texts[:MOST_SAME_WORDS])


def greatest(found: Mapping[str, Figure]) -> dict[str, Figure]:
    """The seeds and the texts with the greatest figures, as many of each as a search finds, greatest first."""
    ranked = sorted(found, key=lambda key: (-found[key], _age(key)))
    seeds: list[str] = [key for key in ranked if is_seed(key)][:MOST_SEEDS]
    texts: list[str] = [key for key in ranked if not is_seed(key)][:MOST_TEXTS]
    chosen = set(seeds + texts)
    return {key: found[key] for key in ranked if key in chosen}


def together(before: Lookup, since: Lookup) -> Lookup:
    """What one search would have found for two: one up to a moment, one of all seeds and of what was judged `since`.

    Nothing that was found before may have changed meanwhile: what it kept from being found is not known.
    """

    def both(mine: Iterable[str], others: Iterable[str]) -> list[str]:
        return [*(key for key in mine if not is_seed(key)), *others]

    def texts(found: Mapping[str, Figure]) -> dict[str, Figure]:
        return {key: figure for key, figure in found.items() if not is_seed(key)}

    return Lookup(
        at_address=in_order(both(before.at_address, since.at_address)),
        same_words=oldest(both(before.same_words, since.same_words)),
        worded=greatest({**texts(before.worded), **since.worded}),
        nearest=greatest({**texts(before.nearest), **since.nearest}),
        cosines={**texts(before.cosines), **texts(before.nearest), **since.cosines, **since.nearest},
        likenesses=before.likenesses,
    )


def _age(key: str) -> tuple[bool, int]:
    return (not is_seed(key), number_of(key))
