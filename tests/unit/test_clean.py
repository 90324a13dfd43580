"""Cleaning: what comes back for pages, and that it comes back for anything."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wirewatch.core.clean import clean
from wirewatch.core.model import FeedHints, Rejected

WORDS = (
    "The council of the harbour town voted on Monday to rebuild the old pier after two winters of storms had carried "
    "away most of its planks. Work is to begin in spring and to last a year, the mayor said. Fishermen who use the "
    "pier welcomed the vote, but asked for a landing stage to be kept open during the work. "
)
BODY = "".join(f"<p>{WORDS}</p>" for _ in range(4))


def page(head: str = "", body: str = BODY) -> str:
    return f"<html lang='en'><head>{head}</head><body><article>{body}</article></body></html>"


def test_an_article_with_json_ld():
    head = """<title>Town rebuilds pier | The Gull</title><meta property="og:site_name" content="The Gull">
    <script type="application/ld+json">{"@type": "NewsArticle", "headline": "Town rebuilds pier",
    "author": [{"@type": "Person", "name": "Ada Quill"}, {"@type": "Organization", "name": "The Gull"}],
    "datePublished": "2025-03-04T08:15:00+01:00", "inLanguage": "en"}</script>"""
    found = clean(page(head, f"<h1>Town rebuilds pier</h1>{BODY}"), url="https://gull.example/a")
    assert found.title == "Town rebuilds pier"
    assert found.authors == ("Ada Quill",)
    assert found.published == datetime(2025, 3, 4, 7, 15, tzinfo=UTC)
    assert found.language == "en"
    assert found.rejected is None
    assert "landing stage" in found.text


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (b"", Rejected.EMPTY),
        (b"%PDF-1.7 ...", Rejected.NOT_HTML),
        (page("<title>404 Not Found</title>", "<p>Sorry.</p>"), Rejected.SOFT_404),
        (page("<title>Just a moment...</title>", "<p>Checking your browser.</p>"), Rejected.CHALLENGE),
        (page("<title>Before you continue</title>", "<p>We use cookies.</p>"), Rejected.CONSENT_WALL),
        (page("<title>Pier</title>", "<p>Three short words.</p>"), Rejected.TOO_SHORT),
    ],
)
def test_pages_that_are_no_articles(html, reason):
    assert clean(html, url="https://gull.example/a").rejected == reason


def test_the_feed_stands_in_where_the_page_gives_nothing():
    hints = FeedHints(title="Pier", content_html=f"<p>{WORDS}</p>", published=datetime(2025, 3, 4, tzinfo=UTC))
    found = clean("<html><body></body></html>", url="https://gull.example/a", hints=hints)
    assert found.rejected is None
    assert found.method == "feed"
    assert found.published == hints.published
    assert "planks" in found.text


def test_no_date_lies_after_the_crawl():
    head = '<meta property="article:published_time" content="2031-01-01T00:00:00Z">'
    found = clean(page(head), url="https://gull.example/a", crawled=datetime(2025, 1, 1, tzinfo=UTC))
    assert found.published is None


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400)))
def test_it_never_raises(content):
    found = clean(content, url="https://gull.example/a")
    assert "\x00" not in found.text + found.title
    assert found.published is None or found.published.tzinfo
