"""The views for analysts: documented in the README, and right about search, silence, trends, copies and freshness."""

from __future__ import annotations

import json
import os
import re

import pytest

from wirewatch.io import postgres
from wirewatch.settings import ROOT

MEASURES = {"cosine": 0.7, "terms": 0.4, "decay": 1.0, "nearest": 7, "others": 0.28, "threshold": 0.38}
MARKS = re.compile(r"(<!-- views: [^\n]*-->\n).*?(<!-- /views -->)", re.DOTALL)


@pytest.fixture(scope="module")
def empty(make_warehouse):
    with make_warehouse() as dsn:
        yield dsn


@pytest.fixture
def db(empty):
    """A transaction on an empty warehouse, rolled back after the test."""
    with postgres.transaction(empty) as open_db:
        postgres.execute(open_db, "insert into media.source (host, name) values ('paper.test', 'The Paper')")
        yield open_db
        open_db.rollback()


def entry(db, at: str, host: str = "paper.test", disposition: str = "loaded") -> int:
    """An entry of the ledger that was discovered at an SQL expression."""
    return postgres.one(
        db,
        f"""
        insert into ingest.entry (url, canonical_url, host, stage, disposition, discovered_at, decided_at)
        select u, u, %s, 'done', %s, {at}, now() from (select 'https://' || %s || '/' || gen_random_uuid() as u) x returning id
        """,
        (host, disposition, host),
    )["id"]


def article(db, title: str, text: str, language: str | None = "en", at: str = "now()", of: int | None = None) -> int:
    key = entry(db, at, disposition="duplicate" if of else "loaded")
    postgres.execute(
        db,
        f"""
        insert into media.article (id, source_id, url, canonical_url, title, text, language, words, first_seen_at, published_at,
            run_id, text_digest, shingles, duplicate_of)
        select e.id, s.id, e.url, e.url, %s, %s, %s, 9, {at}, {at} - interval '10 minutes', 'test', 'x', '{{}}', %s
        from ingest.entry e, media.source s where e.id = %s
        """,
        (title, text, language, of, key),
    )
    return key


def view_table(db) -> str:
    found = postgres.rows(
        db,
        """
        select c.oid::regclass::text as name, obj_description(c.oid) as said from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('media', 'ingest') and c.relkind = 'v'
        union all
        select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', obj_description(p.oid)
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('media', 'ingest')
        """,
    )
    ordered = sorted(found, key=lambda row: (row["name"].startswith("ingest"), "(" in row["name"], row["name"]))
    rows = [f"| `{row['name']}` | {row['said']} |" for row in ordered]
    return "\n".join(["| view or function | what it says |", "|---|---|", *rows]) + "\n"


def test_the_readme_has_the_views_as_their_comments_have_them(db):
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    assert MARKS.search(text)
    table = view_table(db)
    wanted = MARKS.sub(lambda found: found[1] + table + found[2], text)
    if os.environ.get("WIREWATCH_WRITE_VIEWS"):
        path.write_text(wanted, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == wanted, "`make views` writes it anew"


@pytest.mark.parametrize(
    ("language", "text", "question", "found"),
    [
        ("en", "The ministers were negotiating for hours", "negotiation minister", True),
        ("de", "Die Häuser am Hafen wurden geräumt", "Haus", True),
        ("fr", "Les négociations ont repris lundi", "négociation", True),
        ("es", "Los naranjos sufrieron la sequía", "naranjo", True),
        ("ru", "Переговоры возобновились в понедельник", "переговорах", True),
        ("zh", "习近平主席在北京会见了来访的客人", "北京", True),
        ("zh", "习近平主席在北京会见了来访的客人", "京北", False),
        ("ja", "首相は東京で会談した", "東京", True),
        ("th", "นายกรัฐมนตรีเยือนปักกิ่ง", "ปักกิ่ง", True),
        ("xx", "Lingua ignota", "lingua", True),
        (None, "No language told", "language", True),
        ("en", "a harbour and a bridge", '"harbour bridge"', False),
        ("en", "a harbour bridge", '"harbour bridge"', True),
        ("en", "a harbour and a bridge", "harbour -bridge", False),
        ("en", "a harbour", "bridge or harbour", True),
        ("en", "a harbour", "'; drop table media.article; --", False),
        ("en", "a harbour", "", False),
    ],
)
def test_words_are_found_in_each_language(db, language, text, question, found):
    key = article(db, "Title", text, language)
    rows = postgres.rows(db, "select article_id, found from media.search(%s)", (question,))
    assert [row["article_id"] for row in rows] == ([key] if found else [])
    assert all("«" in row["found"] for row in rows)


def test_a_title_counts_for_more_than_the_text_and_since_cuts(db):
    in_text = article(db, "Weather", "Something about a harbour in passing")
    in_title = article(db, "Harbour", "Something in passing")
    old = article(db, "Harbour, harbour", "harbour", at="now() - interval '9 days'")
    since = (
        "select array_agg(article_id order by rank desc) as ids from media.matches('harbour', now() - interval '1 day')"
    )
    assert postgres.one(db, since)["ids"] == [in_title, in_text]
    assert old in postgres.one(db, "select array_agg(article_id) as ids from media.matches('harbour')")["ids"]


def test_similar_articles_come_nearest_first(db):
    keys = [article(db, f"n{n}", "x") for n in range(4)]
    for n, key in enumerate(keys):
        vector = json.dumps([1.0, n * 0.5, *[0.0] * 382])
        postgres.execute(
            db,
            "insert into media.embedding values (%s, 'all-MiniLM-L6-v2', now(), %s::halfvec)",
            (key, vector),
        )
    found = postgres.rows(db, "select article_id, cosine from media.similar_to(%s, 2)", (keys[0],))
    assert [row["article_id"] for row in found] == keys[1:3]
    assert found[0]["cosine"] == pytest.approx(1 / 1.25**0.5, abs=0.01)
    assert postgres.rows(db, "select * from media.similar_to(999999)") == []


def paper(db, host: str, first_day: int, last_day: int, each: int, weekdays: str = "0,1,2,3,4,5,6") -> None:
    """`each` entries a day, spread over the day's hours, from `first_day` to `last_day` days ago, on some weekdays."""
    postgres.execute(
        db,
        f"""
        insert into ingest.entry (url, canonical_url, host, stage, disposition, discovered_at, decided_at)
        select u, u, %(h)s, 'done', 'loaded', at, now() from (
            select 'https://' || %(h)s || '/' || d || '/' || n as u,
                (date_trunc('day', now(), 'UTC') - d * interval '1 day') + (n + 0.5) * interval '24 hours' / %(e)s as at
            from generate_series(%(l)s, %(f)s) d, generate_series(0, %(e)s - 1) n
        ) x where at <= now() and extract(dow from at at time zone 'UTC') in ({weekdays})
        """,
        {"h": host, "f": first_day, "l": last_day, "e": each},
    )


def verdicts(db, host: str) -> dict[int, str]:
    found = postgres.rows(
        db,
        "select (now() at time zone 'UTC')::date - day as ago, verdict from media.daily_source where host = %s",
        (host,),
    )
    return {row["ago"]: row["verdict"] for row in found}


def test_a_source_that_dies_is_silent_on_the_first_whole_day(db):
    paper(db, "dead.test", 50, 3, each=24)
    found = verdicts(db, "dead.test")
    assert found[4] == "as expected"
    assert (found[2], found[1]) == ("silent", "silent")


def test_a_slow_source_that_dies_is_silent_when_enough_is_missed(db):
    paper(db, "slow.test", 50, 8, each=1)
    found = verdicts(db, "slow.test")
    assert found[7] != "silent"
    assert found[1] == "silent"


def test_half_of_the_usual_is_quiet(db):
    paper(db, "half.test", 50, 2, each=96)
    paper(db, "half.test", 1, 1, each=20)
    found = verdicts(db, "half.test")
    assert (found[2], found[1]) == ("as expected", "quiet")


def test_a_weekend_paper_is_not_silent_on_weekdays_and_is_missed_at_the_weekend(db):
    paper(db, "weekend.test", 55, 8, each=30, weekdays="0,6")
    found = postgres.rows(
        db,
        "select extract(isodow from day)::int as weekday, verdict from media.daily_source "
        "where host = 'weekend.test' and day >= (now() at time zone 'UTC')::date - 7 "
        "and day < (now() at time zone 'UTC')::date order by day",
    )
    weekend = [n for n, row in enumerate(found) if row["weekday"] in (6, 7)]
    for n, row in enumerate(found):
        if n < weekend[0]:
            assert row["verdict"] in ("as expected", "quiet"), found
    assert found[weekend[0]]["verdict"] in ("silent", "quiet")


def test_a_source_that_never_delivered_is_said_and_a_new_one_is_not_judged(db):
    statement = "insert into ingest.feed (url, title, host, added_at) values (%s, %s, 'mute.test', now() - %s * interval '1 day')"
    postgres.execute(db, statement, ("https://mute.test/rss", "Mute", 3))
    assert verdicts(db, "mute.test") == {0: "never delivered"}
    paper(db, "new.test", 1, 0, each=5)
    assert set(verdicts(db, "new.test").values()) == {"too new to say"}


def test_syndication_counts_copies_against_independent_reports(db):
    origin = article(db, "Original", "x", at="now() - interval '3 hours'")
    article(db, "Copy", "x", of=origin)
    article(db, "Copy again", "x", of=origin)
    row = postgres.one(db, "select * from media.syndication where id = %s", (origin,))
    assert (row["articles"], row["independent_reports"], row["probable_origin"]) == (3, 1, "The Paper")


def test_a_story_grows_by_the_hour(db):
    story = postgres.one(
        db,
        "insert into media.story (title, first_at, last_at, model, centroid) values ('S', now(), now(), 'm', '[1]') returning id",
    )["id"]
    first = article(db, "a", "x", at="now() - interval '5 hours'")
    for key in (first, article(db, "b", "x", of=first), article(db, "c", "x")):
        postgres.execute(db, "update media.article set story_id = %s where id = %s", (story, key))
    found = postgres.rows(
        db,
        "select articles::int, independent_reports_so_far::int as so_far from media.story_timeline where story_id = %s order by hour",
        (story,),
    )
    assert found == [{"articles": 1, "so_far": 1}, {"articles": 2, "so_far": 2}]


def topic(db, key: int, qcode: str = "medtop:1", tagger: str = "t", *, serves: bool = True) -> None:
    """Give an article a topic, as a tagger that serves or one that does not."""
    postgres.execute(
        db, "insert into media.topic values (%s, 'weather', '', 1, null, %s) on conflict do nothing", (qcode, qcode)
    )
    postgres.execute(
        db,
        "insert into media.article_topic (article_id, qcode, score, tagger) values (%s, %s, 1, %s)",
        (key, qcode, tagger),
    )
    postgres.execute(
        db,
        "insert into media.tagging (article_id, tagger, topics, serves) values (%s, %s, 1, %s)",
        (key, tagger, serves),
    )


def test_a_topic_that_rises_is_a_surprise(db):
    for day in range(1, 29):
        topic(db, article(db, "rain", "x", at=f"date_trunc('day', now(), 'UTC') - interval '{day} days'"))
    for _ in range(10):
        topic(db, article(db, "flood", "x"))
    row = postgres.one(db, "select * from media.topic_trend order by day desc limit 1")
    assert (row["independent_reports"], float(row["usual"])) == (10, 1.0)
    assert row["surprise"] > 5


def test_a_topic_of_a_tagger_that_does_not_serve_counts_nowhere(db):
    key = article(db, "rain", "x")
    topic(db, key, tagger="old", serves=False)
    topic(db, key, tagger="new")
    for view in ("topic_trend", "daily_topic", "topic_rollup"):
        row = postgres.one(db, f"select independent_reports::int as n from media.{view} order by day desc limit 1")
        assert row == {"n": 1}, view


def test_today_is_compared_with_as_much_of_the_days_before_as_has_passed_of_it(db):
    for day in range(1, 29):
        midnight = f"date_trunc('day', now(), 'UTC') - interval '{day} days'"
        topic(db, article(db, "rain", "x", at=midnight))
        topic(db, article(db, "rain", "x", at=f"{midnight} + interval '24 hours' - interval '1 microsecond'"))
    topic(db, article(db, "rain", "x"))
    found = postgres.rows(db, "select usual, surprise from media.topic_trend order by day desc limit 2")
    assert [float(row["usual"]) for row in found] == [1.0, 2.0]
    assert float(found[0]["surprise"]) == 0


def test_days_before_the_first_article_are_no_days_without_news(db):
    for day in range(10):
        topic(db, article(db, "rain", "x", at=f"date_trunc('day', now(), 'UTC') - interval '{day} days'"))
    found = postgres.rows(db, "select usual from media.topic_trend order by day desc")
    assert [row["usual"] and float(row["usual"]) for row in found] == [1.0, 1.0, 1.0, *[None] * 7]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_days_and_their_completeness_are_those_of_utc_wherever_the_reader_sits(db, zone):
    topic(db, article(db, "rain", "x", at="date_trunc('day', now(), 'UTC') - interval '1 second'"))
    answered(db, "date_trunc('day', now(), 'UTC') + interval '5 minutes'")
    postgres.execute(db, f"set local timezone = '{zone}'")
    for view in ("daily_topic", "topic_rollup", "daily_source"):
        row = postgres.one(
            db,
            f"select (now() at time zone 'UTC')::date - day as ago, is_complete from media.{view} "
            "where day < (now() at time zone 'UTC')::date",
        )
        assert row == {"ago": 1, "is_complete": True}, view


def answered(db, at: str) -> int:
    """A feed that last answered at an SQL expression, with one entry seen in it."""
    return postgres.one(
        db,
        f"""
        insert into ingest.feed (url, title, host, last_success_at, last_polled_at, added_at)
        values ('https://paper.test/rss', 'Paper', 'paper.test', {at}, now(), now() - interval '90 days') returning id
        """,
    )["id"]


@pytest.mark.parametrize(
    ("success", "complete"),
    [
        ("date_trunc('day', now(), 'UTC') + interval '5 minutes'", True),
        # A poll that began before midnight may still be written.
        ("date_trunc('day', now(), 'UTC') + interval '1 minute'", False),
        # Polls since then failed: nobody knows what the feed showed.
        ("now() - interval '3 days'", False),
        ("null", False),
    ],
)
def test_a_day_is_whole_when_a_feed_has_answered_after_it(db, success, complete):
    entry(db, "date_trunc('day', now(), 'UTC') - interval '1 second'")
    answered(db, success)
    found = postgres.rows(db, "select is_complete from media.daily_source where discovered > 0")
    assert found == [{"is_complete": complete}]


def test_what_waits_holds_the_watermark_and_a_feed_that_is_behind_is_counted(db):
    answered(db, "now() - interval '2 days'")
    postgres.execute(
        db,
        "insert into ingest.entry (url, canonical_url, host, discovered_at) "
        "values ('https://a/', 'https://a/', 'a', now() - interval '9 days')",
    )
    row = postgres.one(db, "select now() - complete_until as age, pending, feeds_behind from media.watermark")
    assert (row["age"].days, row["pending"], row["feeds_behind"]) == (9, 1, 1)


def test_the_funnel_and_old_days_of_sources_count_each_entry_once(db):
    for ago in (0, 1, 40, 400):
        entry(db, f"now() - interval '{ago} days'")
        entry(db, f"now() - interval '{ago} days'", disposition="rejected")
    found = postgres.rows(
        db,
        """
        select f.day, f.discovered::int as d, f.rejected::int as r, s.discovered::int as sd, s.rejected::int as sr
        from ingest.funnel f join media.daily_source s using (day) order by 1
        """,
    )
    assert [tuple(row.values())[1:] for row in found] == [(2, 1, 2, 1)] * 4
    old = postgres.rows(db, "select distinct verdict from media.daily_source where day < current_date - 35")
    assert old == [{"verdict": "too long ago to say"}]


def test_a_source_that_came_back_keeps_its_silent_days(db):
    paper(db, "back.test", 50, 6, each=24)
    paper(db, "back.test", 3, 0, each=24)
    found = verdicts(db, "back.test")
    assert (found[6], found[5], found[4], found[2]) == ("as expected", "silent", "silent", "as expected")


def test_nothing_is_expected_of_a_source_before_it_was_known(db):
    paper(db, "late.test", 9, 1, each=96)
    postgres.execute(
        db,
        "delete from ingest.entry where discovered_at < date_trunc('day', now(), 'UTC') - interval '9 days' + interval '18 hours'",
    )
    row = postgres.one(
        db,
        "select discovered::int as n, expected, verdict from media.daily_source where host = 'late.test' order by day limit 1",
    )
    assert (row["n"], row["verdict"]) == (24, "as expected"), row


def test_a_source_that_is_silent_for_months_is_still_said_to_be(db):
    feed = answered(db, "now()")
    key = entry(db, "now() - interval '90 days'")
    postgres.execute(
        db,
        "insert into ingest.sighting (entry_id, feed_id, url, first_seen_at) values (%s, %s, '', now() - interval '90 days')",
        (key, feed),
    )
    assert verdicts(db, "paper.test")[0] == "silent"


@pytest.mark.parametrize("mark", ["**", "(", "[", ".*", "\\1", "$", '"', "<b>", ""])
@pytest.mark.parametrize(("before", "match", "after"), [("A long ", "harbour", " wall"), ("我在", "北京", "城")])
def test_any_marker_may_stand_around_a_match(db, mark, before, match, after):
    said = postgres.one(
        db, "select media.highlight('english', %s, %s, %s, %s) as said", (before + match + after, match, mark, mark)
    )["said"]
    assert mark + match + mark in said
    assert said.replace(mark, "") in before + match + after


def test_shares_of_voice_add_up(db):
    for name, times in (("A", 3), ("B", 1)):
        for _ in range(times):
            key = article(db, name, "x")
            postgres.execute(db, "insert into media.mention values (%s, 'people', %s, 'a', 'text', 0, 1)", (key, name))
    found = postgres.rows(db, "select name, share from media.share_of_voice order by name")
    assert [(row["name"], float(row["share"])) for row in found] == [("A", 0.75), ("B", 0.25)]


def test_freshness_counts_from_publication_and_has_a_row_for_all(db):
    article(db, "a", "x", at="now() - interval '20 minutes'")
    found = postgres.rows(db, "select source, published_to_queryable_p95 as p95 from ingest.freshness order by source")
    assert [row["source"] for row in found] == ["The Paper", "all sources"]
    assert found[0]["p95"].total_seconds() == pytest.approx(30 * 60, abs=1)


def test_the_analyst_may_search(db):
    key = article(db, "Harbour", "a harbour")
    postgres.execute(db, "set local role analyst")
    postgres.execute(db, "set local search_path = media")
    assert [row["article_id"] for row in postgres.rows(db, "select * from search('harbour')")] == [key]
    assert postgres.rows(db, "select * from similar_to(1)") == []


@pytest.mark.parametrize(
    ("score", "reasons", "told"),
    [
        (1.0, {"copy": 1.0}, "it goes with what it copies"),
        (None, {"desk": 1.0}, "it goes with what somebody said it copies"),
        (None, {"action": 12}, "somebody put it there (action 12)"),
        (0.0, {}, "its own: no story was near"),
        (0.31, MEASURES, "its own: the nearest one, story 7, had 0.31 of 0.38 needed"),
        (0.31, {**MEASURES, "nearest": None}, "its own: the nearest one had 0.31 of 0.38 needed"),
        (0.52, MEASURES, "score 0.52 of 0.38 needed: meaning 0.70, words 0.40"),
        (
            0.52,
            {**MEASURES, "decay": 0.8},
            "score 0.52 of 0.38 needed: meaning 0.70, words 0.40, for silence times 0.80",
        ),
        (
            0.0,
            {"same_form": [3, 5]},
            "its own: no story was near; kept out of story 3, story 5: other facts in the same form",
        ),
    ],
)
def test_why_an_article_is_in_its_story_is_told_in_words(db, score, reasons, told):
    found = postgres.one(db, "select media.story_reason(%s, %s::jsonb) as told", (score, json.dumps(reasons)))
    assert found == {"told": told}
