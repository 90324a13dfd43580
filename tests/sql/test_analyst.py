"""The role `analyst`: it reads media, and nothing else."""

from __future__ import annotations

import psycopg2
import pytest

from wirewatch.io import postgres


@pytest.fixture
def analyst(warehouse):
    db = postgres.connect(warehouse, autocommit=True)
    postgres.execute(db, "set role analyst")
    yield db
    db.close()


@pytest.mark.parametrize(
    "query",
    [
        "select * from media.latest",
        "select * from media.daily_topic",
        "select * from media.daily_source",
        "select * from media.syndication",
        "select * from media.why('https://example.org/')",
        "select * from media.article a join media.article_topic t on t.article_id = a.id join media.topic using (qcode)",
    ],
)
def test_it_reads_media(analyst, query):
    postgres.rows(analyst, query)


def test_it_may_read_all_of_media_and_nothing_of_ingest(analyst):
    may = """
        select n.nspname as schema, bool_and(has_table_privilege(c.oid, 'select')) as every,
            bool_or(has_table_privilege(c.oid, 'select')) as any
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('media', 'ingest') and c.relkind in ('r', 'v', 'p') group by 1 order by 1
    """
    assert [(row["schema"], row["every"], row["any"]) for row in postgres.rows(analyst, may)] == [
        ("ingest", False, False),
        ("media", True, True),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "select * from ingest.entry",
        "select * from ingest.funnel",
        "insert into media.source (host, name) values ('a', 'a')",
        "update media.article set title = ''",
        "delete from media.story",
        "truncate media.article cascade",
        "create table media.mine ()",
        "create table public.mine ()",
        "create schema mine",
        "select pg_read_file('/etc/passwd')",
        "copy media.topic to program 'true'",
        "set role wirewatch",
    ],
)
def test_it_does_nothing_else(analyst, statement):
    postgres.execute(analyst, "set session authorization analyst")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        postgres.execute(analyst, statement)
