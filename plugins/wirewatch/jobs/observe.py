"""What is to be told of watchlists and of the pipeline, in words: hits, freshness, gaps, quarantine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from wirewatch.core.alert_file import Rule
from wirewatch.core.alerting import Observation
from wirewatch.core.counts import Sensitivity
from wirewatch.io import alert_sources as sources
from wirewatch.io.postgres import Connection

_GROWTH = {Sensitivity.SHARP: 1, Sensitivity.NORMAL: 5, Sensitivity.CALM: 20}


def hits(db: Connection, rule: Rule, since: datetime) -> list[Observation]:
    """New mentions of watchlists: one observation for a story, or for an article that has none."""
    by_event: dict[str, list[dict[str, Any]]] = {}
    for row in sources.hits(db, rule.name, rule.only, since):
        event = f"story:{row['story_id']}" if row["story_id"] else f"article:{row['id']}"
        by_event.setdefault(event, []).append(row)
    found = []
    for event, rows in by_event.items():
        lists = sorted({name for row in rows for name in row["watchlists"]})
        names = list(dict.fromkeys(name for row in rows for name in row["names"]))
        found.append(
            Observation(
                key=f"{rule.name}:{event}",
                rule=rule.name,
                kind="hit",
                subject=", ".join(lists),
                title=f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''}: {rows[0]['story'] or rows[0]['title']}",
                lines=(f"Watchlist {', '.join(lists)}: {', '.join(names)}",),
                story=rows[0]["story_id"],
                articles=tuple(row["id"] for row in rows),
                lasts=False,
                facts={"names": names, "watchlists": lists},
            )
        )
    return found


def freshness(db: Connection, rule: Rule, now: datetime) -> list[Observation]:
    """The pipeline stands still: nothing is polled, or what was discovered waits, for longer than the rule's `after`."""
    found, at = [], sources.pipeline(db)
    if not at["feeds"]:
        return []
    polled = at["last_poll_at"]
    if polled is None or now - polled > rule.after:
        since = f"since {moment(polled)} ({span(now - polled)})" if polled else "at all"
        found.append(
            _pipeline(rule, "polling", f"No feed was polled {since}", "Is `poll_feeds` paused or failing in the grid? Is the scheduler up?")
        )  # fmt: skip
    waits = at["waits_since"]
    if waits is not None and now - waits > rule.after:
        title = f"{at['waiting']} entries wait to be taken in, the oldest since {moment(waits)} ({span(now - waits)})"
        found.append(_pipeline(rule, "ingestion", title, "Is `ingest_articles` paused, failing or slow in the grid?"))
    return found


def _pipeline(rule: Rule, subject: str, title: str, to_do: str) -> Observation:
    return Observation(f"{rule.name}:{subject}", rule.name, "freshness", subject, title, (f"To do: {to_do}",))


def gaps(db: Connection, rule: Rule, now: datetime) -> list[Observation]:
    """Feeds with a gap that has not been filled within the rule's `after`."""
    found = []
    for row in sources.gaps(db, now - rule.after):
        if rule.only and row["title"] not in rule.only:
            continue
        state = "could not be filled" if row["is_lost"] else "is open"
        between = f"between {moment(row['from_at'])} and {moment(row['until_at'])}"
        found.append(
            Observation(
                key=f"{rule.name}:{row['feed_id']}",
                rule=rule.name,
                kind="gap",
                subject=row["title"],
                title=f"{row['title']} showed more than was seen {between}; the gap {state}",
                lines=(f"{row['gaps']} {'gap' if row['gaps'] == 1 else 'gaps'}: {row['note']}",),
                facts={"feed_id": row["feed_id"]},
            )
        )  # fmt: skip
    return found


def quarantine(db: Connection, rule: Rule) -> list[Observation]:
    """Quarantine holds more than a day ago: by one page, five or twenty, as the sensitivity has it."""
    row = sources.quarantine(db)
    grown = row["waiting"] - row["before"]
    if grown < _GROWTH[rule.sensitivity]:
        return []
    title = f"{row['waiting']} pages are in quarantine, {grown} more than a day ago"
    why = (f"Most of them: {row['error']}",) if row["error"] else ()
    to_do = "To do: read the errors on the page Quarantine, mend the cause, replay."
    return [Observation(f"{rule.name}:quarantine", rule.name, "quarantine", "quarantine", title, (*why, to_do))]


def moment(at: datetime) -> str:
    """A time in a message: "Mon 23 Nov, 14:05 UTC"."""
    utc = at.astimezone(UTC)
    return f"{utc:%a} {utc.day} {utc:%b}, {utc:%H:%M} UTC"


def span(length: timedelta) -> str:
    """A length of time in a message: "2 d 3 h", "5 h", "12 min"."""
    minutes = int(length.total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h" if hours else f"{minutes} min"
