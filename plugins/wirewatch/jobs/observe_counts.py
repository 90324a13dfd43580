"""What is to be told of counts by weekday and hour, in words: spikes and silences of topics, sources and watchlists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from wirewatch.core import counts
from wirewatch.core.alert_file import Rule
from wirewatch.core.alerting import Observation
from wirewatch.core.counts import Profile, Spike
from wirewatch.io import alert_sources as sources
from wirewatch.io.postgres import Connection
from wirewatch.jobs.observe import moment, span

_WINDOWS = (6, 24)
_DAY = timedelta(days=1)
_UNITS = {"source": "entries", "topic": "independent reports", "watchlist": "independent reports"}
_PLACES = {"source": "Source", "topic": "Topic", "watchlist": "Watchlist"}


def silences(db: Connection, rule: Rule) -> list[Observation]:
    """Subjects that have been silent for longer than chance makes it.

    The silence is counted up to the last poll, and for topics and watchlists up to where everything is decided: while
    nothing is polled, the pipeline is silent (a matter of `freshness`), and no source.
    """
    at = sources.pipeline(db)
    until = (
        at["last_poll_at"]
        if rule.of == "source"
        else min(filter(None, (at["last_poll_at"], at["complete_until"])), default=None)
    )
    found = [_never(rule, row) for row in sources.never_delivered(db)] if rule.of == "source" else []
    if until is None:
        return [seen for seen in found if not rule.only or seen.subject in rule.only]
    for subject, series in sources.hourly(db, rule.of, until).items():
        # The silence itself is not what silences are told from.
        profile = _learnt(series.counts, series.last)
        silent = counts.silence(profile, series.last, until, rule.sensitivity)
        if silent:
            health = sources.health(db, subject) if rule.of == "source" else None
            found.append(_silent(rule, subject, silent, until, health))
    return [seen for seen in found if not rule.only or seen.subject in rule.only]


def _learnt(counted: dict[datetime, int], end: datetime) -> Profile:
    begin = max(min(counted), end - sources.HISTORY)
    return counts.learn({at: n for at, n in counted.items() if at < end}, begin, max(end, begin + timedelta(hours=1)))


def _silent(
    rule: Rule, subject: str, silent: counts.Silence, until: datetime, health: dict[str, Any] | None
) -> Observation:
    lines = [f"By its weekdays and hours, some {silent.missed:.0f} {_UNITS[rule.of]} were to be expected since."]
    if health:
        lines.append(f"Its feed is {health['state']}: {health['what']}")
        if health["what_to_do"] and health["what_to_do"] != "nothing":
            lines.append(f"To do: {health['what_to_do']}")
    return Observation(
        key=f"{rule.name}:{subject}",
        rule=rule.name,
        kind="silence",
        subject=subject,
        title=f"{_PLACES[rule.of]} {subject} is silent since {moment(silent.since)} ({span(until - silent.since)})",
        lines=tuple(lines),
        facts={
            "since": silent.since.isoformat(),
            "missed": round(silent.missed, 1),
            "told_at": round(silent.told_at, 1),
            "feed_id": health["feed_id"] if health else None,
        },
    )


def _never(rule: Rule, row: dict[str, Any]) -> Observation:
    return Observation(
        key=f"{rule.name}:never:{row['url']}",
        rule=rule.name,
        kind="silence",
        subject=row["title"] or row["url"],
        title=f"{row['title'] or row['url']} has shown nothing since it was added, {moment(row['added_at'])}",
        lines=(
            f"Its feed is {row['state']}: {row['what']}",
            f"To do: {row['what_to_do'] or 'look at it in a browser'}",
        ),
        facts={"since": row["added_at"].isoformat()},
    )


def spikes(db: Connection, rule: Rule, now: datetime) -> list[Observation]:
    """Subjects of which far more came in than usual, in the last 6 or 24 hours.

    Where one story makes most of it, the spike is that story's: the same story is told once, whatever it makes spike.
    """
    events: dict[str, list[tuple[str, Spike, list[dict[str, Any]]]]] = {}
    for subject, series in sources.hourly(db, rule.of, now).items():
        if rule.only and subject not in rule.only:
            continue
        found = _spike(rule, series.counts, now)
        if not found:
            continue
        stories = sources.stories_behind(db, rule.of, subject, now - timedelta(hours=found.hours))
        main = next((s for s in stories if s["id"] is not None and s["reports"] * 2 > found.count), None)
        events.setdefault(f"story:{main['id']}" if main else subject, []).append((subject, found, stories))
    return [_spiked(rule, event, group) for event, group in events.items()]


def _spike(rule: Rule, counted: dict[datetime, int], now: datetime) -> Spike | None:
    # The day in question is not what spikes are told from.
    before = {at: n for at, n in counted.items() if at < now - _DAY}
    if not before:
        return None
    profile = _learnt(before, now - _DAY)
    found = [
        counts.spike(profile, sum(n for at, n in counted.items() if at >= now - timedelta(hours=hours)), now, hours, rule.sensitivity)
        for hours in _WINDOWS
    ]  # fmt: skip
    return min(filter(None, found), key=lambda one: one.chance, default=None)


def _spiked(rule: Rule, event: str, group: list[tuple[str, Spike, list[dict[str, Any]]]]) -> Observation:
    subjects = ", ".join(subject for subject, _, _ in group)
    lines = [
        f"{subject}: {found.count} {_UNITS[rule.of]} in {found.hours} hours; {found.expected:.1f} are usual then."
        for subject, found, _ in group
    ]
    stories = list({story["title"]: story for _, _, behind in group for story in behind if story["id"]}.values())
    lines += [f"{story['reports']} reports: {story['title']}" for story in stories[:3]]
    _, first, _ = group[0]
    is_story = event.startswith("story:")
    what = (
        f"“{stories[0]['title']}” makes {subjects} spike"
        if is_story and stories
        else f"{_PLACES[rule.of]} {subjects} spikes"
    )
    return Observation(
        key=f"{rule.name}:{event}",
        rule=rule.name,
        kind="spike",
        subject=subjects,
        title=f"{what}: {first.count} {_UNITS[rule.of]} in {first.hours} hours, {first.expected:.1f} are usual",
        lines=tuple(lines),
        story=int(event.removeprefix("story:")) if is_story else None,
        facts={
            "count": first.count,
            "expected": round(first.expected, 2),
            "hours": first.hours,
            "chance": first.chance,
        },
    )
