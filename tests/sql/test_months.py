"""Tables kept by month: migrated with all that is in them, made ahead, and dropped by the month without breaking a sum."""

from __future__ import annotations

import json
import re
import shutil
from itertools import pairwise

import pytest

from wirewatch.io import known, migrate, months, pages, postgres, replays
from wirewatch.jobs import house, report, retention
from wirewatch.settings import ROOT, settings


def fill(db) -> None:
    """Nine articles, one a month, the oldest first; the newest copies the oldest. Pages, polls, requests, vectors, versions."""
    postgres.execute(
        db,
        """
        insert into media.source (host, name) values ('a.test', 'Paper A');
        insert into ingest.feed (url, title, host, last_success_at) values ('https://a.test/rss', 'A', 'a.test', now());
        create temp table made as
        select n, 'https://a.test/' || n as u,
            (date_trunc('month', now() at time zone 'UTC') - (9 - n) * interval '1 month') at time zone 'UTC' as at
        from generate_series(1, 9) n;
        insert into ingest.entry (url, canonical_url, host, stage, disposition, discovered_at, decided_at)
        select u, u, 'a.test', 'done', case n when 9 then 'duplicate' else 'loaded' end, at, now() from made order by n;
        insert into ingest.sighting (entry_id, feed_id, url) select n, 1, u from made;
        insert into media.article (id, source_id, url, canonical_url, title, text, language, words, first_seen_at, run_id, text_digest,
            shingles, duplicate_of)
        select n, 1, u, u, 'Title ' || n, repeat('Words of article ' || n || '. ', 50), 'en', 200, at, 'r', 'digest' || n, array[n],
            case n when 9 then 1 end from made;
        insert into media.duplicate (article_id, of_article_id, rung, score, threshold, margin, model, run_id)
        values (9, 1, 'exact', 1, 1, 1, 'all-MiniLM-L6-v2', 'r');
        insert into media.topic values ('t:1', 'Weather', '', 1, null, 't:1');
        insert into media.tagging (article_id, tagger, topics, serves) select n, 't', 1, true from made;
        insert into media.article_topic (article_id, qcode, score, tagger) select n, 't:1', 1, 't' from made;
        insert into media.seed (name, title, text, text_digest, shingles, file) values ('s.txt', 'Seed', 'A seed', 's', '{}', 's.txt');
        insert into ingest.page (entry_id, fetched_at, url, final_url, status, bytes, archive_file, archive_offset, archive_length, digest)
        select n, at, u, u, 200, 1, 'pages/' || n || '.warc.gz', 0, 1, 'd' from made;
        insert into ingest.poll (feed_id, run_id, polled_at, outcome, archive_file)
        select 1, 'r', at, 'ok', 'pages/2.warc.gz' from made where n > 5;
        insert into ingest.request (host, requested_at, kind, url, status, seconds, spacing, rule, run_id)
        select 'a.test', at, 'page', u, 200, 1, 1, '*', 'r' from made;
        """,
    )
    vectors = [(n, json.dumps([1.0, n / 10, *[0.0] * 382]), n) for n in range(1, 10)]
    for n, vector, key in vectors:
        postgres.execute(
            db,
            "insert into media.embedding select %s, 'all-MiniLM-L6-v2', at, %s::halfvec from made where n = %s",
            (n, vector, key),
        )


def contents(db) -> dict[str, list[str]]:
    return {
        table: [row["t"] for row in postgres.rows(db, f"select t::text from {table} t order by 1")]
        for table in months.TABLES
    }


@pytest.fixture
def before(server, tmp_path):
    """An empty database, and the SQL as it was before tables were kept by month."""
    import psycopg2

    sql = shutil.copytree(ROOT / "sql", tmp_path / "sql")
    shutil.rmtree(sql / "views")
    (sql / "views").mkdir()
    later = {"0085_months"}
    for file in sorted((sql / "migrations").glob("*.sql")):
        needs = re.search(r"^-- depends: (.*)", file.read_text(encoding="utf-8"), re.MULTILINE)
        if file.stem in later or (needs and later & set(needs[1].split())):
            later.add(file.stem)
            file.unlink()
    db = psycopg2.connect(server.dsn("postgres"))
    db.autocommit = True
    with db.cursor() as cursor:
        cursor.execute("create database earlier")
    yield server.dsn("earlier"), sql, sorted(later)
    postgres.close_idle()
    with db.cursor() as cursor:
        cursor.execute("drop database earlier with (force)")
    db.close()


def test_a_full_warehouse_is_migrated_with_every_row_and_goes_on(before):
    dsn, sql, later = before
    migrate.migrate(dsn, sql)
    with postgres.transaction(dsn) as db:
        fill(db)
        was = contents(db)
        rules = postgres.rows(db, RULES)
    assert migrate.migrate(dsn, ROOT / "sql") == later
    with postgres.transaction(dsn) as db:
        assert contents(db) == was
        assert len(was["ingest.page"]) == 9
        # What was true of a row is still asked of it: foreign keys, checks, indexes; only the months are new.
        assert postgres.rows(db, RULES) == rules
        assert months.of(db, "ingest.page")[0].since is None
        last = max(int(row["id"]) for row in postgres.rows(db, "select id from ingest.page"))
        new = postgres.one(
            db,
            """
            insert into ingest.page
                (entry_id, fetched_at, url, final_url, status, bytes, archive_file, archive_offset, archive_length, digest)
            values (9, now() + interval '1 month', '', '', 200, 1, 'f', 0, 1, 'd') returning id, tableoid::regclass::text as month
            """,
        )
        assert new["id"] == last + 1
        assert new["month"] == months.of(db, "ingest.page")[-1].name
        assert pages.latest(db, 9)["id"] == new["id"]


RULES = """
select c.conrelid::regclass::text as table, c.contype::text, pg_get_constraintdef(c.oid) as rule
from pg_constraint c where c.conrelid = any(array['ingest.page', 'ingest.poll', 'ingest.request', 'media.embedding']::regclass[])
    and c.contype in ('f', 'c') order by 1, 2, 3
"""


def test_months_are_made_ahead_and_take_what_came_before_them(warehouse):
    with postgres.transaction(warehouse) as db:
        fill(db)
        far = "date_trunc('month', now()) + interval '2 months 5 days'"
        postgres.execute(
            db, f"insert into ingest.poll (feed_id, run_id, polled_at, outcome) values (1, 'far', {far}, 'ok')"
        )
        where = "select tableoid::regclass::text as month from ingest.poll where run_id = 'far'"
        assert postgres.one(db, where)["month"] == "months.poll_rest"
        ends = [month.until for month in months.of(db, "ingest.poll")]
    made = retention.make_months(warehouse)
    assert len(made) == 2 * len(months.TABLES)
    assert retention.make_months(warehouse) == []
    with postgres.transaction(warehouse) as db:
        assert postgres.one(db, where)["month"] in made
        found = months.of(db, "ingest.poll")
        assert [month.until for month in found][: len(ends)] == ends
        assert all(one.until == following.since for one, following in pairwise(found))


def by_month(db) -> None:
    """Keep the nine months up to now as months, as a warehouse does that has run for so long; no rows yet."""
    for table, name in ((table, table.partition(".")[2]) for table in months.TABLES):
        months.drop(db, table, f"months.{name}_before")
        postgres.execute(
            db,
            f"""
            do $$
            declare month date;
            begin
                for month in select generate_series(date_trunc('month', now() at time zone 'UTC') - interval '8 months',
                    date_trunc('month', now() at time zone 'UTC') - interval '1 month', interval '1 month')
                loop
                    execute format('create table months.%I partition of {table} for values from (%L) to (%L)',
                        '{name}' || to_char(month, '_YYYY_MM'), month::timestamp at time zone 'UTC',
                        (month + interval '1 month') at time zone 'UTC');
                end loop;
            end
            $$
            """,
        )


def test_a_month_whose_rows_are_all_gone_goes_too(warehouse):
    with postgres.transaction(warehouse) as db:
        by_month(db)
        fill(db)
        before = [month.name for month in months.of(db, "ingest.poll")]
        others = {table: len(months.of(db, table)) for table in months.TABLES if table != "ingest.poll"}
        postgres.execute(
            db, "delete from ingest.poll where polled_at >= date_trunc('month', now(), 'UTC') - interval '1 month'"
        )
        # Five months never had a poll. The last one and the present one have none any more, but ended too lately to go.
        assert months.drop_empty(db) == before[:5]
        assert [month.name for month in months.of(db, "ingest.poll")] == before[5:]
        assert {table: len(months.of(db, table)) for table in others} == others
        assert months.drop_empty(db) == []


def figures(db) -> list[dict]:
    """Everything that people count by."""
    queries = (
        "select day, discovered, loaded, duplicate from ingest.funnel order by 1",
        "select day, topic, articles, independent_reports from media.daily_topic order by 1",
        "select id, articles, independent_reports from media.syndication",
        "select id, title, kind, copied_title from media.latest order by id",
        "select day, discovered, loaded from media.daily_source where host = 'a.test' order by 1",
    )
    return [row for query in queries for row in postgres.rows(db, query)]


@pytest.fixture(params=["one part", "by month"])
def old(request, warehouse, monkeypatch, tmp_path):
    """A warehouse with nine months in it, of which two and the present one are kept; its archive.

    The rows are in the one part of what was there before tables were kept by month, or each in its month.
    """
    monkeypatch.setenv("WIREWATCH_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("WIREWATCH_RETENTION_MONTHS", "2")
    settings.cache_clear()
    with postgres.transaction(warehouse) as db:
        if request.param == "by month":
            by_month(db)
        fill(db)
    (tmp_path / "archive" / "pages").mkdir(parents=True)
    for n in range(1, 10):
        (tmp_path / "archive" / "pages" / f"{n}.warc.gz").write_bytes(b"x")
    yield warehouse, tmp_path / "archive" / "pages"
    settings.cache_clear()


def test_old_months_go_and_every_figure_stays(old):
    dsn, archive = old
    with postgres.transaction(dsn) as db:
        was = figures(db)
        unchanged = contents(db)
    planned = retention.plan(dsn)
    with postgres.transaction(dsn) as db:
        assert contents(db) == unchanged, "a plan changes nothing"
    gone = retention.apply(dsn, "test")
    assert gone == {"texts": 6, "vectors": 6, "pages": 6, "polls": 1, "requests": 6, "files": 5}
    assert {old.kind: old.rows for old in planned.old} == {kind: n for kind, n in gone.items() if kind != "files"}
    with postgres.transaction(dsn) as db:
        assert figures(db) == was
        assert postgres.rows(db, "select * from ingest.ledger_fault") == []
        assert [
            row["n"] for row in postgres.rows(db, "select id as n from media.article where text <> '' order by 1")
        ] == [7, 8, 9]
        assert [row["n"] for row in postgres.rows(db, "select article_id as n from media.embedding order by 1")] == [
            7,
            8,
            9,
        ]
        assert postgres.one(db, "select count(*)::int as n from media.seed where text <> ''") == {"n": 1}
        recorded = postgres.rows(db, "select kind, rows::int, run_id from ingest.month_dropped order by id")
        assert {row["kind"]: row["rows"] for row in recorded} == gone
        assert {row["run_id"] for row in recorded} == {"test"}
        # The same words again are still known for what they are.
        assert known.by_digest(db, "digest1", known.Span(30)) == ("article:1",)
    # A file that a poll still points at stays.
    assert sorted(path.name for path in archive.iterdir()) == [f"{n}.warc.gz" for n in (2, 7, 8, 9)]
    assert retention.apply(dsn, "again") == dict.fromkeys(gone, 0)
    assert "retention dropped its text" in report.why(dsn, "https://a.test/1")[0]["reason"]


def test_keep_house_does_it_where_the_setting_says_so(old, monkeypatch):
    dsn, _ = old
    assert house.retention(dsn, "keep_house/1")["months_texts"] == 6
    monkeypatch.setenv("WIREWATCH_RETENTION_MONTHS", "0")
    settings.cache_clear()
    assert not any(kind.startswith("months") for kind in house.retention(dsn))
    with pytest.raises(retention.RetentionOff, match="WIREWATCH_RETENTION_MONTHS"):
        retention.plan(dsn)


def test_the_window_in_which_copies_are_looked_for_is_never_touched(old, monkeypatch):
    monkeypatch.setenv("WIREWATCH_WINDOW_DAYS", "200")
    settings.cache_clear()
    dsn, _ = old
    assert retention.apply(dsn, "test")["texts"] in (1, 2)


def test_pages_that_an_entry_on_its_way_needs_are_kept(old):
    dsn, _ = old
    with postgres.transaction(dsn) as db:
        postgres.execute(db, "update ingest.entry set disposition = 'quarantined' where id = 1")
    retention.apply(dsn, "test")
    with postgres.transaction(dsn) as db:
        assert [row["n"] for row in postgres.rows(db, "select entry_id as n from ingest.page order by 1")] == [
            1,
            7,
            8,
            9,
        ]


def test_a_replay_compares_nothing_whose_text_was_dropped(old):
    dsn, _ = old
    with postgres.transaction(dsn) as db:
        postgres.execute(db, "update ingest.page set fetched_at = now() where entry_id = 1")
    retention.apply(dsn, "test")
    with postgres.transaction(dsn) as db:
        whole = postgres.one(db, "select now() - interval '1 day' as since, now() + interval '1 day' as until")
        assert 1 not in replays.entries(db, whole["since"], whole["until"])
