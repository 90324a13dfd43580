"""Plans: each example and view is answered by indexes, at a size at which Postgres's own choice is what it is in a large warehouse."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bench.filled import fill
from bench.queries import VIEWS, nodes
from wirewatch.io import known, postgres
from wirewatch.settings import ROOT

ARTICLES = 25_000
LARGE = {
    "article", "entry", "sighting", "page", "article_topic", "tagging", "mention", "duplicate", "story_article", "change",
    "embedding", "article_version",
}  # fmt: skip
"""Tables that grow with every article, their months included: none is read whole."""
WHOLE = {
    # They are about so much of it that reading all is less work, at this size or at any.
    "18_share_of_voice": {"mention"},
    "media.share_of_voice": {"mention"},
    "13_languages": {"article_topic", "tagging"},
    "17_what_is_rising": {"article_topic", "tagging"},
    "media.topic_trend": {"article_topic", "tagging"},
    "06_topics_by_day": {"article_topic"},
    "media.daily_topic, 30 days": {"article_topic"},
    "media.daily_topic, one old day": {"article_topic"},
    "media.capture": {"entry"},
}


@pytest.fixture(scope="module")
def filled(make_warehouse):
    """Two years of news, a fortieth of what the benchmark has; and vectors for the newest."""
    with make_warehouse() as dsn:
        db = postgres.connect(dsn, autocommit=True)
        fill(db, ARTICLES, words=4_000, vectors=300)
        yield db
        db.close()


def plan(db, query: str) -> list[dict]:
    found = postgres.one(db, f"explain (format json) {query.rstrip().rstrip(';')}")
    return nodes(found["QUERY PLAN"][0]["Plan"])


def read_whole(found: list[dict]) -> set[str]:
    scans = [node["Relation Name"] for node in found if node["Node Type"] == "Seq Scan"]
    return {name for name in (scan.partition("_20")[0].removesuffix("_before") for scan in scans) if name in LARGE}


QUERIES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "sql" / "queries").glob("*.sql"))}


@pytest.mark.parametrize("name", [*QUERIES, *VIEWS])
def test_no_large_table_is_read_whole(filled, name):
    found = plan(filled, {**QUERIES, **VIEWS}[name])
    assert read_whole(found) <= WHOLE.get(name, set())


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("select * from media.matches('stormwater')", "article_search"),
        ("select * from media.latest where first_seen_at > now() - interval '1 day' limit 50", "article_seen"),
        ("select * from media.daily_topic where day = (now() at time zone 'UTC')::date - 1", "article_day"),
        ("select * from ingest.funnel where day = (now() at time zone 'UTC')::date - 1", "entry_day"),
        ("select id from ingest.entry where decided_at > now() - interval '1 day'", "entry_decided"),
        ("select * from media.mention where name = 'Kim Jong Un'", "mention_name"),
        ("select * from media.story_timeline where story_id = 77", "article_story"),
        ("select * from media.syndication where id = 77", "article_copies"),
        ("select * from ingest.page where entry_id = 77 order by fetched_at desc limit 1", "page_"),
        ("select id from ingest.entry where canonical_url = 'https://a.test/'", "entry_canonical_url_key"),
        ("select * from media.change where cursor > 1000000 order by cursor", "change_pkey"),
    ],
)
def test_the_index_that_was_made_for_it_is_used(filled, query, index):
    used = {node["Index Name"] for node in plan(filled, query) if "Index Name" in node}
    assert any(name.startswith(index) for name in used), used


def test_the_window_of_copies_reads_the_months_of_the_window_only(filled):
    vector = json.dumps([1.0] + [0.0] * 383)
    query = (
        "select article_id from media.embedding where model = 'all-MiniLM-L6-v2' and seen_at > now() - interval '1 day' "
        f"order by vector::halfvec(384) <=> '{vector}'::halfvec(384) limit 20"
    )
    (append,) = [node for node in plan(filled, query) if "Subplans Removed" in node]
    assert append["Subplans Removed"] >= 1


@pytest.mark.parametrize("new", [False, True])
def test_what_a_draft_may_copy_is_looked_up_by_indexes(filled, monkeypatch, new):
    """All that is known, and what was judged since a moment: neither reads a large table."""
    row = postgres.one(
        filled,
        "select a.canonical_url, a.text_digest, array[1, 2, 3]::bigint[] as shingles, v.model, v.vector::text as vector_text "
        "from media.article a join media.embedding v on v.article_id = a.id order by a.first_seen_at desc limit 1",
    )
    since = datetime.now(UTC) if new else None
    asked = []
    rows = postgres.rows

    def noted(db, query, values=None):
        with db.cursor() as cursor:
            asked.append(cursor.mogrify(query, values).decode())
        return rows(db, query, values)

    monkeypatch.setattr(postgres, "rows", noted)
    found = known.search(filled, row, known.Span(30, since=since))
    known.documents(filled, found.keys)
    known.any_changed(filled, [f"article:{number}" for number in range(1, 30)], since or datetime.now(UTC))
    monkeypatch.undo()
    assert len(asked) >= 6
    for query in asked:
        # Of vectors there are three hundred here, which are read whole with reason; tests/bench/deduplicate.py has a million.
        assert read_whole(plan(filled, query)) <= {"embedding"}, query
