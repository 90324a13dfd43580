"""What all workers share about a host, through Postgres: spacing, holds, robots.txt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


@dataclass(frozen=True, slots=True)
class Robots:
    """A host's robots.txt as last read; `status` is None where no answer came."""

    body: str | None
    status: int | None
    fetched_at: datetime


def book(db: Connection, host: str, spacing: float) -> tuple[float, datetime | None]:
    """Book the next free moment of a host: (seconds to wait until it, end of the host's hold or None)."""
    row = postgres.one(
        db,
        """
        insert into ingest.host as h (host, next_request_at) values (%(host)s, clock_timestamp() + %(gap)s * interval '1 second')
        on conflict (host) do update set next_request_at = case
            when h.hold_until > clock_timestamp() then h.next_request_at
            else greatest(coalesce(h.next_request_at, '-infinity'), clock_timestamp()) + %(gap)s * interval '1 second' end
        returning extract(epoch from next_request_at - %(gap)s * interval '1 second' - clock_timestamp())::float8 as wait,
            case when hold_until > clock_timestamp() then hold_until end as hold
        """,
        {"host": host, "gap": spacing},
    )
    assert row is not None
    return max(0.0, row["wait"] or 0.0), row["hold"]


def hold(db: Connection, host: str, until: datetime, reason: str) -> None:
    """No request to the host before `until`; a longer hold stays."""
    postgres.execute(
        db,
        """
        insert into ingest.host as h (host, hold_until, hold_reason) values (%s, %s, %s)
        on conflict (host) do update set hold_until = greatest(h.hold_until, excluded.hold_until), hold_reason = excluded.hold_reason
        """,
        (host, until, reason),
    )


def robots(db: Connection, host: str) -> Robots | None:
    """The host's robots.txt as last read, or None."""
    row = postgres.one(
        db,
        "select robots_body, robots_status, robots_fetched_at from ingest.host where host = %s and robots_fetched_at is not null",
        (host,),
    )
    return Robots(row["robots_body"], row["robots_status"], row["robots_fetched_at"]) if row else None


def store_robots(db: Connection, host: str, found: Robots) -> None:
    """Keep a host's robots.txt."""
    postgres.execute(
        db,
        """
        insert into ingest.host (host, robots_body, robots_status, robots_fetched_at) values (%s, %s, %s, %s)
        on conflict (host) do update set robots_body = excluded.robots_body, robots_status = excluded.robots_status,
            robots_fetched_at = excluded.robots_fetched_at
        """,
        (host, found.body, found.status, found.fetched_at),
    )
