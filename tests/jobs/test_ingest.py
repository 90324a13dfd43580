"""The whole flow on a real Postgres, real HTTP and the real model, without Airflow."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from wirewatch.io import feeds, ledger, postgres
from wirewatch.jobs import batches, clean, fetch, ingest, poll, reference, report, seeds
from wirewatch.settings import ROOT, settings

SEED = next((ROOT / "seeds" / "articles").glob("*.txt"))
BREAD = [
    "Rye bread needs time. Mix the flour with water and sourdough in the evening, and leave it in a warm place until morning.",
    "Bakers in the north have baked this way for centuries, and the recipe has changed little since, says the guild.",
    "In the morning add salt and the rest of the flour, knead it shortly, and bake the loaf for an hour with some steam.",
]


def article(title: str, paragraphs: list[str]) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs if paragraph.strip())
    return (
        f"<html lang=en><head><title>{title}</title><meta property='og:type' content='article'></head>"
        f"<body><h1>{title}</h1><article>{body}</article></body></html>"
    )


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def site(tmp_path):
    seed = SEED.read_text(encoding="utf-8").strip().splitlines()
    pages = {
        "copy": article("By rail to Beijing", seed),
        "cut": article("The leader's trip", seed[6:0:-1] + seed[9:12]),
        "bread": article("How rye bread is baked", BREAD),
        "bread-again": article("Rye, water, patience", BREAD),
    }
    for name, html in pages.items():
        (tmp_path / f"{name}.html").write_text(html, encoding="utf-8")
    listener = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    base = f"http://127.0.0.1:{listener.server_port}"
    items = "".join(
        f"<item><title>{name}</title><link>{base}/{name}.html?utm_source=rss</link></item>"
        for name in ["dead", *reversed(pages)]
    )
    feed = f"<rss version='2.0'><channel><title>The Gull</title>{items}</channel></rss>"
    (tmp_path / "feed.xml").write_text(feed, encoding="utf-8")
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    yield base
    listener.shutdown()


@pytest.fixture
def desk(warehouse, site):
    """A warehouse with the seed corpus, the topics, and one feed."""
    reference.load_reference(warehouse)
    seeds.load_seeds(warehouse, settings().seeds / "articles")
    with postgres.transaction(warehouse) as db:
        feeds.add(db, f"{site}/feed.xml", "", site.removeprefix("http://"))
    return warehouse


def test_every_entry_is_accounted_for(desk, site):
    counts = ingest.ingest(desk)
    assert counts["new_entries"] == 5
    assert report.funnel(desk) == {
        "discovered": 5, "loaded": 1, "duplicate": 3, "rejected": 1, "quarantined": 0, "pending": 0,
    }  # fmt: skip
    why = {name: report.why(desk, f"{site}/{name}.html")[0] for name in ("copy", "cut", "bread", "bread-again", "dead")}
    assert (why["copy"]["rung"], why["copy"]["copy_of_url"]) == ("exact", f"seed: {SEED.name}")
    assert why["cut"]["rung"] in ("near", "semantic")
    assert why["cut"]["evidence"]["passages"]
    assert why["copy"]["story"] == why["cut"]["story"]
    assert why["bread-again"]["copy_of_url"].startswith(f"{site}/bread.html")
    assert why["dead"]["reason"].startswith("not_found")
    assert any(topic.startswith("politics and government") for topic in why["copy"]["topics"])


def test_an_address_as_the_feed_gives_it_is_found_too(desk, site):
    ingest.ingest(desk)
    assert report.why(desk, f"{site}/bread.html?utm_source=rss")[0]["disposition"] == "loaded"
    assert report.why(desk, "https://nowhere.example/")[0]["disposition"] == "unknown"


def test_a_second_run_brings_nothing_twice(desk):
    ingest.ingest(desk)
    before = report.funnel(desk)
    with postgres.transaction(desk) as db:
        postgres.execute(db, "update ingest.feed set next_poll_at = now(), body_digest = null")
    ingest.ingest(desk)
    assert report.funnel(desk) == before


@pytest.mark.parametrize("died_after", ["claim", "fetch", "clean"])
def test_what_a_dead_run_left_is_finished_by_the_next(desk, died_after):
    for bucket in poll.due_buckets(desk):
        poll.poll_bucket(desk, bucket, "dead")
    work = batches.claim(desk, "dead")
    for item in work:
        if died_after in ("fetch", "clean"):
            fetch.fetch(desk, item["batch"], item["bucket"], "dead")
        if died_after == "clean":
            clean.clean(desk, item["batch"], item["bucket"], "dead")
    assert batches.due(desk) == 0
    with postgres.transaction(desk) as db:
        ledger.free_leases(db)
    ingest.ingest(desk)
    counts = report.funnel(desk)
    assert counts["pending"] == counts["quarantined"] == 0
    assert counts["discovered"] == 5


def test_a_task_that_lost_its_lease_changes_nothing(desk):
    for bucket in poll.due_buckets(desk):
        poll.poll_bucket(desk, bucket, "slow")
    late = batches.claim(desk, "slow")[0]
    with postgres.transaction(desk) as db:
        ledger.free_leases(db)
    batches.claim(desk, "quick")
    with postgres.transaction(desk) as db:
        ids = [row["id"] for row in postgres.rows(db, "select id from ingest.entry where stage = 'claimed'")]
    with pytest.raises(ledger.LeaseLost), postgres.transaction(desk) as db:
        ledger.advance(db, ids, late["batch"], "claimed", "fetched")


def test_reconcile_names_the_rows_that_do_not_add_up(desk):
    ingest.ingest(desk)
    with postgres.transaction(desk) as db:
        postgres.execute(db, "delete from media.duplicate")
    with pytest.raises(batches.LedgerFault, match="duplicate, but nothing says of what"):
        batches.reconcile(desk, 1)
