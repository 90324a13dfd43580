"""A day at a glance: what came in and what became of it, whether that is all of it yet, and what needs a person."""

from __future__ import annotations

from datetime import date
from typing import Any

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

DISPOSITIONS = ("loaded", "duplicate", "rejected", "quarantined", "pending")
"""What becomes of an entry, in the order in which people read it."""


def today(db: Connection) -> date:
    """The warehouse's day (UTC)."""
    row = postgres.one(db, "select (now() at time zone 'UTC')::date as day")
    assert row is not None
    found: date = row["day"]
    return found


def funnel(db: Connection, day: date) -> dict[str, Any]:
    """The day's entries by disposition, with `discovered` as their sum; zeros where nothing came in."""
    row = postgres.one(
        db,
        """
        select count(*)::int as discovered,
            count(*) filter (where disposition = 'loaded')::int as loaded,
            count(*) filter (where disposition = 'duplicate')::int as duplicate,
            count(*) filter (where disposition = 'rejected')::int as rejected,
            count(*) filter (where disposition = 'quarantined')::int as quarantined,
            count(*) filter (where disposition = 'pending')::int as pending
        from ingest.entry
        where discovered_at >= %(d)s::date::timestamp at time zone 'UTC'
            and discovered_at < (%(d)s::date + 1)::timestamp at time zone 'UTC'
        """,
        {"d": day},
    )
    assert row is not None
    return row


def completeness(db: Connection, day: date) -> dict[str, Any]:
    """complete_until, pending, last_poll_at, and is_complete: whether no number of this day can grow any more."""
    row = postgres.one(
        db,
        """
        select nullif(complete_until, '-infinity') as complete_until, pending, last_poll_at,
            (%(d)s::date + 1)::timestamp at time zone 'UTC' <= complete_until as is_complete
        from media.watermark
        """,
        {"d": day},
    )
    assert row is not None
    return row


def reasons(db: Connection, day: date) -> list[dict[str, Any]]:
    """Why entries of the day were not loaded: the reason's first words, and how many."""
    return postgres.rows(
        db,
        """
        select disposition, split_part(reason, ':', 1) as reason, count(*)::int as entries
        from ingest.entry
        where disposition in ('rejected', 'quarantined')
            and discovered_at >= %(d)s::date::timestamp at time zone 'UTC'
            and discovered_at < (%(d)s::date + 1)::timestamp at time zone 'UTC'
        group by 1, 2 order by entries desc, reason
        """,
        {"d": day},
    )


def attention(db: Connection) -> dict[str, int]:
    """What waits for a person: feeds in trouble, entries in quarantine, open gaps, alarms of the last day."""
    row = postgres.one(
        db,
        """
        select
            (select count(*) from ingest.source_health
             where state not in ('healthy', 'new', 'paused', 'held'))::int as feeds,
            (select count(*) from ingest.quarantine where released_at is null)::int as quarantine,
            (select count(*) from ingest.gap where state = 'open')::int as gaps,
            (select count(*) from ingest.alarm where raised_at > now() - interval '1 day')::int as alarms
        """,
    )
    assert row is not None
    return row


def entries(
    db: Connection, *, day: date | None, disposition: str | None, reason: str | None, host: str | None, limit: int = 200
) -> list[dict[str, Any]]:
    """Entries of the ledger by what became of them, newest first."""
    return postgres.rows(
        db,
        """
        select e.id, e.canonical_url as url, e.host, e.disposition, e.reason, e.stage, e.discovered_at, e.decided_at,
            coalesce(a.title, nullif(e.hints ->> 'title', '')) as title, a.id as article_id
        from ingest.entry e left join media.article a on a.id = e.id
        where (%(day)s::date is null or (e.discovered_at >= %(day)s::date::timestamp at time zone 'UTC'
                and e.discovered_at < (%(day)s::date + 1)::timestamp at time zone 'UTC'))
            and (%(disposition)s::text is null or e.disposition = %(disposition)s)
            and (%(reason)s::text is null or split_part(e.reason, ':', 1) = %(reason)s)
            and (%(host)s::text is null or e.host = %(host)s)
        order by e.discovered_at desc, e.id desc limit %(limit)s
        """,
        {"day": day, "disposition": disposition, "reason": reason, "host": host, "limit": limit},
    )
