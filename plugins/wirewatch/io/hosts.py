"""What all workers share about a host, through Postgres: spacing, holds, robots.txt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class Turn:
    """When a host may be asked: in `wait` seconds; not before `held` where it asked for a pause; None where too many wait."""

    wait: float | None
    held: datetime | None = None


def book(db: Connection, wanted: Sequence[tuple[str, float]], longest: float) -> list[Turn]:
    """Book the next free moment of each host, in one round trip: pairs of host and spacing in seconds, a Turn for each.

    Nothing is booked for a host that is held, nor later than `longest` seconds from now.
    """
    numbers = Counter(host for host, _ in wanted)
    gaps = {host: max(gap, 0.001) for host, gap in wanted}
    names = sorted(numbers)
    values = {
        "hosts": names,
        "gaps": [gaps[name] for name in names],
        "numbers": [numbers[name] for name in names],
        "longest": longest,
    }
    postgres.execute(
        db, "insert into ingest.host (host) select unnest(%(hosts)s::text[]) on conflict (host) do nothing", values
    )
    booked = {row["host"]: row for row in postgres.rows(db, _BOOK, values)}
    turns, given = [], Counter[str]()
    for host, _ in wanted:
        row, number = booked[host], given[host]
        given[host] += 1
        if row["held"] is not None:
            turns.append(Turn(0.0, row["held"]))
        else:
            turns.append(Turn(row["backlog"] + number * gaps[host] if number < row["granted"] else None))
    return turns


_BOOK = """
with wanted as (
    select * from unnest(%(hosts)s::text[], %(gaps)s::float8[], %(numbers)s::int[]) as w (host, gap, number)
), locked as (
    select h.host, h.next_request_at, h.hold_until, w.gap, w.number
    from ingest.host h join wanted w using (host) order by h.host for update of h
), planned as materialized (
    select host, gap, number, clock_timestamp() as now,
        case when hold_until > clock_timestamp() then hold_until end as held,
        greatest(0, extract(epoch from next_request_at - clock_timestamp()))::float8 as backlog
    from locked
), granted as (
    select host, gap, now, held, coalesce(backlog, 0) as backlog,
        case when held is null then least(number, greatest(0, floor((%(longest)s - coalesce(backlog, 0)) / gap) + 1)) else 0 end
            as granted
    from planned
)
update ingest.host h
set next_request_at = case when g.granted > 0
    then g.now + (g.backlog + g.granted * g.gap) * interval '1 second' else h.next_request_at end
from granted g where g.host = h.host
returning h.host, g.held, g.backlog, g.granted::int
"""


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
    postgres.insert(db, "ingest.hold", [{"host": host, "until": until, "reason": reason}])


def robots(db: Connection, names: Sequence[str]) -> list[Robots | None]:
    """The robots.txt of each host as last read, or None."""
    found = postgres.rows(
        db,
        """
        select host, robots_body, robots_status, robots_fetched_at from ingest.host
        where host = any(%s) and robots_fetched_at is not null
        """,
        (list(names),),
    )
    known = {row["host"]: Robots(row["robots_body"], row["robots_status"], row["robots_fetched_at"]) for row in found}
    return [known.get(name) for name in names]


def store_robots(db: Connection, found: Sequence[tuple[str, Robots]]) -> list[None]:
    """Keep the robots.txt of hosts."""
    latest = dict(found)
    postgres.insert(
        db,
        "ingest.host",
        [
            {
                "host": host,
                "robots_body": latest[host].body,
                "robots_status": latest[host].status,
                "robots_fetched_at": latest[host].fetched_at,
            }
            for host in sorted(latest)
        ],
        """
        on conflict (host) do update set robots_body = excluded.robots_body, robots_status = excluded.robots_status,
            robots_fetched_at = excluded.robots_fetched_at
        """,
    )
    return [None] * len(found)
