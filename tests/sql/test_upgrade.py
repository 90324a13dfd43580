"""An old warehouse with rows in every table, brought up to date one migration at a time: nothing is lost, and all goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg2
import pytest

from wirewatch.io import ledger, migrate, postgres, search
from wirewatch.jobs import measure
from wirewatch.settings import ROOT

OLDEST = ("0001_ingest", "0002_media", "0003_analyst")
ARTICLES = 400
FILL = (Path(__file__).parent / "old_warehouse.sql").read_text(encoding="utf-8")
BEFORE = {
    "0122_numbers_are_terms": """
        insert into ingest.term (language, term, articles)
        values ('en', '', 1000), ('en', 'harbour', 1000), ('ja', '', 10), ('ja', 'nhk', 5)
    """
}
"""What is in the warehouse by the time that a migration is applied."""
COUNTED = """
    select nspname || '.' || relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where nspname in ('ingest', 'media') and relkind in ('r', 'p')
"""


def needs(path: Path) -> set[str]:
    """The migrations that one depends on."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {
        name for line in lines if line.startswith("-- depends:") for name in line.removeprefix("-- depends:").split()
    }


def in_order() -> list[Path]:
    """All migrations, each after what it needs."""
    left, done = sorted((ROOT / "sql" / "migrations").glob("*.sql")), []
    while left:
        ready = next(path for path in left if needs(path) <= {known.stem for known in done})
        left.remove(ready)
        done.append(ready)
    return done


def tables(db) -> dict[str, int]:
    """How many rows each table has."""
    names = postgres.rows(db, COUNTED)
    return {row["name"]: postgres.one(db, f"select count(*)::int as n from {row['name']}")["n"] for row in names}


@pytest.fixture
def old(server, tmp_path):
    """A warehouse of the oldest schema, filled; and the folder that it was made from, with the oldest migrations only."""
    folder = tmp_path / "sql"
    (folder / "migrations").mkdir(parents=True)
    (folder / "views").mkdir()
    for name in OLDEST:
        shutil.copy(ROOT / "sql" / "migrations" / f"{name}.sql", folder / "migrations")
    admin = psycopg2.connect(server.dsn("postgres"))
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute("create database old_warehouse")
    dsn = server.dsn("old_warehouse")
    migrate.migrate(dsn, folder)
    with postgres.transaction(dsn) as db:
        postgres.execute(db, FILL)
    yield dsn, folder
    postgres.close_idle()
    with admin.cursor() as cursor:
        cursor.execute("drop database old_warehouse with (force)")
    admin.close()


def test_a_full_old_warehouse_is_brought_up_to_date_and_goes_on(old):
    dsn, folder = old
    with postgres.transaction(dsn) as db:
        before = tables(db)
        assert {name for name, rows in before.items() if not rows} == set(), "the old warehouse is to be full"
        was = postgres.rows(db, "select id, title, text, canonical_url, duplicate_of from media.article order by id")
    for path in in_order():
        if path.stem not in OLDEST:
            shutil.copy(path, folder / "migrations")
            with postgres.transaction(dsn) as db:
                postgres.execute(db, BEFORE.get(path.stem, "select"))
            assert migrate.migrate(dsn, folder) == [path.stem]
    assert migrate.migrate(dsn, ROOT / "sql") == []
    migrate.require_current(dsn, ROOT / "sql")
    with postgres.transaction(dsn) as db:
        after = tables(db)
        lost = {name: (rows, after.get(name)) for name, rows in before.items() if after.get(name, 0) < rows}
        assert lost == {}
        now = postgres.rows(db, "select id, title, text, canonical_url, duplicate_of from media.article order by id")
        assert now == was
        assert ledger.faults(db) == []
        funnel = ledger.funnel(db)
        assert funnel["discovered"] == ARTICLES + 4
        assert (funnel["duplicate"], funnel["pending"], funnel["quarantined"]) == (ARTICLES // 4, 2, 1)
        views = postgres.rows(
            db, "select schemaname || '.' || viewname as name from pg_views where schemaname in ('ingest', 'media')"
        )
        numbers = {row["name"]: postgres.one(db, f"select count(*)::int as n from {row['name']}")["n"] for row in views}
        assert numbers["media.latest"] == ARTICLES
        found = search.by_words(db, "harbour", 5)
        assert len(found) == 5
        counted = postgres.rows(db, "select language, term, articles::int from ingest.term order by language, articles")
        assert {row["language"] for row in counted} == {"en"}, "where words are not spaced, counting begins anew"
        assert len(counted) == ARTICLES + 2
        assert {row["articles"] for row in counted if row["term"].isdigit()} == {3}, (
            "one in 400, of the 1,000 that were judged"
        )
    assert measure.gauges(dsn)["quarantine.open"] == 1
    with postgres.transaction(dsn) as db:
        batch = ledger.claim(db, "new/run", limit=10, buckets=2, lease_minutes=5, max_attempts=5)
        assert batch.entries == 2


def test_each_migration_says_what_it_needs():
    paths = set((ROOT / "sql" / "migrations").glob("*.sql"))
    for path in paths:
        assert needs(path) or path.stem == OLDEST[0], f"{path.stem}: it may be applied before what it changes"
        assert needs(path) <= {known.stem for known in paths}
