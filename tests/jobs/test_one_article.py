"""Variants of an address for different readers are one entry; pages that wrongly name one address stay as many articles."""

from __future__ import annotations

import sys

import pytest

from newsroom import hostile
from newsroom.raw import Servers, send
from wirewatch.io import feeds, postgres
from wirewatch.jobs import batches, clean, fetch, ingest, poll, reference

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a loopback address for each server")
BREAD = (
    "Rye bread needs time. Mix the flour with water and sourdough in the evening, and leave it in a warm place until morning. "
    "In the morning add salt and the rest of the flour, knead it shortly, and bake the loaf for an hour with some steam."
)


def page(title: str, text: str, canonical: str) -> bytes:
    return (
        f"<html lang=en><head><title>{title}</title><link rel=canonical href='{canonical}'>"
        "<meta property='og:type' content='article'></head>"
        f"<body><article><h1>{title}</h1><p>{text}</p></article></body></html>"
    ).encode()


class Paper:
    """A paper whose feed shows a variant first and the plain address later; two other pages name their section."""

    def __init__(self, variant: str) -> None:
        self.variant, self.shown = variant, (variant, "/news/2")

    async def answer(self, asked, out) -> None:
        pages = {
            self.variant: page("The pier", hostile.TEXT, "/world/pier"),
            "/world/pier": page("The pier", hostile.TEXT, "/world/pier"),
            "/news/2": page("Rye bread", BREAD, "/news/"),
            "/news/3": page(
                "The north pier is painted", hostile.TEXT.replace("rebuild", "paint") + " It will be red.", "/news/"
            ),
        }
        if asked.path == "/feed":
            send(out, "200 OK", hostile.rss(*(hostile.item(path, n) for n, path in enumerate(self.shown))))
        elif asked.path in pages:
            send(out, "200 OK", pages[asked.path], "Content-Type: text/html; charset=utf-8")
        else:
            send(out, "404 Not Found")


@pytest.mark.parametrize("variant", ["/world/pier/amp", "/world/pier?print=1"])
def test_one_article_is_one_entry_and_two_stay_two(warehouse, variant):
    paper = Paper(variant)
    with Servers().running() as servers:
        home = servers.serve("127.9.1.1", paper.answer)
        reference.load_reference(warehouse)
        with postgres.transaction(warehouse) as db:
            feeds.add(db, f"{home}/feed", "Paper", home.partition("://")[2])
        ingest.ingest(warehouse)
        paper.shown = ("/world/pier", "/news/2", "/news/3")
        with postgres.transaction(warehouse) as db:
            postgres.execute(db, "update ingest.feed set next_poll_at = now()")
        ingest.ingest(warehouse)
        asked = servers.journal.requests(home)
    with postgres.transaction(warehouse) as db:
        entries = postgres.rows(db, "select canonical_url, disposition, reason from ingest.entry order by id")
        shown = postgres.rows(db, "select url from ingest.sighting order by entry_id")
        urls = postgres.rows(db, "select rung from media.duplicate")
        faults = postgres.rows(db, "select * from ingest.ledger_fault")
    paths = [row["canonical_url"].removeprefix(home) for row in entries]
    assert paths == [variant, "/news/2", "/news/3"]
    assert len(shown) == 3
    assert asked["/world/pier"] == 0, "it was read before, under its other address"
    assert "url" not in {row["rung"] for row in urls}, entries
    assert entries[1]["disposition"] == "loaded"
    assert faults == []


def test_a_plain_address_is_known_as_soon_as_the_page_of_its_variant_was_read(warehouse):
    """Not only once the article is loaded: what is on its way was read too. Whoever asks for the plain address finds the entry."""
    paper = Paper("/world/pier/print")
    with Servers().running() as servers:
        home = servers.serve("127.9.1.1", paper.answer)
        with postgres.transaction(warehouse) as db:
            feeds.add(db, f"{home}/feed", "Paper", home.partition("://")[2])
        polled(warehouse)
        for work in batches.claim(warehouse, "first", limit=10):
            fetch.fetch(warehouse, work["batch"], work["bucket"], "first")
            clean.clean(warehouse, work["batch"], work["bucket"], "first")
        paper.shown = ("/world/pier",)
        assert polled(warehouse)["new_entries"] == 0
    with postgres.transaction(warehouse) as db:
        found = postgres.one(db, "select url, stage from media.why(%s)", (f"{home}/world/pier",))
        funnel = postgres.one(db, "select discovered, adds_up from ingest.funnel")
        faults = postgres.rows(db, "select * from ingest.ledger_fault")
    assert found is not None
    assert found["url"] == f"{home}/world/pier/print"
    assert funnel == {"discovered": 2, "adds_up": True}
    assert faults == []


def polled(warehouse: str) -> dict[str, int]:
    """What a poll of the paper brings."""
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "update ingest.feed set next_poll_at = now(), lease_until = null")
    (bucket,) = poll.due_buckets(warehouse)
    return poll.poll_bucket(warehouse, bucket, "poll")
