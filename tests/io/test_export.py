"""Exports from a real Postgres: filters, formats read back, and a cursor that misses nothing."""

from __future__ import annotations

import csv
import io
import json
import threading

import feedparser
import pytest
from pyarrow import parquet

from wirewatch.core.opml import parse_opml
from wirewatch.io import corrections, postgres
from wirewatch.jobs import export

Selection = export.Selection


@pytest.fixture
def desk(warehouse):
    """Six articles: two sources, two languages, a topic, a watchlist, a story, one copy."""
    with postgres.transaction(warehouse) as db:
        postgres.execute(
            db,
            """
            insert into media.source (host, name) values ('a.test', 'Paper A'), ('b.test', 'Paper B');
            insert into media.topic values ('t:1', 'Weather', '', 1, null, 't:1');
            insert into media.watchlist values ('people', '{}');
            insert into media.story (title, first_at, last_at, model, centroid) values ('S', now(), now(), 'm', '[1]');
            insert into ingest.entry (url, canonical_url, host, stage, disposition, discovered_at, decided_at)
            select u, u, 'a.test', 'done', case n when 6 then 'duplicate' else 'loaded' end,
                timestamptz '2026-03-01' + n * interval '1 day', now()
            from (select n, 'https://a.test/' || n as u from generate_series(1, 6) n) x order by n;
            insert into media.article (id, source_id, url, canonical_url, title, text, authors, language, words, first_seen_at, run_id,
                text_digest, shingles, story_id, duplicate_of)
            select e.id, 1 + e.id % 2, url, url, 'Title ' || e.id, 'Text ' || e.id, array['Ann', 'Bob'],
                case when e.id < 4 then 'en' else 'de' end, 2, discovered_at, 'r', 'x', '{}', case when e.id < 3 then 1 end,
                case e.id when 6 then 1 end
            from ingest.entry e order by id;
            insert into media.article_topic (article_id, qcode, score, tagger) values (2, 't:1', 0.9, 't'), (5, 't:1', 0.9, 't');
            insert into media.tagging (article_id, tagger, topics, serves) values (2, 't', 1, true), (5, 't', 1, true);
            insert into media.mention values (3, 'people', 'Ann', 'Ann', 'text', 0, 3);
            """,
        )
        for key in range(1, 7):
            corrections.note_change(db, key, "new")
    return warehouse


def lines(dsn: str, chosen: Selection, **options) -> list[dict]:
    out = io.BytesIO()
    export.export(dsn, chosen, "jsonl", out, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        (Selection(), [1, 2, 3, 4, 5, 6]),
        (Selection(source="Paper A"), [2, 4, 6]),
        (Selection(source="b.test"), [1, 3, 5]),
        (Selection(topic="weather"), [2, 5]),
        (Selection(topic="t:1", language="de"), [5]),
        (Selection(watchlist="people"), [3]),
        (Selection(story=1), [1, 2]),
        (Selection(kind="copy"), [6]),
        (Selection(after=4), [5, 6]),
        (Selection(after=4, kind="original"), [5]),
        (Selection(language="fr"), []),
    ],
)
def test_filters(desk, chosen, ids):
    assert [row["id"] for row in lines(desk, chosen)] == ids


def test_since_and_until_are_of_first_sight(desk):
    with postgres.transaction(desk) as db:
        at = postgres.one(db, "select min(first_seen_at) as first, max(first_seen_at) as last from media.article")
    assert [row["id"] for row in lines(desk, Selection(since=at["last"]))] == [6]
    assert [row["id"] for row in lines(desk, Selection(since=at["first"], until=at["last"]))] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("wrong", [{"topic": "x"}, {"source": "x"}, {"watchlist": "x"}, {"story": 99}])
def test_a_filter_that_names_nothing_is_said(desk, wrong):
    with pytest.raises(export.NothingOfThatName, match=str(*wrong.values())):
        lines(desk, Selection(**wrong))


def test_all_formats_hold_the_same(desk):
    rows = lines(desk, Selection(after=0), text=True)
    files = {form: io.BytesIO() for form in ("csv", "parquet")}
    for form, out in files.items():
        assert export.export(desk, Selection(after=0), form, out, text=True) == export.Exported(6, 6)
    table = parquet.read_table(io.BytesIO(files["parquet"].getvalue()))
    assert table.column_names == list(rows[0])
    for mine, theirs in zip(table.to_pylist(), rows, strict=True):
        assert {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in mine.items()} == theirs
    cells = list(csv.DictReader(io.StringIO(files["csv"].getvalue().decode())))
    assert [row["text"] for row in cells] == [row["text"] for row in rows]
    assert cells[0]["authors"] == "Ann; Bob"
    assert rows[5]["copied_title"] == "Title 1"


def test_a_file_without_rows_has_its_columns(desk):
    nothing = Selection(language="fr")
    out = io.BytesIO()
    export.export(desk, nothing, "parquet", out)
    table = parquet.read_table(io.BytesIO(out.getvalue()))
    assert table.num_rows == 0
    assert "title" in table.column_names
    assert b"".join(export.download(desk, nothing, "csv")).startswith(b"id,first_seen_at,")


def test_progress_is_told_of_all_rows(desk):
    said = []
    lines(desk, Selection(), progress=lambda *numbers: said.append(numbers))
    assert (said[0], said[-1]) == ((0, 6), (6, 6))


def test_an_article_that_changed_twice_comes_once_with_the_last_change(desk):
    with postgres.transaction(desk) as db:
        for kind in ("changed", "retracted"):
            corrections.note_change(db, 3, kind, 2)
    found = lines(desk, Selection(after=6))
    assert [(row["id"], row["change"], row["cursor"]) for row in found] == [(3, "retracted", 8)]


def test_a_transaction_that_began_first_and_ends_last_is_not_missed(desk):
    """Two writers: one has its cursor and waits, the other comes after it. Whoever reads in between misses neither."""
    slow, quick = postgres.connect(desk), postgres.connect(desk)
    corrections.note_change(slow, 1, "changed", 2)

    def write() -> None:
        corrections.note_change(quick, 2, "changed", 2)
        quick.commit()

    other = threading.Thread(target=write)
    other.start()
    # The second has written nothing that could be read before the first is: else its cursor would hide the first's.
    other.join(1)
    out = io.BytesIO()
    between = export.export(desk, Selection(after=6), "jsonl", out)
    assert (between, out.getvalue()) == (export.Exported(0, 6), b"")
    assert other.is_alive()
    slow.commit()
    other.join(30)
    found = lines(desk, Selection(after=between.cursor))
    assert [row["id"] for row in found] == [1, 2]
    assert [row["cursor"] for row in found] == sorted(row["cursor"] for row in found)
    slow.close()
    quick.close()


def test_what_happens_during_an_export_is_in_the_next_one(desk):
    pieces = export.download(desk, Selection(after=0), "jsonl")
    next(pieces)
    with postgres.transaction(desk) as db:
        corrections.note_change(db, 1, "gone", 1)
        postgres.execute(db, "update media.article set title = 'Later' where id = 1")
    rows = [json.loads(line) for line in b"".join(pieces).splitlines()]
    assert (rows[0]["title"], rows[-1]["cursor"]) == ("Title 1", 6)
    assert [row["title"] for row in lines(desk, Selection(after=6))] == ["Later"]


def test_rows_come_in_pieces_that_the_server_holds(desk):
    with postgres.transaction(desk) as db:
        postgres.execute(
            db,
            """
            insert into ingest.entry (url, canonical_url, host, stage, disposition, decided_at)
            select u, u, 'a.test', 'done', 'loaded', now() from (select 'https://a.test/x' || n as u from generate_series(1, 3000) n) x;
            insert into media.article (id, source_id, url, canonical_url, title, text, words, first_seen_at, run_id, text_digest, shingles)
            select id, 1, url, url, 'T', repeat('x', 3000), 1, now(), 'r', 'x', '{}' from ingest.entry where id > 6;
            """,
        )
    pieces = export.download(desk, Selection(), "jsonl", text=True)
    next(pieces)
    assert len(next(pieces)) < 100_000
    with postgres.transaction(desk) as db:
        assert (
            postgres.one(db, "select count(*)::int as n from pg_stat_activity where query like 'FETCH FORWARD%'")["n"]
            == 1
        )
    assert b"".join(pieces).count(b"\n") > 2900


def test_a_feed_for_each_watchlist_and_topic_is_written_with_a_list(desk, tmp_path):
    assert export.write_feeds(desk, tmp_path, "https://news.example/feeds/") == 2
    listed = parse_opml((tmp_path / "feeds.opml").read_bytes()).feeds
    assert {(outline.title, outline.category) for outline in listed} == {("people", "watchlist"), ("Weather", "topic")}
    for outline in listed:
        feed = feedparser.parse((tmp_path / outline.url.removeprefix("https://news.example/feeds/")).read_bytes())
        assert not feed.bozo
        assert feed.feed.title == outline.title
        assert [entry.id for entry in feed.entries] == (
            ["wirewatch:3"] if outline.title == "people" else ["wirewatch:5", "wirewatch:2"]
        )
    assert not list(tmp_path.glob("*.part"))
