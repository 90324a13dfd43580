"""Retention: whole months of texts, vectors, pages and polls go when they are older than the setting allows.

An article's row stays for good, with title, dates, source, topics, mentions, story, what it copies and its wording's digest: the
ledger's sums, numbers by day, copies of old originals and the recognition of the same words again depend on it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from wirewatch.io import archive, months, postgres
from wirewatch.io import retention as table
from wirewatch.settings import settings

log = logging.getLogger(__name__)
_CHUNK = 2_000


class RetentionOff(RuntimeError):
    """Nothing says how many months are kept."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes: all that is older than `before`, by kind."""

    before: datetime
    old: list[table.Old]


def make_months(dsn: str) -> list[str]:
    """Make the partitions of the next months, drop empty ones long past, and have Postgres look at what the tables hold.

    The names of the new ones.
    """
    with postgres.transaction(dsn) as db:
        made = months.make_ahead(db)
        months.drop_empty(db)
        months.read_statistics(db)
    return made


def plan(dsn: str, keep_months: int | None = None) -> Plan:
    """What retention would take away now. RetentionOff where neither setting nor argument says how many months are kept."""
    with postgres.transaction(dsn) as db:
        before = table.cut(db, _kept(keep_months), settings().window_days)
        return Plan(
            before, [table.old_texts(db, before), *(table.old_months(db, kind, before)[1] for kind in table.KINDS)]
        )


def apply(dsn: str, run_id: str, keep_months: int | None = None) -> dict[str, int]:
    """Take away what `plan` says; how many of each kind. Killed at any point, it goes on where it was."""
    with postgres.transaction(dsn) as db:
        before = table.cut(db, _kept(keep_months), settings().window_days)
        texts = table.old_texts(db, before)
    counts = {"texts": _drop_texts(dsn, before)}
    if counts["texts"]:
        with postgres.transaction(dsn) as db:
            table.record(db, run_id, before, table.Old("texts", counts["texts"], texts.bytes))
    for kind in table.KINDS:
        with postgres.transaction(dsn) as db:
            going, old = table.old_months(db, kind, before)
            if old.note:
                log.warning("Retention: %s.", old.note)
            if old.rows or going:
                table.drop_months(db, kind, going, before)
                table.record(db, run_id, before, old)
        counts[kind] = old.rows
    counts["files"] = _remove_files(dsn, run_id, before)
    return counts


def _kept(asked: int | None) -> int:
    found = asked if asked is not None else settings().retention_months
    if not found:
        message = "Retention is off: set WIREWATCH_RETENTION_MONTHS to the months to keep, or give --months."
        raise RetentionOff(message)
    return found


def _drop_texts(dsn: str, before: datetime) -> int:
    done = 0
    while True:
        with postgres.transaction(dsn) as db:
            dropped = table.drop_texts(db, before, _CHUNK)
        done += dropped
        if dropped < _CHUNK:
            return done


def _remove_files(dsn: str, run_id: str, before: datetime) -> int:
    with postgres.transaction(dsn) as db:
        names = table.files_to_remove(db)
    if not names:
        return 0
    store = archive.Archive(settings().archive_url)
    size = sum(store.remove(name) for name in names)
    with postgres.transaction(dsn) as db:
        table.removed(db, names)
        table.record(db, run_id, before, table.Old("files", len(names), size))
    return len(names)
