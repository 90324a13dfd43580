"""Gaps noticed by polls and filled from the site's own sitemap, and the share of what it lists that was captured."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from newsroom import hostile
from newsroom.raw import Servers, send
from wirewatch.io import feeds, postgres
from wirewatch.jobs import coverage, poll

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a loopback address for each server")
BEGUN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=20)


def at(number: int) -> datetime:
    return BEGUN + timedelta(minutes=10 * number)


def feed_of(numbers: range, head: str = "") -> bytes:
    items = (
        f"<item><title>Part {n}</title><link>/world/{n}</link><pubDate>{format_datetime(at(n))}</pubDate></item>"
        for n in reversed(numbers)
    )
    made = hostile.rss(*items, head=head)
    return made.replace(b"<rss ", b"<rss xmlns:atom='http://www.w3.org/2005/Atom' ", 1)


def listed(home: str, path: str, number: int) -> str:
    return (
        f"<url><loc>{home}{path}</loc><n:news><n:publication_date>{at(number).isoformat()}</n:publication_date>"
        f"<n:title>Part {number}</n:title></n:news></url>"
    )


class Paper:
    """A paper whose feed shows ten articles; its sitemap lists all, those of other sections too."""

    def __init__(self, *, sitemap: bool = True, first: int = 0, paged: bool = False) -> None:
        self.shown, self.sitemap, self.first, self.paged = range(10), sitemap, first, paged

    def _link(self, before: int) -> str:
        return f"<atom:link rel='next' href='/feed?before={before}'/>" if self.paged else ""

    async def answer(self, asked, out) -> None:
        if asked.path == "/robots.txt":
            send(out, "200 OK", b"User-agent: *\nDisallow:\n" + b"Sitemap: /news.xml\n" * self.sitemap)
        elif asked.path == "/feed":
            more = self._link(self.shown.start)
            send(out, "200 OK", feed_of(self.shown, more), "Content-Type: application/xml")
        elif asked.path.startswith("/feed?before=") and self.paged:
            before = int(asked.path.partition("=")[2])
            send(out, "200 OK", feed_of(range(max(0, before - 5), before), self._link(before - 5)))
        elif asked.path == "/news.xml" and self.sitemap:
            rows = [listed(asked.home, f"/world/{n}", n) for n in range(self.first, 40)]
            rows += [listed(asked.home, f"/sport/{n}", n) for n in range(self.first, 40)]
            body = (
                "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
                f"xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>{''.join(rows)}</urlset>"
            )
            send(out, "200 OK", body.encode())
        else:
            send(out, "404 Not Found")


@pytest.fixture
def desk(warehouse):
    def polled(paper: Paper, *shown: range) -> str:
        home = servers.serve("127.9.1.1", paper.answer)
        with postgres.transaction(warehouse) as db:
            feeds.add(db, f"{home}/feed", "Paper", home.partition("://")[2])
        for numbers in shown:
            paper.shown = numbers
            with postgres.transaction(warehouse) as db:
                postgres.execute(db, "update ingest.feed set next_poll_at = now(), lease_until = null, whole_at = null")
            for bucket in poll.due_buckets(warehouse):
                poll.poll_bucket(warehouse, bucket, "poll")
        return warehouse

    with Servers().running() as servers:
        yield polled


def rows(dsn: str, query: str):
    with postgres.transaction(dsn) as db:
        return postgres.rows(db, query)


def test_a_gap_is_noticed_polled_after_sooner_and_filled_from_the_sitemap(desk):
    dsn = desk(Paper(), range(10), range(5, 15), range(25, 35))
    (gap,) = rows(dsn, "select * from ingest.gap")
    assert (gap["from_at"], gap["until_at"], gap["state"]) == (at(14), at(25), "open")
    assert rows(dsn, "select open_gaps from ingest.source_health") == [{"open_gaps": 1}]
    assert coverage.repair(dsn, "repair") == {"gaps": 1, "repaired": 1, "listed": 10, "found": 10, "unrepaired": 0}
    (gap,) = rows(dsn, "select * from ingest.gap")
    assert (gap["state"], gap["listed"], gap["found"]) == ("repaired", 10, 10)
    found = {row["canonical_url"].rsplit("/", 2)[1:][0] for row in rows(dsn, "select canonical_url from ingest.entry")}
    assert found == {"world"}
    assert len(rows(dsn, "select from ingest.entry")) == 35
    assert coverage.repair(dsn, "again")["gaps"] == 0
    assert rows(dsn, "select * from ingest.ledger_fault") == []


def test_polls_that_touch_leave_no_gap(desk):
    assert rows(desk(Paper(), range(10), range(9, 19), range(9, 19)), "select * from ingest.gap") == []


def test_a_gap_that_the_sitemap_does_not_reach_back_to_is_tried_again_and_then_said_to_be_lost(desk):
    dsn = desk(Paper(first=20), range(10), range(25, 35))
    for _ in range(4):
        assert coverage.repair(dsn, "repair")["unrepaired"] == 1
        with postgres.transaction(dsn) as db:
            postgres.execute(db, "update ingest.gap set next_try_at = now()")
    (gap,) = rows(dsn, "select state, note from ingest.gap")
    assert gap["state"] == "unrepairable"
    assert "goes back to" in gap["note"]
    assert len(rows(dsn, "select from ingest.entry where canonical_url like '%/world/2_'")) == 10


def test_a_site_without_a_sitemap_says_so(desk):
    dsn = desk(Paper(sitemap=False), range(10), range(25, 35))
    assert coverage.repair(dsn, "repair")["unrepaired"] == 1
    assert "no news sitemap" in rows(dsn, "select note from ingest.gap")[0]["note"]


def test_capture_is_measured_against_what_the_site_lists(desk):
    dsn = desk(Paper(), range(10))
    assert coverage.survey(dsn, "survey") == {"hosts": 1, "read": 1, "without": 0, "listed": 80}
    assert coverage.survey(dsn, "again")["hosts"] == 0
    (total,) = rows(dsn, "select sum(listed)::int as listed, sum(captured)::int as captured from media.capture")
    assert total == {"listed": 80, "captured": 10}


def test_a_feed_that_is_paged_fills_its_gap_itself(desk):
    dsn = desk(Paper(sitemap=False, paged=True), range(10), range(25, 35))
    assert coverage.repair(dsn, "repair") == {"gaps": 1, "repaired": 1, "listed": 15, "found": 15, "unrepaired": 0}
    (gap,) = rows(dsn, "select state, source from ingest.gap")
    assert gap["state"] == "repaired"
    assert gap["source"].endswith("/feed")
    asked = rows(dsn, "select url from ingest.request where url like '%before=%' order by id")
    assert [row["url"].rpartition("=")[2] for row in asked] == ["25", "20", "15", "10"], "no further than the gap"
    assert rows(dsn, "select * from ingest.listing") == []
