"""What a count should be by weekday and hour, and when it is so far from it that somebody should know. It reads nothing.

The expectation is that of the view media.daily_source: the weekday's mean, spread over the hours as all days have it. Real
counts vary more than Poisson's: how much more (the dispersion) is learnt from the same history. A sensitivity is how often
a subject that goes on as before may raise a false alarm; the bounds follow from that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_HOUR = timedelta(hours=1)
_WEEK = 168
LEARNT_DAYS = 14.0
"""From so many days of history on, weekdays are told apart; before, a silence must last `_UNLEARNT` to be told."""
_UNLEARNT = timedelta(hours=72)
LEAST_DAYS = 3.0
"""With less history nothing is said."""
_MOST_DISPERSION = 25.0
_RATE_ERROR = 0.3
"""Relative error of an expectation, as in the view's verdicts `quiet` and `busy`."""
_LEAST_SPIKE = 5


class Sensitivity(StrEnum):
    """How soon to tell: about one false alarm of a subject in ten years, a year, or a month."""

    CALM = "calm"
    NORMAL = "normal"
    SHARP = "sharp"


_DAYS_BETWEEN = {Sensitivity.CALM: 3650.0, Sensitivity.NORMAL: 365.0, Sensitivity.SHARP: 30.0}
_LEAST_RATIO = {Sensitivity.CALM: 3.0, Sensitivity.NORMAL: 2.0, Sensitivity.SHARP: 1.5}


@dataclass(frozen=True, slots=True)
class Profile:
    """What is expected in each hour of the week (UTC, Monday's first hour first), from `days` of history."""

    rates: tuple[float, ...]
    days: float
    dispersion: float

    @property
    def per_day(self) -> float:
        """Expected a day, over the week."""
        return sum(self.rates) / 7

    def expected(self, begin: datetime, end: datetime) -> float:
        """Expected between two times."""
        whole_weeks = max(0, int((end - begin) / timedelta(days=7)))
        total, at = whole_weeks * sum(self.rates), begin + whole_weeks * timedelta(days=7)
        while at < end:
            upto = min(end, _hour(at) + _HOUR)
            total += self.rates[at.weekday() * 24 + at.hour] * ((upto - at) / _HOUR)
            at = upto
        return total


def learn(counts: Mapping[datetime, int], begin: datetime, end: datetime) -> Profile:
    """The profile of counts by hour (aware, UTC, on the hour; hours without a count may be left out) in [begin, end)."""
    days = max((end - begin) / timedelta(days=1), 1 / 24)
    total = sum(counts.values())
    by_hour, by_weekday = [0] * 24, [0] * 7
    for at, count in counts.items():
        by_hour[at.hour] += count
        by_weekday[at.weekday()] += count
    share = [count / total if total else 0.0 for count in by_hour]
    if days < LEARNT_DAYS:
        means = [total / days] * 7
    else:
        means = [count / max(seen, 1 / 24) for count, seen in zip(by_weekday, _seen(begin, end), strict=True)]
    profile = Profile(tuple(means[hour // 24] * share[hour % 24] for hour in range(_WEEK)), days, 1.0)
    return Profile(profile.rates, days, _dispersion(profile, counts, begin, end))


def _seen(begin: datetime, end: datetime) -> list[float]:
    """How many days of each weekday lie between two times."""
    seen, at = [0.0] * 7, begin
    while at < end:
        upto = min(end, at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1))
        seen[at.weekday()] += (upto - at) / timedelta(days=1)
        at = upto
    return seen


def _dispersion(profile: Profile, counts: Mapping[datetime, int], begin: datetime, end: datetime) -> float:
    """Variance of a day's count over its mean (Pearson's statistic over days; the one most unlike day in twenty left out)."""
    daily: dict[datetime, int] = {}
    for at, count in counts.items():
        day = at.replace(hour=0)
        daily[day] = daily.get(day, 0) + count
    first = begin.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    squares, day = [], first
    while day + timedelta(days=1) <= end:
        mean = profile.expected(day, day + timedelta(days=1))
        if mean >= 0.5:
            squares.append((daily.get(day, 0) - mean) ** 2 / mean)
        day += timedelta(days=1)
    squares.sort()
    kept = squares[: len(squares) - len(squares) // 20]
    return min(_MOST_DISPERSION, max(1.0, sum(kept) / (len(kept) - 1))) if len(kept) > 2 else 1.0


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing since `since`, though `missed` were expected; from `told_at` missed ones on it is told."""

    since: datetime
    missed: float
    told_at: float


def silence(profile: Profile, last: datetime, now: datetime, sensitivity: Sensitivity) -> Silence | None:
    """The silence since `last`, where it is longer than chance makes it once in the sensitivity's time.

    Of arrivals at random, gaps in which m were expected come with probability exp(-m), one after each arrival: so m is
    told from ln(arrivals in the time between false alarms) on. Arrivals in clusters of the dispersion's size are that
    many fewer, and each stands for as many.
    """
    if profile.days < LEAST_DAYS or profile.per_day <= 0:
        return None
    if profile.days < LEARNT_DAYS and now - last < _UNLEARNT:
        return None
    clusters = profile.per_day / profile.dispersion * _DAYS_BETWEEN[sensitivity]
    told_at = profile.dispersion * max(math.log(max(clusters, 1.0)), 3.0)
    missed = profile.expected(last, now)
    return Silence(last, missed, told_at) if missed > told_at else None


@dataclass(frozen=True, slots=True)
class Spike:
    """`count` in the last `hours`, where `expected` were; chance makes it with probability `chance`."""

    hours: int
    count: int
    expected: float
    chance: float


def spike(profile: Profile, count: int, now: datetime, hours: int, sensitivity: Sensitivity) -> Spike | None:
    """The count of the last `hours`, where it is higher than chance makes it once in the sensitivity's time.

    The count's distribution is the negative binomial with the dispersion's variance and the expectation's own error.
    """
    expected = profile.expected(now - hours * _HOUR, now)
    if profile.days < LEAST_DAYS or count < max(_LEAST_SPIKE, _LEAST_RATIO[sensitivity] * expected):
        return None
    chance = _tail(count, max(expected, 0.05), profile.dispersion)
    windows = _DAYS_BETWEEN[sensitivity] * 24 / hours
    return Spike(hours, count, expected, chance) if chance < 1 / windows else None


def _tail(count: int, mean: float, dispersion: float) -> float:
    """P(N ≥ count) of a negative binomial; its tail is a regularised incomplete beta function."""
    from scipy.special import betainc

    variance = max(dispersion, 1.001) * mean + (_RATE_ERROR * mean) ** 2
    size = mean * mean / (variance - mean)
    return float(betainc(count, size, mean / (size + mean)))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
