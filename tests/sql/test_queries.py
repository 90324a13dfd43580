"""The example queries, each run on a warehouse that has taken in the press; and the views that they build on."""

from __future__ import annotations

from urllib.request import urlopen

import pytest

from newsroom.server import press
from wirewatch.io import postgres
from wirewatch.jobs import filters, ingest, reference, seeds
from wirewatch.settings import ROOT, settings

QUERIES = sorted((ROOT / "sql" / "queries").glob("*.sql"))


@pytest.fixture(scope="module")
def desk(make_warehouse):
    with make_warehouse() as dsn, press() as running:
        reference.load_reference(dsn)
        seeds.load_seeds(dsn, settings().seeds / "articles")
        list(filters.Deduplicator(dsn, {})([a_longer_piece()]))
        with postgres.transaction(dsn) as db:
            postgres.execute(db, "update ingest.feed set active = false")
        reference.enter_opml(dsn, urlopen(running.opml_url).read(), origin="demo")
        ingest.ingest(dsn)
        yield dsn


def a_longer_piece() -> dict[str, str]:
    """A piece of its own that quotes two paragraphs of the seed."""
    seed = next((settings().seeds / "articles").glob("*.txt")).read_text(encoding="utf-8").strip().splitlines()
    own = [f"The night train to the border, hour {n}: what the conductor said of stop {n * 7}." for n in range(40)]
    return {"id": "piece", "title": "Night trains of the north", "text": "\n".join([*own, *seed[8:11]])}


@pytest.mark.parametrize("path", QUERIES, ids=[path.stem for path in QUERIES])
def test_each_query_answers_its_question(desk, path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("-- ")
    assert "?" in text.splitlines()[0], "the first line is the question"
    with postgres.transaction(desk) as db:
        postgres.execute(db, "set transaction read only")
        found = postgres.rows(db, text)
    assert found


def test_there_are_enough_of_them():
    assert len(QUERIES) >= 10


def test_the_funnel_adds_up(desk):
    with postgres.transaction(desk) as db:
        assert all(row["adds_up"] for row in postgres.rows(db, "select * from ingest.funnel"))


def test_a_day_is_complete_only_when_nothing_of_it_waits(desk):
    with postgres.transaction(desk) as db:
        today = postgres.rows(db, "select distinct is_complete from media.daily_source where discovered > 0")
        assert today == [{"is_complete": False}]
        postgres.execute(db, "update ingest.entry set discovered_at = discovered_at - interval '2 days'")
        postgres.execute(
            db,
            "update ingest.entry set disposition = 'rejected', stage = 'done', decided_at = now() where disposition = 'pending'",
        )
        assert postgres.rows(db, "select distinct is_complete from media.daily_source where discovered > 0") == [
            {"is_complete": True}
        ]
        db.rollback()


def test_why_says_how_a_copy_was_known(desk):
    with postgres.transaction(desk) as db:
        row = postgres.one(
            db,
            "select w.* from media.latest l, media.why(l.url) w where l.kind = 'copy of a seed' and w.rung = 'semantic'",
        )
    assert row["score"] > row["threshold"]
    assert row["evidence"]["passages"]
    assert row["copy_of_url"].startswith("seed: ")
    assert row["topics"]
