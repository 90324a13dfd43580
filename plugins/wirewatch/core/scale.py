"""A model's scale of likeness: which of its cosines mean the same as which of the reference model's, where thresholds are set."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wirewatch.core.model import Vector

_TAILS = (0.9, 0.75, 0.5, 0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.0025, 0.001, 0.0005)
_LEAST_BEYOND = 20
"""Pairs that must lie beyond a knot, so that it does not hang on a few."""
FEWEST_TEXTS = 100

_IDENTITY = ((-1.0, -1.0), (1.0, 1.0))


class TooFewTexts(ValueError):
    """A scale cannot be measured on so few texts."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Knots of (own cosine, common cosine), both ascending; between them it is linear. The reference's is the identity.

    `languages` are those in which the cosines tell texts apart; None: all.
    """

    knots: tuple[tuple[float, float], ...] = _IDENTITY
    languages: tuple[str, ...] | None = None

    def reads(self, language: str | None) -> bool:
        """Whether the cosines tell anything of texts in a language."""
        return self.languages is None or language in self.languages

    def common(self, own: float) -> float:
        """The cosine on the common scale that means what this model's cosine `own` means."""
        return own if self.knots == _IDENTITY else _between(own, self.knots)

    def own(self, common: float) -> float:
        """This model's cosine that means `common`: a threshold as it is for this model."""
        return common if self.knots == _IDENTITY else _between(common, [(there, here) for here, there in self.knots])


COMMON = Scale()
"""The scale on which thresholds are set: that of the reference model."""


def equate(own: Vector, reference: Vector) -> Scale:
    """The scale by which as many pairs of texts are as near, at each nearness, as the reference model has them.

    `own` and `reference` are the cosines of the same pairs by the two models. Equipercentile equating, as tests are
    put on one scale (Kolen and Brennan, Test Equating, 2014, chapter 2); the same text twice is 1 on both.
    """
    pairs = len(own)
    knots = [(-1.0, -1.0)]
    for share in _TAILS:
        if share * pairs < _LEAST_BEYOND:
            break
        here, there = (float(np.quantile(found, 1.0 - share)) for found in (own, reference))
        if here > knots[-1][0] and there > knots[-1][1] and max(here, there) < 1.0:
            knots.append((round(here, 4), round(there, 4)))
    return Scale((*knots, (1.0, 1.0)))


def pairs_of(vectors: Vector) -> Vector:
    """The cosine of each two of these unit vectors, in a fixed order."""
    rows, columns = np.triu_indices(len(vectors), 1)
    return np.asarray((vectors @ vectors.T)[rows, columns], dtype=np.float32)


def measured(own: Vector, reference: Vector) -> Scale:
    """The scale of a model from its vectors of some texts and the reference model's of the same. TooFewTexts below 100."""
    if len(own) < FEWEST_TEXTS:
        message = (
            f"{len(own)} English texts are too few to measure a model's scale on: it takes {FEWEST_TEXTS} or more."
        )
        raise TooFewTexts(message)
    return equate(pairs_of(own), pairs_of(reference))


def _between(value: float, knots: Sequence[tuple[float, float]]) -> float:
    here, there = [own for own, _ in knots], [common for _, common in knots]
    after = min(max(bisect_right(here, value), 1), len(here) - 1)
    # Rounding may carry a value close to a knot past it, and so past values on its other side.
    return min(max(float(np.interp(value, here, there)), there[after - 1]), there[after])


def from_json(knots: Sequence[Sequence[float]], languages: Sequence[str] | None) -> Scale:
    """The scale that was stored as a list of pairs, and languages."""
    return Scale(
        tuple((float(own), float(common)) for own, common in knots),
        tuple(languages) if languages is not None else None,
    )
