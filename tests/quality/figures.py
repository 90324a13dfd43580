"""A figure with its interval: the percentile bootstrap over the units that are independent of each other (sites, events, texts)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Unit = TypeVar("Unit")
RESAMPLES, SEED = 500, 20251125


@dataclass(frozen=True)
class Figure:
    """One row of the table: what was measured on what, ours with its 95 % interval, and others on the same."""

    step: str
    figure: str
    on: str
    count: int
    value: float
    low: float
    high: float
    others: dict[str, float] = field(default_factory=dict)


def interval(units: Sequence[Unit], statistic: Callable[[Sequence[Unit]], float]) -> tuple[float, float, float]:
    """The statistic of all units, and the 2.5 and 97.5 percentiles of it over resamples of the units (Efron 1979)."""
    draw = np.random.default_rng(SEED)
    drawn = [statistic([units[i] for i in draw.integers(0, len(units), len(units))]) for _ in range(RESAMPLES)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return statistic(units), float(low), float(high)


def share_interval(right: NDArray[np.int64], whole: NDArray[np.int64]) -> tuple[float, float, float]:
    """As `interval`, of the share sum(right) / sum(whole), both counts by unit."""
    draw = np.random.default_rng(SEED)
    drawn = draw.integers(0, len(right), (RESAMPLES, len(right)))
    shares = right[drawn].sum(axis=1) / np.maximum(1, whole[drawn].sum(axis=1))
    low, high = np.percentile(shares, [2.5, 97.5])
    return float(right.sum() / max(1, whole.sum())), float(low), float(high)
