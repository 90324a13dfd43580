"""Own topics and tagging anew, on a real Postgres with the real model: what serves changes at once, and is told."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from urllib.request import urlopen

import pytest

from newsroom.server import press
from wirewatch.io import postgres
from wirewatch.jobs import ingest, reference, retag
from wirewatch.settings import ROOT, settings

WINDOW = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
KIM = "own:north-korea-and-its-allies"
OWN = """
- name: Ceasefires
  sentence: Truces and talks that end the fighting of a war.
  words: [ceasefire, truce]
"""


@pytest.fixture(scope="module")
def desk(make_warehouse, tmp_path_factory):
    """A warehouse that took in the press, and a folder of seeds that a test may change."""
    seeds = shutil.copytree(ROOT / "seeds", tmp_path_factory.mktemp("desk") / "seeds")
    with make_warehouse() as dsn, press() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("WIREWATCH_SEEDS", str(seeds))
        settings.cache_clear()
        reference.load_reference(dsn)
        reference.enter_opml(dsn, urlopen(running.opml_url).read(), origin="demo")
        ingest.ingest(dsn)
        yield dsn, seeds
    settings.cache_clear()


def rows(dsn, query, *values):
    with postgres.transaction(dsn) as db:
        return postgres.rows(db, query, values)


def test_every_article_has_one_tagger_that_serves(desk):
    dsn, _ = desk
    query = """
        select a.id from media.article a
        where (select count(*) from media.tagging g where g.article_id = a.id and g.serves) <> 1
    """
    assert rows(dsn, query) == []
    assert rows(dsn, "select count(*)::int as n from media.tagging where topics > 0")[0]["n"] > 10


def test_an_own_topic_is_given_beside_those_of_iptc(desk):
    dsn, _ = desk
    query = "select a.title from media.article a join media.current_topic t on t.article_id = a.id where t.qcode = %s"
    titles = {row["title"] for row in rows(dsn, query, KIM)}
    assert any("Kim" in title for title in titles)
    assert not any("cup" in title.casefold() or "bread" in title.casefold() for title in titles)


def test_the_rollup_counts_an_article_once_for_each_topic_above(desk):
    dsn, _ = desk
    for row in rows(dsn, "select * from media.topic_rollup where level = 2"):
        (above,) = rows(
            dsn, "select articles from media.topic_rollup where day = %s and qcode = %s", row["day"], row["parent"]
        )
        assert above["articles"] >= row["articles"] >= row["articles_of_its_own"] > 0


def test_a_new_tagger_is_written_beside_the_old_one_and_then_serves_at_once(desk):
    dsn, seeds = desk
    assert retag.waiting(dsn, *WINDOW) == 0
    before = rows(dsn, "select article_id, qcode, tagger from media.current_topic order by 1, 2")
    (seeds / "topics" / "own.yaml").write_text(OWN, encoding="utf-8")
    assert reference.load_reference(dsn)["own_topics"] == 1
    articles = rows(dsn, "select count(*)::int as n from media.article")[0]["n"]
    assert retag.waiting(dsn, *WINDOW) == articles

    assert retag.retag(dsn, *WINDOW, "test")["articles"] == articles
    assert retag.retag(dsn, *WINDOW, "test")["articles"] == 0
    assert rows(dsn, "select article_id, qcode, tagger from media.current_topic order by 1, 2") == before

    counts = retag.switch(dsn, *WINDOW)
    assert counts["articles"] == articles
    assert retag.switch(dsn, *WINDOW)["articles"] == 0
    now = rows(dsn, "select article_id, qcode, tagger from media.current_topic order by 1, 2")
    assert {r["tagger"] for r in now}.isdisjoint({r["tagger"] for r in before})
    iptc = [(r["article_id"], r["qcode"]) for r in before if not r["qcode"].startswith("own:")]
    assert [(r["article_id"], r["qcode"]) for r in now if not r["qcode"].startswith("own:")] == iptc

    changed = {r["qcode"]: r for r in rows(dsn, "select * from media.tagger_change where gained + lost > 0")}
    assert set(changed) == {KIM, "own:ceasefires"}
    assert changed["own:ceasefires"]["gained"] == counts["gained"] > 0
    assert changed[KIM]["lost"] == counts["lost"] > 0


def test_days_on_which_the_tagger_changed_are_marked(desk):
    dsn, _ = desk
    assert {r["tagger_changed"] for r in rows(dsn, "select tagger_changed from media.daily_topic")} == {False}
    with postgres.transaction(dsn) as db:
        postgres.execute(
            db,
            "update media.article set first_seen_at = first_seen_at - interval '1 day' where id % 2 = 0",
        )
        first = "select article_id, min(tagged_at) from media.tagging where article_id % 2 = 0 group by 1"
        postgres.execute(db, "update media.tagging set serves = false where article_id % 2 = 0")
        postgres.execute(db, f"update media.tagging set serves = true where (article_id, tagged_at) in ({first})")
        marked = {
            (r["day"], r["tagger_changed"])
            for r in postgres.rows(db, "select day, tagger_changed from media.daily_topic")
        }
        assert sorted(changed for _, changed in sorted(marked)) == [False, True]
        db.rollback()
