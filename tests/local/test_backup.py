"""A backup holds all that a warehouse holds, and is read into an empty database only."""

from __future__ import annotations

import psycopg2
import pytest

from wirewatch.io import ledger, migrate, postgres
from wirewatch.jobs import reference, seeds
from wirewatch.local import backup
from wirewatch.settings import ROOT, settings

SQL = ROOT / "sql"


@pytest.fixture
def empty(server):
    """A database with nothing in it."""
    db = psycopg2.connect(server.dsn("postgres"))
    db.autocommit = True
    with db.cursor() as cursor:
        cursor.execute("create database restored")
    yield server.dsn("restored")
    postgres.close_idle()
    with db.cursor() as cursor:
        cursor.execute("drop database restored with (force)")
    db.close()


def contents(dsn: str) -> dict[str, list]:
    with postgres.transaction(dsn) as db:
        names = postgres.rows(
            db,
            "select table_schema || '.' || table_name as name from information_schema.tables "
            "where table_schema in ('ingest', 'media') and table_type = 'BASE TABLE' order by 1",
        )
        return {
            row["name"]: postgres.rows(db, f"select t::text as row from {row['name']} t order by 1") for row in names
        }


def test_what_is_backed_up_is_what_is_restored(warehouse, empty, tmp_path):
    reference.load_reference(warehouse)
    seeds.load_seeds(warehouse, settings().seeds / "articles")
    reference.load_feeds(warehouse)
    file = tmp_path / "warehouse.dump"
    assert backup.backup(warehouse, file) == file.stat().st_size > 10_000
    assert file.stat().st_mode & 0o077 == 0
    backup.restore(empty, file, SQL)
    assert contents(empty) == contents(warehouse)
    migrate.require_current(empty, SQL)
    with postgres.transaction(empty) as db:
        assert ledger.faults(db) == []
        assert postgres.one(db, "select has_table_privilege('analyst', 'media.article', 'select') as may")["may"]
        assert not postgres.one(db, "select has_schema_privilege('analyst', 'ingest', 'usage') as may")["may"]


def test_nothing_is_restored_over_a_warehouse(warehouse, tmp_path):
    file = tmp_path / "warehouse.dump"
    backup.backup(warehouse, file)
    with pytest.raises(backup.NotEmpty, match="empty one"):
        backup.restore(warehouse, file, SQL)


def test_a_backup_that_fails_leaves_the_last_one(warehouse, tmp_path):
    file = tmp_path / "warehouse.dump"
    file.write_bytes(b"the last one")
    with pytest.raises(backup.BackupFailed, match="pg_dump"):
        backup.backup(warehouse.rpartition("/")[0] + "/none", file)
    assert file.read_bytes() == b"the last one"
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse.dump"]
