"""When what was observed is a new alert, more of one that is known, or the end of one. It observes and sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

RETRY_MINUTES = (1, 5, 15, 60)
"""Pauses before a delivery that failed is tried again; the last one holds from then on."""
GIVE_UP = timedelta(days=7)
"""After so long an alert is old news: its delivery is given up, and the page and the digest say so."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Something to tell, seen now. Of one `key` there is one alert at a time: one event is one message.

    `lasts` is a state that is over when it is not observed any more (a silence); else an event that is over when nothing
    was added to it for the cooldown (a story). `articles` are those that were not counted before.
    """

    key: str
    rule: str
    kind: str
    subject: str
    title: str
    lines: tuple[str, ...] = ()
    story: int | None = None
    articles: tuple[int, ...] = ()
    lasts: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """An alert that was recorded."""

    id: int
    key: str
    last_seen: datetime
    is_over: bool
    lasts: bool
    cooldown: timedelta


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the alerts: `new` ones are told; `more` of known ones (by their id) is written down; `over` end."""

    new: tuple[Observation, ...]
    more: tuple[tuple[int, Observation], ...]
    over: tuple[int, ...]


def decide(observed: Iterable[Observation], known: Iterable[Known], now: datetime) -> Decision:
    """Match what is observed now with the alerts that are known.

    What was over for less than its cooldown goes on and is not told again. Of two observations with one key the first
    counts.
    """
    latest: dict[str, Known] = {}
    for alert in sorted(known, key=lambda one: (one.last_seen, one.id)):
        latest[alert.key] = alert
    new: list[Observation] = []
    more: list[tuple[int, Observation]] = []
    keys: set[str] = set()
    continued: set[int] = set()
    for observation in observed:
        if observation.key in keys:
            continue
        keys.add(observation.key)
        before = latest.get(observation.key)
        if before is not None and _goes_on(before, now):
            more.append((before.id, observation))
            continued.add(before.id)
        else:
            new.append(observation)
    over = [
        alert.id
        for alert in latest.values()
        if not alert.is_over and alert.id not in continued and (alert.lasts or not _goes_on(alert, now))
    ]
    return Decision(tuple(new), tuple(more), tuple(over))


def _goes_on(alert: Known, now: datetime) -> bool:
    return (alert.lasts and not alert.is_over) or now - alert.last_seen <= alert.cooldown


def pause(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th try of a delivery failed."""
    return timedelta(minutes=RETRY_MINUTES[min(attempts, len(RETRY_MINUTES)) - 1])
