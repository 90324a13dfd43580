"""Polls that end together are written together; one that cannot be written harms no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsroom import hostile
from wirewatch.core.feed import parse_feed
from wirewatch.io import feeds, postgres
from wirewatch.io.fetch_failures import DnsFailed
from wirewatch.io.http import Response
from wirewatch.jobs.ask_feed import Asked
from wirewatch.jobs.poll_record import Polled, record

HOMES = ("https://one.example", "https://two.example", "https://three.example")
TOO_FAR = 10**12
"""Seconds that no integer of Postgres holds."""


@pytest.fixture
def rows(warehouse):
    """The rows of three feeds that were never polled."""
    with postgres.transaction(warehouse) as db:
        for home in HOMES:
            feeds.add(db, f"{home}/feed", home, home.partition("://")[2])
    return read(warehouse)


def read(warehouse):
    with postgres.transaction(warehouse) as db:
        return postgres.rows(db, "select * from ingest.feed order by id")


def answered(feed, *paths: str) -> Polled:
    """A poll whose feed shows these addresses."""
    body = hostile.rss(*(hostile.item(path, n) for n, path in enumerate(paths)))
    response = Response(
        url=feed["url"], final_url=feed["url"], status=200, reason="OK", headers={}, raw_headers=(), body=body,
        fetched_at=datetime.now(UTC), elapsed=0.1, redirects=0,
    )  # fmt: skip
    return Polled(feed, Asked(answers=[response], source=response, parsed=parse_feed(body, url=feed["url"])))


def written(warehouse, query):
    with postgres.transaction(warehouse) as db:
        return postgres.rows(db, query)


def test_an_address_that_two_feeds_show_at_once_is_one_entry_that_both_saw(warehouse, rows):
    one, two, three = rows
    shared = "https://agency.example/a"
    with postgres.transaction(warehouse) as db:
        counts = record(
            db,
            [answered(one, shared, "/b"), answered(two, shared), Polled(three, Asked(problem=DnsFailed("no")))],
            "run",
        )
    assert counts == {"ok": 2, "failed": 1, "entries": 3, "new_entries": 2, "gaps": 0}
    polls = written(warehouse, "select outcome, entries, new_entries from ingest.poll order by feed_id")
    assert [tuple(poll.values()) for poll in polls] == [("ok", 2, 2), ("ok", 1, 0), ("failed", 0, 0)]
    sightings = written(
        warehouse,
        "select feed_id from ingest.sighting s join ingest.entry e on e.id = s.entry_id where e.url like '%/a'",
    )
    assert {row["feed_id"] for row in sightings} == {one["id"], two["id"]}
    assert [row["last_new_at"] is not None for row in read(warehouse)] == [True, False, False]


def test_a_gap_is_noticed_of_the_feed_that_has_one_and_of_no_other(warehouse, rows):
    with postgres.transaction(warehouse) as db:
        record(db, [answered(row, "/1", "/2") for row in rows], "first")
        postgres.execute(db, "update ingest.feed set newest_at = '2020-01-01'")
    one, two, three = read(warehouse)
    with postgres.transaction(warehouse) as db:
        counts = record(db, [answered(one, "/2", "/3"), answered(two, "/4", "/5"), answered(three, "/1")], "second")
    assert (counts["gaps"], counts["new_entries"]) == (1, 3)
    assert [row["feed_id"] for row in written(warehouse, "select feed_id from ingest.gap")] == [two["id"]]


def test_a_poll_that_cannot_be_written_is_a_failure_of_its_own(warehouse, rows):
    one, two, three = rows
    bad = answered(two, "/b")
    bad.asked.parsed = replace(bad.asked.parsed, ttl=TOO_FAR)
    with postgres.transaction(warehouse) as db:
        counts = record(db, [answered(one, "/a"), bad, answered(three, "/c")], "run")
    assert (counts["ok"], counts["failed"], counts["new_entries"]) == (2, 1, 2)
    assert [row["state"] for row in read(warehouse)] == ["healthy", "failing", "healthy"]
    entries = written(warehouse, "select canonical_url from ingest.entry order by id")
    assert [row["canonical_url"] for row in entries] == [f"{HOMES[0]}/a", f"{HOMES[2]}/c"]


def test_a_feed_with_more_entries_than_are_written_at_once_is_written_whole(warehouse, rows):
    many = [f"/{n}" for n in range(5200)]
    with postgres.transaction(warehouse) as db:
        counts = record(db, [answered(row, *many) for row in rows], "run")
    assert (counts["ok"], counts["new_entries"]) == (3, 3 * len(many))
