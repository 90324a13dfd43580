"""A morning's articles, brought in by hand through the real stages: an accident, its copy, another's report of it, and owls."""

from __future__ import annotations

import itertools

from wirewatch.core.model import Cleaned
from wirewatch.io import drafts, feeds, ledger, postgres
from wirewatch.io.discovery import Discovery, discover
from wirewatch.jobs import batches, deduplicate, embed, load

CRANE = (
    "The harbour authority of Port Elm closed its northern basin on Monday after a crane fell into the water. "
    "Nobody was hurt, the authority said, but ships will have to wait until divers have inspected the quay. "
    "The crane had been inspected in March and was found to be sound, according to its operator Lowe and Sons. "
    "Some forty ships use the basin each week, most of them coasters that carry timber and grain."
)
CRANE_AGAIN = (
    CRANE.replace("on Monday", "this week") + " Harbour master Edith Rowe thanked the divers for their patience."
)
CRANE_OWN = (
    "Divers began to look at the quay of Port Elm's northern basin, where a crane toppled into the harbour. "
    "Edith Rowe, the harbour master, spoke of luck: the dockers had just left for lunch when it went over."
)
OWLS = (
    "Barn owls have returned to the church towers of the Wend valley, say ornithologists who count them each spring. "
    "Eleven pairs breed there now, the most in thirty years, helped by nesting boxes that schools have built."
)
numbers = itertools.count(1)


def arrive(dsn: str, *texts: tuple[str, str], loaded: bool = True) -> list[int]:
    """Articles (title, text) come in, each in a batch of its own, as far as judged or loaded; their keys."""
    found = []
    for title, text in texts:
        url = f"http://press.example/{next(numbers)}"
        with postgres.transaction(dsn) as db:
            feeds.add(db, "http://press.example/feed", "Press", "press.example")
            feed = postgres.one(db, "select id from ingest.feed where url = 'http://press.example/feed'")["id"]
            discover(db, {feed: [Discovery(url, url, "press.example", None, title, {"title": title})]})
            found.append(postgres.one(db, "select id from ingest.entry where canonical_url = %s", (url,))["id"])
        bring_in(dsn, found[-1], url, title, text, loaded=loaded)
    return found


def bring_in(dsn: str, entry: int, url: str, title: str, text: str, *, loaded: bool = True) -> None:
    with postgres.transaction(dsn) as db:
        batch = ledger.claim(db, "test/run", limit=1, buckets=1, lease_minutes=5, max_attempts=5).id
        drafts.save_cleaned(db, entry, None, url, Cleaned(title, text, language="en", method="test"))
        postgres.execute(db, "update ingest.entry set stage = 'cleaned' where id = %s", (entry,))
    embed.embed(dsn, batch, 0, for_topics=False)
    deduplicate.deduplicate(dsn, batch, "test/run")
    with postgres.transaction(dsn) as db:
        drafts.save_tags(db, entry, [], "none", [])
    if loaded:
        finish(dsn, entry, batch)


def finish(dsn: str, entry: int, batch: int | None = None) -> None:
    with postgres.transaction(dsn) as db:
        batch = batch or postgres.one(db, "select batch_id from ingest.entry where id = %s", (entry,))["batch_id"]
        ledger.advance(db, [entry], batch, "judged", "tagged")
    load.load(dsn, batch, "test/run")
    batches.reconcile(dsn, batch)


def sound(dsn: str) -> None:
    """Nothing that must hold is broken: the ledger adds up, and a copy is in its original's story."""
    with postgres.transaction(dsn) as db:
        assert postgres.rows(db, "select * from ingest.ledger_fault") == []
        astray = """
            select c.id from media.article c join media.article o on o.id = c.duplicate_of
            where c.story_id <> o.story_id or o.duplicate_of is not null or o.duplicate_of_seed is not null
            union all
            select a.id from media.article a join media.story s on s.id = a.story_id where s.merged_into is not null
            union all
            select a.id from media.article a join media.story_article x on x.article_id = a.id where x.story_id <> a.story_id
        """
        assert postgres.rows(db, astray) == []


def story_of(dsn: str, article: int) -> int:
    with postgres.transaction(dsn) as db:
        return postgres.one(db, "select story_id from media.article where id = %s", (article,))["story_id"]


def copied(dsn: str, article: int) -> int | None:
    with postgres.transaction(dsn) as db:
        return postgres.one(db, "select duplicate_of from media.article where id = %s", (article,))["duplicate_of"]


def four(warehouse: str) -> list[int]:
    """The four of them, in a warehouse; their keys."""
    first, again, own, owls = arrive(
        warehouse,
        ("Crane falls into basin of Port Elm", CRANE), ("Crane falls, harbour master thanks divers", CRANE_AGAIN),
        ("Dockers had just left when the crane went over", CRANE_OWN), ("Barn owls are back", OWLS),
    )  # fmt: skip
    assert copied(warehouse, again) == first
    assert story_of(warehouse, first) == story_of(warehouse, again) == story_of(warehouse, own)
    assert story_of(warehouse, owls) != story_of(warehouse, first)
    return [first, again, own, owls]
