"""What the operator looks at: sources and their health, quarantine, runs, and why an address is (not) here."""

from __future__ import annotations

from typing import Any

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


def health(db: Connection) -> list[dict[str, Any]]:
    """Every feed with its state, those in trouble first."""
    return postgres.rows(
        db,
        """
        select h.*, f.category, f.poll_interval, f.origin
        from ingest.source_health h join ingest.feed f on f.id = h.feed_id
        order by case when h.state in ('healthy', 'new', 'paused') and h.open_gaps = 0 then 1 else 0 end, h.state, lower(h.title), h.feed_id
        """,
    )


def polls(db: Connection, feed_id: int, limit: int = 20) -> list[dict[str, Any]]:
    """The latest polls of a feed."""
    return postgres.rows(
        db,
        """
        select polled_at, outcome, status, entries, new_entries, bytes, seconds, error, run_id
        from ingest.poll where feed_id = %s order by polled_at desc limit %s
        """,
        (feed_id, limit),
    )


def feed(db: Connection, feed_id: int) -> dict[str, Any] | None:
    """One feed with its state."""
    return postgres.one(
        db,
        """
        select h.*, f.category, f.poll_interval, f.origin, f.host, f.kind, f.added_at, f.etag, f.last_modified
        from ingest.source_health h join ingest.feed f on f.id = h.feed_id where h.feed_id = %s
        """,
        (feed_id,),
    )


def delivered(db: Connection, feed_id: int, days: int = 14) -> list[dict[str, Any]]:
    """What the feed brought that was new, by day: rows of day and entries, without gaps, oldest first."""
    return postgres.rows(
        db,
        """
        select d::date as day, count(e.id)::int as entries
        from generate_series((now() at time zone 'UTC')::date - (%(days)s - 1), (now() at time zone 'UTC')::date, '1 day') d
        left join (
            select e.id, (e.discovered_at at time zone 'UTC')::date as day from ingest.sighting s
            join ingest.entry e on e.id = s.entry_id
            where s.feed_id = %(feed)s and s.first_seen_at > now() - (%(days)s + 1) * interval '1 day'
        ) e on e.day = d::date
        group by 1 order by 1
        """,
        {"feed": feed_id, "days": days},
    )


def gaps(db: Connection, feed_id: int | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """Intervals in which feeds may have shown what no poll saw: the open ones first, then the latest."""
    return postgres.rows(
        db,
        """
        select g.id, g.feed_id, f.title, g.from_at, g.until_at, g.noticed_at, g.state, g.attempts, g.next_try_at, g.closed_at,
            g.listed, g.found, g.source, g.note
        from ingest.gap g join ingest.feed f on f.id = g.feed_id
        where %(feed)s::bigint is null or g.feed_id = %(feed)s
        order by g.state <> 'open', g.noticed_at desc limit %(limit)s
        """,
        {"feed": feed_id, "limit": limit},
    )


def drift(db: Connection, host: str | None = None) -> list[dict[str, Any]]:
    """What cleaning makes of hosts' pages now against before: those that changed, or one host whatever its state."""
    return postgres.rows(
        db,
        """
        select * from ingest.extraction_drift
        where case when %(h)s::text is null then state not in ('steady', 'too few') else host = %(h)s end order by host
        """,
        {"h": host},
    )


def quarantine(db: Connection, limit: int = 200) -> list[dict[str, Any]]:
    """What waits for a person, newest first."""
    return postgres.rows(
        db,
        """
        select q.entry_id, q.stage, q.error, q.detail, q.run_id, q.quarantined_at, e.canonical_url as url, e.host, e.attempts,
            nullif(e.hints ->> 'title', '') as title
        from ingest.quarantine q join ingest.entry e on e.id = q.entry_id
        where q.released_at is null order by q.quarantined_at desc limit %s
        """,
        (limit,),
    )


def released(db: Connection, limit: int = 50) -> list[dict[str, Any]]:
    """What people let go again, with who and when, and what became of it since."""
    return postgres.rows(
        db,
        """
        select q.entry_id, q.error, q.released_at, q.released_by, e.canonical_url as url, e.disposition, e.reason
        from ingest.quarantine q join ingest.entry e on e.id = q.entry_id
        where q.released_at is not null order by q.released_at desc limit %s
        """,
        (limit,),
    )


def why(db: Connection, address: str) -> list[dict[str, Any]]:
    """media.why for an address."""
    return postgres.rows(db, "select * from media.why(%s)", (address,))


def attempts(db: Connection, address: str) -> list[dict[str, Any]]:
    """The failed tries of the entry at an address, newest first."""
    return postgres.rows(
        db,
        """
        select t.tried_at, t.stage, t.error, t.run_id from ingest.attempt t join ingest.entry e on e.id = t.entry_id
        where e.canonical_url = %s order by t.tried_at desc limit 20
        """,
        (address,),
    )


def run_funnel(db: Connection, run_id: str) -> dict[str, int]:
    """The entries that this run was the last to move, by disposition; `moved` is their sum."""
    found = postgres.rows(
        db, "select disposition, count(*)::int as n from ingest.entry where run_id = %s group by 1", (run_id,)
    )
    counts = dict.fromkeys(("loaded", "duplicate", "rejected", "quarantined", "pending"), 0)
    counts.update({row["disposition"]: row["n"] for row in found})
    return {"moved": sum(counts.values()), **counts}


def run_entries(db: Connection, run_id: str, limit: int = 300) -> list[dict[str, Any]]:
    """The entries that this run was the last to move."""
    return postgres.rows(
        db,
        """
        select e.id, e.canonical_url as url, e.host, e.disposition, e.reason, e.stage, e.discovered_at,
            coalesce(a.title, nullif(e.hints ->> 'title', '')) as title, a.id as article_id
        from ingest.entry e left join media.article a on a.id = e.id
        where e.run_id = %s order by e.disposition, e.id limit %s
        """,
        (run_id, limit),
    )


def run_polls(db: Connection, run_id: str) -> list[dict[str, Any]]:
    """The polls of this run, those that brought something first."""
    return postgres.rows(
        db,
        """
        select p.feed_id, f.title, p.outcome, p.status, p.entries, p.new_entries, p.seconds, p.error
        from ingest.poll p join ingest.feed f on f.id = p.feed_id
        where p.run_id = %s order by p.new_entries desc, (p.outcome = 'failed') desc, lower(f.title) limit 500
        """,
        (run_id,),
    )


def runs(db: Connection, limit: int = 30) -> list[dict[str, Any]]:
    """The latest runs that claimed entries, and what became of those."""
    return postgres.rows(
        db,
        """
        select b.run_id, min(b.claimed_at) as claimed_at, max(b.finished_at) as finished_at, x.*
        from (select * from ingest.batch order by id desc limit %(limit)s) b
        left join lateral (
            select count(*)::int as moved,
                count(*) filter (where disposition = 'loaded')::int as loaded,
                count(*) filter (where disposition = 'duplicate')::int as duplicate,
                count(*) filter (where disposition = 'rejected')::int as rejected,
                count(*) filter (where disposition = 'quarantined')::int as quarantined,
                count(*) filter (where disposition = 'pending')::int as pending
            from ingest.entry e where e.run_id = b.run_id
        ) x on true
        group by b.run_id, x.moved, x.loaded, x.duplicate, x.rejected, x.quarantined, x.pending
        order by max(b.id) desc
        """,
        {"limit": limit},
    )
