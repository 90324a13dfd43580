"""The feeds' tables: which are due, and what a poll of one found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg2.extras import Json

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


def add(db: Connection, url: str, title: str, host: str, *, category: str | None = None, origin: str = "user") -> bool:
    """Enter a feed, or poll one again that was paused; whether it is new."""
    found = postgres.one(
        db,
        """
        insert into ingest.feed (url, title, host, category, origin) values (%s, %s, %s, %s, %s)
        on conflict (url) do update set active = true, next_poll_at = least(ingest.feed.next_poll_at, now())
        returning (xmax = 0) as new
        """,
        (url, title, host, category, origin),
    )
    return bool(found and found["new"])


def at(db: Connection, url: str) -> dict[str, Any] | None:
    """The feed at an address: id, title, active; None where there is none."""
    return postgres.one(db, "select id, title, active from ingest.feed where url = %s", (url,))


def archived(db: Connection, bodies: Sequence[tuple[int, str]]) -> dict[int, datetime]:
    """When the body of each feed's digest was archived, by feed; feeds whose archived body is not known are left out."""
    found = postgres.rows(
        db,
        """
        select feed_id, max(p.polled_at) as at from ingest.poll p join unnest(%s::bigint[], %s::text[]) as w (feed, digest)
            on p.feed_id = w.feed and p.digest = w.digest
        where p.archive_file is not null group by feed_id
        """,
        ([feed for feed, _ in bodies], [digest for _, digest in bodies]),
    )
    return {row["feed_id"]: row["at"] for row in found}


def set_active(db: Connection, feed_id: int, *, active: bool) -> bool:
    """Poll a feed from now on, or stop; whether that changed anything."""
    return bool(
        postgres.execute(
            db,
            """
            update ingest.feed set active = %(a)s, next_poll_at = case when %(a)s then least(next_poll_at, now()) else next_poll_at end
            where id = %(id)s and active <> %(a)s
            """,
            {"a": active, "id": feed_id},
        )
    )


def pause_origin(db: Connection, origin: str, keep: Iterable[str]) -> int:
    """Stop polling the feeds of an origin, but those in `keep`. How many."""
    return postgres.execute(
        db,
        "update ingest.feed set active = false where origin = %s and active and not url = any(%s)",
        (origin, list(keep)),
    )


def listing(db: Connection) -> list[dict[str, Any]]:
    """All feeds with their health."""
    return postgres.rows(
        db,
        """
        select f.url, f.title, f.category, f.origin, f.active, h.state, h.what, h.last_success_at, h.new_last_day
        from ingest.feed f join ingest.source_health h on h.feed_id = f.id order by f.category nulls last, f.title
        """,
    )


def due(db: Connection, limit: int, lease_minutes: float) -> list[dict[str, Any]]:
    """Take the feeds that are due, longest overdue first, for `lease_minutes`: id and host of each."""
    return postgres.rows(
        db,
        """
        with chosen as (
            select id from ingest.feed
            where active and next_poll_at <= now() and (lease_until is null or lease_until < now())
            order by next_poll_at limit %s for update skip locked
        )
        update ingest.feed f set lease_until = now() + %s * interval '1 minute'
        from chosen where chosen.id = f.id returning f.id, f.host
        """,
        (limit, lease_minutes),
    )


def named(db: Connection, ids: list[int]) -> list[dict[str, Any]]:
    """The feeds of these ids, whole."""
    return postgres.rows(db, "select * from ingest.feed where id = any(%s) order by id", (ids,))


def move(db: Connection, feed: dict[str, Any], to: str, host: str, why: str, run_id: str) -> bool:
    """Poll a feed at another address from now on, and write down why; whether it may be: another feed may have the address."""
    taken = postgres.one(db, "select id from ingest.feed where url = %s and id <> %s", (to, feed["id"]))
    postgres.insert(
        db,
        "ingest.feed_move",
        [{"feed_id": feed["id"], "from_url": feed["url"], "to_url": to, "why": why, "run_id": run_id}],
    )
    if taken is None:
        postgres.execute(db, "update ingest.feed set url = %s, host = %s where id = %s", (to, host, feed["id"]))
    return taken is None


def record_polls(db: Connection, polls: Sequence[dict[str, Any]]) -> None:
    """Write rows of ingest.poll; the keys are its columns."""
    postgres.insert(db, "ingest.poll", polls)


def schedule(db: Connection, planned: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Write what polls changed of their feeds, when they are polled next among it: pairs of a feed's key and its columns."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for feed_id, values in planned:
        alike.setdefault(tuple(sorted(values)), []).append({"id": feed_id, **values})
    for columns, changed in alike.items():
        assignments = ", ".join(f"{column} = c.{column}" for column in columns)
        statement = f"""
            update ingest.feed f set {assignments}
            from jsonb_populate_recordset(null::ingest.feed, %s) c where f.id = c.id
        """  # noqa: S608  (columns named by this code)
        postgres.execute(db, statement, (Json(changed, dumps=_dumps),))


def _dumps(values: Any) -> str:
    return json.dumps(values, default=_as_text)


def _as_text(value: datetime | timedelta) -> str:
    return value.isoformat() if isinstance(value, datetime) else f"{value.total_seconds()} seconds"


def name_source(db: Connection, host: str, name: str) -> int:
    """The key of the source on `host`, entered under `name` where it is new."""
    postgres.execute(
        db,
        "insert into media.source (host, name) values (%s, %s) on conflict (host) do nothing",
        (host, name),
    )
    found = postgres.one(db, "select id from media.source where host = %s", (host,))
    assert found is not None
    return int(found["id"])


def title_for_host(db: Connection, entry_id: int) -> str | None:
    """The title of the feed that showed an entry first; a feed on the host of the entry before others."""
    found = postgres.one(
        db,
        """
        select f.title from ingest.sighting s join ingest.feed f on f.id = s.feed_id join ingest.entry e on e.id = s.entry_id
        where s.entry_id = %s order by (f.host = e.host) desc, s.first_seen_at, f.id limit 1
        """,
        (entry_id,),
    )
    return str(found["title"]) if found else None
