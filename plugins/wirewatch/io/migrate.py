"""Bring the warehouse's schema up to date: numbered migrations once, views where they changed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from wirewatch.io import postgres, views

_CHECKSUMS = """
create table if not exists public.wirewatch_migration (
    name text primary key, sha256 text not null, applied_at timestamptz not null default now()
)
"""


class MigrationChanged(RuntimeError):
    """A migration that was applied is not the file it was."""


class SchemaOutdated(RuntimeError):
    """The warehouse lacks migrations that this code needs."""


def migrate(dsn: str, sql: Path, *, anew: bool = False) -> list[str]:
    """Apply the migrations in `sql`/migrations that are new, then make `sql`/views anew where they changed. The names applied.

    `anew` makes the views anew in any case, with their rights. Safe to run from several processes at once. MigrationChanged
    where an applied file was edited, views.BuiltOnViews where somebody's own objects would be dropped with a view.
    """
    from yoyo import get_backend, read_migrations

    folder = sql / "migrations"
    _guard(dsn, folder)
    turn = postgres.connect(dsn, autocommit=True)
    backend = get_backend(_yoyo_url(dsn))
    try:
        # Held by this session and gone with it. yoyo's own lock is a row, which a killed process leaves behind for good.
        postgres.execute(turn, "select pg_advisory_lock(hashtext('wirewatch_migrate'))")
        backend.break_lock()
        with backend.lock():
            pending = backend.to_apply(read_migrations(str(folder)))
            names = [migration.id for migration in pending]
            backend.apply_migrations(pending)
    finally:
        backend.connection.close()
        turn.close()
    with postgres.transaction(dsn) as db:
        _record(db, folder)
        views.refresh(db, sql / "views", anew=anew or bool(names))
    return names


def require_current(dsn: str, sql: Path) -> None:
    """SchemaOutdated where a migration of `sql` was not applied, MigrationChanged where one was edited."""
    folder = sql / "migrations"
    _guard(dsn, folder)
    with postgres.transaction(dsn) as db:
        known = {row["name"] for row in postgres.rows(db, "select name from public.wirewatch_migration")}
    missing = sorted(path.stem for path in folder.glob("*.sql") if path.stem not in known)
    if missing:
        message = f"The warehouse lacks {', '.join(missing)}: run `wirewatch migrate` (`make run` does it by itself)."
        raise SchemaOutdated(message)


def _yoyo_url(dsn: str) -> str:
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(scheme="postgresql"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _guard(dsn: str, folder: Path) -> None:
    with postgres.transaction(dsn) as db:
        postgres.execute(db, "select pg_advisory_xact_lock(hashtext('wirewatch_migration'))")
        postgres.execute(db, _CHECKSUMS)
        applied = postgres.rows(db, "select name, sha256 from public.wirewatch_migration order by name")
    for row in applied:
        path = folder / f"{row['name']}.sql"
        if not path.exists() or _digest(path) != row["sha256"]:
            message = (
                f"{path.name} was applied before and has changed since: restore it, and put the change into a new file."
            )
            raise MigrationChanged(message)


def _record(db: postgres.Connection, folder: Path) -> None:
    files = sorted(folder.glob("*.sql"))
    records = [{"name": path.stem, "sha256": _digest(path)} for path in files]
    postgres.insert(db, "public.wirewatch_migration", records, "on conflict do nothing")
