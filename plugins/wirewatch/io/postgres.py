"""Connections to the warehouse: one transaction at a time, with sentences instead of driver errors.

Opening a connection costs some ten milliseconds (SCRAM is slow by design), a transaction of ours often less than one: so
each process keeps a few that are open, and looks whether one still answers before it is used again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

import psycopg2
import psycopg2.extensions
import psycopg2.extras
from psycopg2.extensions import connection as Connection  # noqa: N812  (psycopg2 spells its class like a module)

__all__ = [
    "Connection",
    "WarehouseUnreachable",
    "close_idle",
    "connect",
    "execute",
    "insert",
    "insert_returning",
    "one",
    "rows",
    "run",
    "savepoint",
    "transaction",
]


IDLE_SECONDS = 120
"""How long a transaction may stand still before Postgres ends it: a machine that froze must not hold rows for ever."""
_ALIVE = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
"""A machine that vanished is noticed in a minute, not in the two hours that are Linux's default."""
_MOST_IDLE = 4
_idle: list[tuple[str, Connection]] = []
_turn = Lock()


class WarehouseUnreachable(RuntimeError):
    """Postgres does not answer."""


def connect(dsn: str, *, autocommit: bool = False) -> Connection:
    """An open connection, in UTC; WarehouseUnreachable where Postgres does not answer."""
    options = f"-c timezone=UTC -c idle_in_transaction_session_timeout={IDLE_SECONDS}s {_ALIVE}"
    try:
        db = psycopg2.connect(dsn, application_name="wirewatch", options=options, connect_timeout=15)
    except psycopg2.OperationalError as problem:
        reason = str(problem).strip().splitlines()[0]
        message = f"The warehouse does not answer ({reason}). Is it running? `make run` starts it."
        raise WarehouseUnreachable(message) from problem
    db.autocommit = autocommit
    psycopg2.extras.register_default_jsonb(db)
    return db


@contextmanager
def transaction(dsn: str) -> Iterator[Connection]:
    """A connection whose work is committed at the end of the block, or rolled back whole."""
    db = _taken(dsn) or connect(dsn)
    try:
        with db:
            yield db
    except BaseException:
        db.close()
        raise
    _give_back(dsn, db)


def _taken(dsn: str) -> Connection | None:
    """An open connection of this process that answers, as good as new; or None."""
    while True:
        with _turn:
            found = next((item for item in reversed(_idle) if item[0] == dsn), None)
            if found is None:
                return None
            _idle.remove(found)
        db = found[1]
        try:
            db.reset()
        except psycopg2.Error:
            db.close()
            continue
        return db


def _give_back(dsn: str, db: Connection) -> None:
    with _turn:
        if not db.closed:
            _idle.append((dsn, db))
        surplus = _idle[:-_MOST_IDLE]
        del _idle[:-_MOST_IDLE]
    for _, other in surplus:
        other.close()


def close_idle() -> None:
    """Close the connections that this process keeps for later."""
    with _turn:
        surplus = [db for _, db in _idle]
        _idle.clear()
    for db in surplus:
        db.close()


def _forget() -> None:
    """After a fork the open connections are the parent's. (psycopg2 closes none that another process opened.)"""
    global _turn
    _turn = Lock()
    _idle.clear()


os.register_at_fork(after_in_child=_forget)


@contextmanager
def savepoint(db: Connection) -> Iterator[None]:
    """A part of a transaction that is undone by itself where it fails."""
    execute(db, "savepoint part")
    try:
        yield
    except BaseException:
        if not db.closed:
            execute(db, "rollback to savepoint part")
        raise
    execute(db, "release savepoint part")


def run(cursor: psycopg2.extensions.cursor, query: str, values: Mapping[str, Any] | Sequence[Any] | None) -> None:
    """Run a statement on a cursor; DataError where a text of `values` has NUL characters, which Postgres cannot hold."""
    try:
        cursor.execute(query, values)
    except ValueError as problem:
        if "NUL" not in str(problem):
            raise
        # psycopg2 refuses these before Postgres can: an error of the data, as a value out of range is.
        message = "A text with NUL characters cannot be stored or looked up."
        raise psycopg2.DataError(message) from problem


def rows(db: Connection, query: str, values: Mapping[str, Any] | Sequence[Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a query, as dictionaries by column."""
    with db.cursor() as cursor:
        run(cursor, query, values)
        return _fetched(cursor)


def one(db: Connection, query: str, values: Mapping[str, Any] | Sequence[Any] | None = None) -> dict[str, Any] | None:
    """The first row of a query, or None."""
    found = rows(db, query, values)
    return found[0] if found else None


def execute(db: Connection, query: str, values: Mapping[str, Any] | Sequence[Any] | None = None) -> int:
    """Run a statement; how many rows it touched."""
    with db.cursor() as cursor:
        run(cursor, query, values)
        return cursor.rowcount


def insert(db: Connection, table: str, records: Iterable[Mapping[str, Any]], suffix: str = "") -> int:
    """Insert records that share their keys into `table` (trusted names); `suffix` holds ON CONFLICT. Rows touched."""
    with db.cursor() as cursor:
        return cursor.rowcount if _insert(cursor, table, records, suffix) else 0


def insert_returning(
    db: Connection, table: str, records: Iterable[Mapping[str, Any]], suffix: str
) -> list[dict[str, Any]]:
    """Insert as insert does; what the RETURNING of `suffix` says of each row that was touched."""
    with db.cursor() as cursor:
        if not _insert(cursor, table, records, suffix):
            return []
        return _fetched(cursor)


def _insert(cursor: psycopg2.extensions.cursor, table: str, records: Iterable[Mapping[str, Any]], suffix: str) -> bool:
    """Insert in one statement; whether there was anything to insert."""
    batch = [dict(record) for record in records]
    if not batch:
        return False
    columns = list(batch[0])
    statement = f"insert into {table} ({', '.join(columns)}) values %s {suffix}"  # noqa: S608  (names from this code)
    template = "(" + ", ".join(f"%({column})s" for column in columns) + ")"
    psycopg2.extras.execute_values(cursor, statement, batch, template=template, page_size=len(batch))
    return True


def _fetched(cursor: psycopg2.extensions.cursor) -> list[dict[str, Any]]:
    columns = [column.name for column in cursor.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
