"""One ranking out of several, whose scores cannot be compared: reciprocal rank fusion."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
_K = 60
"""Cormack, Clarke and Büttcher (SIGIR 2009): 60 works for any kind of ranking."""


def fuse(*rankings: Sequence[Key]) -> list[Key]:
    """The keys of all rankings, best first: each counts 1 / (60 + its rank) in every ranking that has it.

    Of equals, the one comes first that is met first, reading the rankings in turn.
    """
    scores: dict[Key, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(dict.fromkeys(ranking), start=1):
            scores[key] = scores.get(key, 0.0) + 1.0 / (_K + rank)
    return sorted(scores, key=lambda key: -scores[key])
