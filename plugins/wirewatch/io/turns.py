"""The order of judgments: whose turn it is, and the moment of each."""

from __future__ import annotations

from datetime import datetime

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


def take(db: Connection) -> None:
    """Wait until nobody else judges or moves articles between stories, and be the one who does, until the transaction ends."""
    postgres.execute(db, "select pg_advisory_xact_lock(hashtext('wirewatch_judging'))")


def moment(db: Connection) -> datetime:
    """The moment of the judgment that is made in this turn: later than all before, even where the clock was set back."""
    return _last(
        db,
        "update ingest.judging set last_at = greatest(clock_timestamp(), last_at + interval '1 microsecond') returning last_at",
    )


def last_moment(db: Connection) -> datetime:
    """The moment of the last judgment, as this transaction sees them. Those that it does not see have later ones."""
    return _last(db, "select last_at from ingest.judging")


def _last(db: Connection, statement: str) -> datetime:
    row = postgres.one(db, statement)
    assert row is not None
    found: datetime = row["last_at"]
    return found
