"""Backup and restore of the warehouse with Postgres's own pg_dump and pg_restore. The archive is files: copy its folder beside it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from wirewatch.io import migrate, postgres
from wirewatch.local.postgres import program

_ANALYST = "0003_analyst.sql"


class BackupFailed(RuntimeError):
    """pg_dump or pg_restore ended with an error, which is in the message."""


class NotEmpty(RuntimeError):
    """There is a warehouse where one would be restored."""


def backup(dsn: str, file: Path) -> int:
    """Write schemas, data and migrations of the warehouse to `file` (pg_dump's custom format), whole or not at all. Its bytes."""
    part = file.with_name(f"{file.name}.part")
    part.touch(mode=0o600)
    try:
        _run(dsn, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def restore(dsn: str, file: Path, sql: Path) -> None:
    """Read a backup into an empty database, then bring its schema up to date. NotEmpty where it holds a warehouse already.

    Rights are not in it, since the server may be another one: the analyst's role is made as the migration of `sql` makes it.
    """
    with postgres.transaction(dsn) as db:
        found = postgres.one(db, "select count(*)::int as n from pg_namespace where nspname in ('ingest', 'media')")
        if found and found["n"]:
            message = "The database holds a warehouse already: make an empty one, and name it in WIREWATCH_DSN."
            raise NotEmpty(message)
    _run(dsn, "pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(file))
    with postgres.transaction(dsn) as db:
        postgres.execute(db, (sql / "migrations" / _ANALYST).read_text(encoding="utf-8"))
    migrate.migrate(dsn, sql, anew=True)


def _run(dsn: str, name: str, *arguments: str) -> None:
    parts = urlsplit(dsn)
    secret = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    bare = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")).geturl()
    command = [program(name), *arguments, f"--dbname={bare}"]
    done = subprocess.run(command, env={**os.environ, **secret}, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{name} failed: {done.stderr.strip()}"
        raise BackupFailed(message)
