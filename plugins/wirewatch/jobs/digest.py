"""The daily digest: written once for a day when its hour has come, kept, and sent on the channels of the plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wirewatch.core.alert_file import AlertPlan, Digest
from wirewatch.core.messages.message import one_line, rendered
from wirewatch.io import alert_sources, day_of_news, deliveries, postgres
from wirewatch.jobs.observe import span
from wirewatch.settings import settings

_DAY = timedelta(days=1)
MORNING = time(7)
"""When it is due where nothing is said."""
_LATEST = timedelta(hours=12)
"""A digest that is later than this is not sent any more: the next one is nearer."""
_OF_A_LIST = 3
_INCOMPLETE = ("silence", "gap", "freshness")


@dataclass(frozen=True, slots=True)
class Written:
    """A digest: its subject, plain text, HTML and numbers."""

    day: date
    subject: str
    text: str
    html: str
    facts: dict[str, Any]


def send_due(dsn: str, plan: AlertPlan) -> dict[str, int]:
    """Write the day's digest where its hour has come and it was not written yet, and have it sent. Counts: written.

    The digest and what is to be sent of it are one transaction, so it is sent once, however often this runs.
    """
    with postgres.transaction(dsn) as db:
        now = alert_sources.now(db)
        day = due(plan.digest, now) if plan.digest else None
        if day is None or plan.digest is None or deliveries.digest_of(db, day):
            return {"written": 0}
        made = write(db, plan.digest, now)
        if not deliveries.save_digest(db, day, made.subject, made.text, made.html, made.facts):
            return {"written": 0}
        deliveries.ask(db, plan.to(plan.digest.channels), digest_day=day)
    return {"written": 1}


def due(digest: Digest, now: datetime) -> date | None:
    """The day whose digest is due now: its hour has come in the digest's zone, and is not long over."""
    local = now.astimezone(ZoneInfo(digest.zone))
    for day in (local.date(), local.date() - _DAY):
        at = datetime.combine(day, digest.at, ZoneInfo(digest.zone))
        if timedelta() <= now - at < _LATEST:
            return day
    return None


def write(db: postgres.Connection, digest: Digest, now: datetime) -> Written:
    """The digest of the 24 hours before `now`."""
    since, zone = now - _DAY, ZoneInfo(digest.zone)
    day = now.astimezone(zone).date()

    def shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "first_at": f"{row['first_seen'].astimezone(zone):%a %H:%M}"} for row in rows]

    found = day_of_news.numbers(db, since, now)
    told = day_of_news.told(db, since)
    lists = [
        {**row, "stories": shown(day_of_news.stories(db, since, now, _OF_A_LIST, row["name"]))}
        for row in day_of_news.watchlists(db, since, now)
    ]
    values: dict[str, Any] = {
        "page": settings().page,
        "subject": f"{now.astimezone(zone):%A}, {day.day} {day:%B}: {_counted(found['reports'], 'independent report')}",
        "summary": f"{_counted(found['articles'], 'article')} of {_counted(found['sources'], 'source')} in "
        f"{_counted(found['stories'], 'story', 'stories')}, in the 24 hours to {now.astimezone(zone):%H:%M} ({digest.zone}).",
        "top": shown(day_of_news.stories(db, since, now, digest.stories)),
        "lists": [row for row in lists if row["stories"]],
        "incomplete": _incomplete(db, found, told, now),
        "unusual": [row["title"] for row in told if row["kind"] in ("spike", "quarantine")],
    }
    facts = {"reports": found["reports"], "articles": found["articles"], "incomplete": values["incomplete"]}
    top = values["top"][0]["title"] if values["top"] else "no story moved"
    return Written(
        day,
        f"[Wirewatch] {day.day} {day:%b}: {one_line(top)}"[:160],
        rendered("digest.txt", values),
        rendered("digest.html", values),
        facts,
    )


def _incomplete(db: postgres.Connection, found: dict[str, Any], told: list[dict[str, Any]], now: datetime) -> list[str]:
    lines = []
    silent = [row for row in told if row["kind"] == "silence" and row["state"] == "open" and "feed_id" in row["facts"]]
    if len(silent) > 1:
        since = min(datetime.fromisoformat(row["facts"]["since"]) for row in silent)
        lines.append(f"{len(silent)} sources or subjects are silent, the longest for {span(now - since)}:")
    lines += [row["title"] for row in told if row["kind"] in _INCOMPLETE and row["state"] == "open"]
    if found["pending"]:
        lines.append(f"{_counted(found['pending'], 'entry', 'entries')} were still on their way when this was written.")
    lines += [
        f"Channel {row['channel']}: {_counted(row['deliveries'], 'message')} {row['state']}"
        for row in deliveries.undelivered(db)
        if row["state"] != "waiting"
    ]
    return lines


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}".replace(",", "\u202f")
