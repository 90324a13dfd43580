"""The gaps' table: intervals in which a feed may have shown what no poll saw."""

from __future__ import annotations

from typing import Any

from wirewatch.core.gaps import Gap
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


def notice(db: Connection, feed_id: int, gap: Gap, run_id: str) -> None:
    """Write down a gap."""
    postgres.insert(
        db,
        "ingest.gap",
        [{"feed_id": feed_id, "from_at": gap.since, "until_at": gap.until, "run_id": run_id}],
    )


def due(db: Connection, limit: int) -> list[dict[str, Any]]:
    """Open gaps whose repair is due, with the feed's address and host, oldest first."""
    return postgres.rows(
        db,
        """
        select g.*, f.url as feed_url, f.host as feed_host from ingest.gap g join ingest.feed f on f.id = g.feed_id
        where g.state = 'open' and g.next_try_at <= now() order by g.noticed_at limit %s
        """,
        (limit,),
    )


def close(db: Connection, gap_id: int, *, listed: int, found: int, source: str, note: str) -> None:
    """Close a gap that a sitemap covers."""
    postgres.execute(
        db,
        """
        update ingest.gap set state = 'repaired', closed_at = now(), attempts = attempts + 1,
            listed = %s, found = %s, source = %s, note = %s
        where id = %s and state = 'open'
        """,
        (listed, found, source, note, gap_id),
    )


def try_again(db: Connection, gap_id: int, *, note: str, hours: float, most: int) -> None:
    """Try a gap again later; after `most` tries it is held to be unrepairable."""
    postgres.execute(
        db,
        """
        update ingest.gap set attempts = attempts + 1, note = %(note)s, next_try_at = now() + %(hours)s * interval '1 hour',
            state = case when attempts + 1 >= %(most)s then 'unrepairable' else 'open' end,
            closed_at = case when attempts + 1 >= %(most)s then now() end
        where id = %(id)s and state = 'open'
        """,
        {"note": note, "hours": hours, "most": most, "id": gap_id},
    )
