"""When a feed is polled next: from its own cadence, its headers, its failures. It never gives a feed up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

SOFT, DNS, HARD = 0.5, 0.25, 1.0
"""Weights of failures (after Media Cloud's rss-fetcher): a passing one, a name that was not found, an answer that says no."""
# Polls start every five minutes: with its jitter and the start of a task, what was polled at one is due at the next.
SHORTEST, LONGEST = timedelta(minutes=4), timedelta(hours=6)
LONGEST_AFTER_FAILURES = timedelta(days=1)
_SLOWER, _FASTER, _AFTER_GAP = 1.5, 0.7, 0.4
_JITTER = 0.1
_CADENCE_SAMPLE = 20
_HOURS_OF_A_WEEK = 168


@dataclass(frozen=True, slots=True)
class Plan:
    """The next poll, and the interval that the feed has learned."""

    at: datetime
    interval: timedelta


def next_poll(
    *,
    now: datetime,
    previous: timedelta,
    published: Sequence[datetime],
    new_entries: int,
    ttl: int | None,
    cache_max_age: int | None,
    failures: float,
    retry_after: datetime | None,
    jitter: float,
    gap: bool = False,
    skip_hours: frozenset[int] = frozenset(),
    skip_days: frozenset[int] = frozenset(),
) -> Plan:
    """Plan the next poll.

    The interval goes towards half the feed's own median gap, faster after news, slower without, much faster where
    entries were missed (`gap`; then `ttl` and freshness bound it no more than the shortest interval does). `ttl` and
    `cache_max_age` (seconds) are lower bounds up to an hour. Failures double it, at most to a day.
    `retry_after` is obeyed, and so are `skip_hours` and `skip_days` (see ParsedFeed). `jitter` in 0..1 spreads polls by a tenth.
    """
    interval = previous * (_FASTER if new_entries else _SLOWER) if not failures else previous
    cadence = _cadence(published)
    if cadence is not None:
        interval = min(interval, max(cadence / 2, SHORTEST))
    asked = timedelta(seconds=min(max(ttl or 0, cache_max_age or 0), 3600))
    if gap:
        interval, asked = min(interval, previous * _AFTER_GAP), SHORTEST
    interval = min(max(interval, asked, SHORTEST), LONGEST)
    wait = min(interval * 2 ** min(failures, 12), LONGEST_AFTER_FAILURES) if failures else interval
    at = now + wait * (1 + _JITTER * jitter)
    return Plan(awake(max(at, retry_after) if retry_after else at, skip_hours, skip_days), interval)


def awake(at: datetime, hours: frozenset[int], days: frozenset[int]) -> datetime:
    """`at`, or so many whole hours later that it is in none of these hours (UTC) and days (0 is Monday) (RSS 2.0, skipHours).

    A feed that leaves no hour of the week says nothing: it is polled all the same.
    """
    for ahead in range(_HOURS_OF_A_WEEK):
        then = at.astimezone(UTC) + timedelta(hours=ahead)
        if then.hour not in hours and then.weekday() not in days:
            return at + timedelta(hours=ahead)
    return at


def _cadence(published: Sequence[datetime]) -> timedelta | None:
    """The median gap between the newest entries."""
    newest = sorted(published, reverse=True)[:_CADENCE_SAMPLE]
    gaps = sorted(later - earlier for later, earlier in pairwise(newest))
    return gaps[len(gaps) // 2] if gaps else None
