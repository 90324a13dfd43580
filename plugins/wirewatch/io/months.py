"""The months of tables that grow: partitions made ahead, those that ended found and dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

AHEAD = 3
"""Months that are made ahead of the present one."""
TABLES = {
    "ingest.page": "fetched_at",
    "ingest.poll": "polled_at",
    "ingest.request": "requested_at",
    "media.embedding": "seen_at",
}
"""The tables that are kept by month, and the time that says which month a row is of."""
_BOUNDS = re.compile(r"FROM \((?:MINVALUE|'([^']+)')\) TO \('([^']+)'\)")


@dataclass(frozen=True, slots=True)
class Month:
    """A partition: its name, the times from (None: all before) and until which it has rows, and its size in bytes."""

    name: str
    since: datetime | None
    until: datetime
    bytes: int


def of(db: Connection, table: str) -> list[Month]:
    """The months of a table, oldest first. The default partition, which is for what nobody foresaw, is none."""
    found = postgres.rows(
        db,
        """
        select c.oid::regclass::text as name, pg_get_expr(c.relpartbound, c.oid) as bounds, pg_total_relation_size(c.oid) as bytes
        from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = %s::regclass
        """,
        (table,),
    )
    months = []
    for row in found:
        bounds = _BOUNDS.search(row["bounds"])
        if bounds:
            since = datetime.fromisoformat(bounds[1]).astimezone(UTC) if bounds[1] else None
            months.append(
                Month(row["name"], since, datetime.fromisoformat(bounds[2]).astimezone(UTC), int(row["bytes"]))
            )
    return sorted(months, key=lambda month: month.until)


def make_ahead(db: Connection, months: int = AHEAD) -> list[str]:
    """Make the partitions of this month and the next ones that are not there yet; their names.

    Rows that came before their month was made wait in the default partition, and are moved.
    """
    made = []
    for table, at in TABLES.items():
        postgres.execute(db, "select pg_advisory_xact_lock(hashtext('wirewatch_months'))")
        ends = {month.until for month in of(db, table)}
        wanted = postgres.rows(
            db,
            """
            select m::timestamp at time zone 'UTC' as since, (m + interval '1 month')::timestamp at time zone 'UTC' as until,
                to_char(m, 'YYYY_MM') as label
            from generate_series(date_trunc('month', now() at time zone 'UTC'),
                date_trunc('month', now() at time zone 'UTC') + %s * interval '1 month', interval '1 month') m
            """,
            (months,),
        )
        for row in wanted:
            if row["until"] <= max(ends):
                continue
            name = f"months.{table.partition('.')[2]}_{row['label']}"
            _make(db, table, at, name, (row["since"], row["until"]))
            made.append(name)
    return made


def _make(db: Connection, table: str, at: str, name: str, bounds: tuple[datetime, datetime]) -> None:
    rest = f"months.{table.partition('.')[2]}_rest"
    postgres.execute(db, f"lock table {table} in access exclusive mode")
    postgres.execute(db, f"create table {name} (like {table} including defaults including constraints)")
    postgres.execute(
        db,
        f"with moved as (delete from {rest} where {at} >= %s and {at} < %s returning *) insert into {name} select * from moved",  # noqa: S608  (names of this code)
        bounds,
    )
    postgres.execute(db, f"alter table {table} attach partition {name} for values from (%s) to (%s)", bounds)


def drop(db: Connection, table: str, name: str) -> None:
    """Drop a month of a table, rows and all."""
    postgres.execute(db, f"alter table {table} detach partition {name}")
    postgres.execute(db, f"drop table {name}")


def drop_empty(db: Connection) -> list[str]:
    """Drop months that ended over a month ago and whose rows were all deleted; their names."""
    gone = []
    for table in TABLES:
        for month in of(db, table):
            query = f"""
                select %s < now() - interval '1 month' and not exists (select from {month.name}) as is_empty
                """  # noqa: S608  (a name from the catalogue)
            found = postgres.one(db, query, (month.until,))
            if month.since is not None and found and found["is_empty"]:
                drop(db, table, month.name)
                gone.append(month.name)
    return gone


def read_statistics(db: Connection) -> None:
    """Let Postgres look at the tables as a whole: by itself it looks at the months only."""
    for table in TABLES:
        postgres.execute(db, f"analyze {table}")
