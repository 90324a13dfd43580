"""The schema: brought up to date once, guarded against edits, and documented to the last column."""

from __future__ import annotations

import re
import shutil

import pytest

from wirewatch.io import migrate, postgres, views
from wirewatch.settings import ROOT


@pytest.fixture
def own_sql(tmp_path):
    return shutil.copytree(ROOT / "sql", tmp_path / "sql")


def test_a_second_time_changes_nothing(warehouse):
    assert migrate.migrate(warehouse, ROOT / "sql") == []
    migrate.require_current(warehouse, ROOT / "sql")


def test_a_migration_that_was_applied_and_then_edited_is_refused(warehouse, own_sql):
    path = own_sql / "migrations" / "0002_media.sql"
    path.write_text(path.read_text(encoding="utf-8") + "\n-- an afterthought\n", encoding="utf-8")
    with pytest.raises(migrate.MigrationChanged, match="0002_media"):
        migrate.migrate(warehouse, own_sql)


def test_a_schema_that_is_behind_is_refused_until_it_is_migrated(warehouse, own_sql):
    (own_sql / "migrations" / "9999_more.sql").write_text(
        "-- depends: 0003_analyst\ncreate table media.more ();", "utf-8"
    )
    with pytest.raises(migrate.SchemaOutdated, match="migrate"):
        migrate.require_current(warehouse, own_sql)
    assert migrate.migrate(warehouse, own_sql) == ["9999_more"]
    migrate.require_current(warehouse, own_sql)


def test_a_migration_that_fails_leaves_the_schema_as_it_was(warehouse, own_sql):
    text = "-- depends: 0003_analyst\ncreate table media.half ();\nselect 1 / 0;"
    (own_sql / "migrations" / "9999_broken.sql").write_text(text, encoding="utf-8")
    with pytest.raises(Exception, match="division by zero"):
        migrate.migrate(warehouse, own_sql)
    with postgres.transaction(warehouse) as db:
        assert postgres.one(db, "select to_regclass('media.half') as found")["found"] is None


def test_a_lock_that_a_killed_process_left_stops_nothing(warehouse, own_sql):
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "insert into yoyo_lock (locked, ctime, pid) values (1, now(), 4194304)")
    (own_sql / "migrations" / "9999_more.sql").write_text("create table media.more ();", "utf-8")
    assert migrate.migrate(warehouse, own_sql) == ["9999_more"]


def test_everything_has_a_comment(warehouse):
    with postgres.transaction(warehouse) as db:
        silent = postgres.rows(
            db,
            """
            select c.oid::regclass::text as what, a.attname as column
            from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('ingest', 'media')
            left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
            where c.relkind in ('r', 'p', 'v')
                and (obj_description(c.oid) is null or (a.attnum is not null and col_description(c.oid, a.attnum) is null))
            union all
            select p.oid::regprocedure::text, null
            from pg_proc p join pg_namespace n on n.oid = p.pronamespace and n.nspname in ('ingest', 'media')
            where obj_description(p.oid) is null
            """,
        )
    assert silent == []


def test_each_file_of_views_and_queries_has_a_number_of_its_own():
    for folder in ("views", "queries", "migrations"):
        numbers = [path.name.partition("_")[0] for path in sorted((ROOT / "sql" / folder).glob("*.sql"))]
        assert len(set(numbers)) == len(numbers), folder


def test_views_are_made_anew_where_their_files_changed_or_one_is_missing(warehouse, own_sql):
    oid = "select 'media.independent'::regclass::oid as oid"

    def of() -> int:
        with postgres.transaction(warehouse) as db:
            return postgres.one(db, oid)["oid"]

    migrate.migrate(warehouse, own_sql)
    before = of()
    migrate.migrate(warehouse, own_sql)
    assert of() == before
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "drop view media.copy_of_retracted")
    migrate.migrate(warehouse, own_sql)
    assert of() != before
    with postgres.transaction(warehouse) as db:
        assert postgres.rows(db, "select * from media.copy_of_retracted") == []


@pytest.mark.parametrize(
    ("mine", "name"),
    [
        ("create view desk.mine as select title from media.latest", "view desk.mine"),
        ("create materialized view desk.mine as select * from media.daily_topic", "materialized view desk.mine"),
        ("create view media.mine as select * from media.independent", "view media.mine"),
        ("create table desk.mine (l media.latest)", "table desk.mine"),
        (
            "create function desk.mine() returns bigint language sql begin atomic select count(*) from media.search('a'); end",
            "function desk.mine()",
        ),
    ],
)
def test_what_somebody_built_on_a_view_is_never_dropped_with_it(warehouse, own_sql, mine, name):
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "create schema desk")
        postgres.execute(db, mine)
    migrate.migrate(warehouse, own_sql)
    (own_sql / "views" / "99_more.sql").write_text("create view media.more as select 1 as one;", "utf-8")
    with pytest.raises(views.BuiltOnViews, match=re.escape(name)):
        migrate.migrate(warehouse, own_sql)
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "drop schema desk cascade")
        postgres.execute(db, "drop view if exists media.mine")
    migrate.migrate(warehouse, own_sql)
    with postgres.transaction(warehouse) as db:
        assert postgres.rows(db, "select one from media.more") == [{"one": 1}]


def test_a_view_of_ones_own_in_the_schema_stays(warehouse, own_sql):
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "create view media.mine as select title from media.article")
    (own_sql / "views" / "99_more.sql").write_text("create view media.more as select 1 as one;", "utf-8")
    migrate.migrate(warehouse, own_sql)
    with postgres.transaction(warehouse) as db:
        assert postgres.rows(db, "select * from media.mine") == []
