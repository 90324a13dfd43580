"""The demonstration press, ingested: every address ends as a perfect desk would have it."""

from __future__ import annotations

from urllib.request import urlopen

import pytest

from newsroom import articles
from newsroom.server import press
from wirewatch.io import postgres
from wirewatch.jobs import ingest, reference, report, seeds
from wirewatch.settings import settings

SLUGS = [article.slug for article in articles.load() if not article.again]


@pytest.fixture(scope="module")
def desk(make_warehouse):
    """A desk that has taken in the whole press, errors that pass included: (press, warehouse)."""
    with make_warehouse() as dsn, press() as running:
        reference.load_reference(dsn)
        seeds.load_seeds(dsn, settings().seeds / "articles")
        reference.enter_opml(dsn, urlopen(running.opml_url).read(), origin="demo")
        for _ in range(3):
            ingest.ingest(dsn)
            with postgres.transaction(dsn) as db:
                postgres.execute(db, "update ingest.entry set next_try_at = now() where disposition = 'pending'")
        yield running, dsn


@pytest.fixture(scope="module")
def judged(desk):
    """What a perfect desk would say, and what ours says, by slug."""
    running, dsn = desk
    return {row["slug"]: (row, report.why(dsn, row["url"])[0]) for row in running.truth() if "slug" in row}


@pytest.mark.parametrize("slug", SLUGS)
def test_every_article_ends_where_it_should(judged, slug):
    truth, why = judged[slug]
    assert why["disposition"] == truth["disposition"], why["reason"]
    if truth["disposition"] == "rejected":
        assert why["reason"].startswith(truth["reason"])
    if truth["of"] == "seed":
        assert why["copy_of_url"].startswith("seed: ")
    else:
        assert why["copy_of_url"] == truth["of"]


def test_topics_are_right_where_they_are_given(judged):
    """English only: a tagger that abstains is honest, one that is wrong is not."""
    english = {article.slug for article in articles.load() if article.language in ("", "en")}
    given = {
        slug: (truth["topic"], [topic.rsplit(" ", 1)[0] for topic in why["topics"]])
        for slug, (truth, why) in judged.items()
        if why["topics"] and slug in english
    }
    wrong = {slug: pair for slug, pair in given.items() if pair[0] not in pair[1]}
    assert len(wrong) <= 1, wrong
    assert len(given) >= 26
    assert len({truth for truth, _ in given.values()}) >= 16


def test_the_copies_of_the_seed_and_the_reports_of_its_event_are_one_story(judged):
    slugs = (
        "kim-train-copy",
        "kim-train-cut",
        "kim-train-rewrite",
        "three-leaders-beijing-analysis",
        "parade-follow-up",
    )
    assert len({judged[slug][1]["story"] for slug in slugs}) == 1


def test_an_address_with_tracking_parameters_is_the_same_entry(desk):
    running, dsn = desk
    again = next(row for row in running.truth() if "same_as" in row)
    assert report.why(dsn, again["url"])[0]["url"] == again["same_as"]


def test_the_ledger_adds_up(desk):
    _, dsn = desk
    counts = report.funnel(dsn)
    assert counts["discovered"] == len(SLUGS) == sum(counts[name] for name in counts if name != "discovered")
    assert counts["pending"] == counts["quarantined"] == 0


def test_no_page_is_asked_for_twice(desk):
    running, _ = desk
    pages = {
        url: number for url, number in running.asked.items() if "printers-error-500" not in url and "robots" not in url
    }
    assert max(pages.values()) == 1, pages
