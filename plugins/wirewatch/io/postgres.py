"""Connections to the warehouse: one transaction at a time, with sentences instead of driver errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.extensions
import psycopg2.extras
from psycopg2.extensions import connection as Connection  # noqa: N812  (psycopg2 spells its class like a module)

__all__ = ["Connection", "WarehouseUnreachable", "connect", "execute", "insert", "one", "rows", "transaction"]


class WarehouseUnreachable(RuntimeError):
    """Postgres does not answer."""


def connect(dsn: str, *, autocommit: bool = False) -> Connection:
    """An open connection, in UTC; WarehouseUnreachable where Postgres does not answer."""
    try:
        db = psycopg2.connect(dsn, application_name="wirewatch", options="-c timezone=UTC", connect_timeout=15)
    except psycopg2.OperationalError as problem:
        reason = str(problem).strip().splitlines()[0]
        message = f"The warehouse does not answer ({reason}). Is it running? `make run` starts it."
        raise WarehouseUnreachable(message) from problem
    db.autocommit = autocommit
    psycopg2.extras.register_default_jsonb(db)
    return db


@contextmanager
def transaction(dsn: str) -> Iterator[Connection]:
    """A connection whose work is committed at the end of the block, or rolled back whole, and closed."""
    db = connect(dsn)
    try:
        with db:
            yield db
    finally:
        db.close()


def rows(db: Connection, query: str, values: Mapping[str, Any] | Sequence[Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a query, as dictionaries by column."""
    with db.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute(query, values)
        return [dict(row) for row in cursor.fetchall()]


def one(db: Connection, query: str, values: Mapping[str, Any] | Sequence[Any] | None = None) -> dict[str, Any] | None:
    """The first row of a query, or None."""
    found = rows(db, query, values)
    return found[0] if found else None


def execute(db: Connection, query: str, values: Mapping[str, Any] | Sequence[Any] | None = None) -> int:
    """Run a statement; how many rows it touched."""
    with db.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.rowcount


def insert(db: Connection, table: str, records: Iterable[Mapping[str, Any]], suffix: str = "") -> int:
    """Insert records that share their keys into `table` (trusted names); `suffix` holds ON CONFLICT. Rows touched."""
    batch = [dict(record) for record in records]
    if not batch:
        return 0
    columns = list(batch[0])
    statement = f"insert into {table} ({', '.join(columns)}) values %s {suffix}"  # noqa: S608  (names from this code)
    template = "(" + ", ".join(f"%({column})s" for column in columns) + ")"
    with db.cursor() as cursor:
        psycopg2.extras.execute_values(cursor, statement, batch, template=template, page_size=max(len(batch), 1))
        return cursor.rowcount
