"""The requests' table: what was asked of whom and when, for the audit. Written in batches, rolled up by day when it is old."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wirewatch.io import postgres
from wirewatch.io.http import Request
from wirewatch.io.postgres import Connection


@dataclass(frozen=True, slots=True)
class Noted:
    """A request with the manners that it was made under: `spacing` in seconds, `rule` of robots.txt in words."""

    request: Request
    spacing: float
    rule: str


def record(db: Connection, run_id: str, noted: Iterable[Noted]) -> int:
    """Write requests. How many."""
    return postgres.insert(
        db,
        "ingest.request",
        [
            {
                "host": item.request.host,
                "requested_at": item.request.at,
                "kind": item.request.kind,
                "url": item.request.url.replace("\x00", "")[:4096],
                "status": item.request.status,
                "problem": item.request.problem,
                "bytes": item.request.received,
                "seconds": item.request.seconds,
                "spacing": item.spacing,
                "rule": item.rule,
                "run_id": run_id,
            }
            for item in noted
        ],
    )


def roll_up(db: Connection, days: int) -> int:
    """Put the requests of days that are older than `days` into ingest.request_day and drop them. How many were dropped."""
    postgres.execute(
        db,
        """
        insert into ingest.request_day
        select * from ingest.request_by_day where day < (now() at time zone 'UTC')::date - %s
        on conflict (host, day) do nothing
        """,
        (days,),
    )
    return postgres.execute(
        db,
        "delete from ingest.request where (requested_at at time zone 'UTC')::date < (now() at time zone 'UTC')::date - %s",
        (days,),
    )
