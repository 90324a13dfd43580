"""Feeds of every format, whole and broken: entries out, or a sentence that says why there are none."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsroom import render
from newsroom.publishers import PUBLISHERS
from wirewatch.core.feed import NotAFeed, ParsedFeed, parse_feed

URL = "https://example.org/feeds/news.xml"
NOON = datetime(2025, 9, 2, 12, 0, tzinfo=UTC)
ITEM = "<item><title>One</title><link>{link}</link><guid>{guid}</guid><pubDate>{date}</pubDate></item>"


def rss(*items: str, head: str = "") -> bytes:
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Paper</title>{head}{''.join(items)}</channel></rss>".encode()


def item(link: str = "https://example.org/1", guid: str = "", date: str = "Tue, 02 Sep 2025 14:00:00 +0200") -> str:
    return ITEM.format(link=link, guid=guid, date=date)


FORMATS = {
    "rss 0.91": (
        b"<rss version='0.91'><channel><title>Paper</title><item><title>One</title><link>https://example.org/1</link></item></channel></rss>",
        "rss",
    ),
    "rss 1.0": (
        b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Paper</title></channel>
        <item rdf:about="https://example.org/1"><title>One</title><link>https://example.org/1</link>
        <dc:date>2025-09-02T12:00:00Z</dc:date></item></rdf:RDF>""",
        "rss",
    ),
    "rss 2.0": (rss(item()), "rss"),
    "atom 0.3": (
        b"""<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Paper</title><entry><title>One</title>
        <link rel="alternate" href="https://example.org/1"/><issued>2025-09-02T12:00:00Z</issued></entry></feed>""",
        "atom",
    ),
    "atom 1.0": (
        b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Paper</title><entry><title>One</title>
        <link href="https://example.org/1"/><updated>2025-09-02T12:00:00Z</updated></entry></feed>""",
        "atom",
    ),
    "json 1.0": (
        b'{"version":"https://jsonfeed.org/version/1","title":"Paper","items":[{"id":"https://example.org/1","title":"One"}]}',
        "json",
    ),
    "json 1.1": (
        b'{"version":"https://jsonfeed.org/version/1.1","title":"Paper","items":[{"id":1,"url":"/1","title":"One"}]}',
        "json",
    ),
    "news sitemap": (
        b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
        <url><loc>https://example.org/1</loc><n:news><n:publication><n:name>Paper</n:name></n:publication>
        <n:publication_date>2025-09-02</n:publication_date><n:title>One</n:title></n:news></url></urlset>""",
        "sitemap",
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_title_and_address(name):
    body, kind = FORMATS[name]
    found = parse_feed(body, url="https://example.org/")
    assert (found.kind, found.title) == (kind, "Paper")
    (entry,) = found.entries
    assert (entry.title, entry.url) == ("One", "https://example.org/1")


@pytest.mark.parametrize("name", ["rss 1.0", "atom 0.3", "atom 1.0"])
def test_dates_are_moments_with_a_zone(name):
    (entry,) = parse_feed(FORMATS[name][0], url=URL).entries
    assert entry.hints.published == NOON


@pytest.mark.parametrize(
    ("link", "guid", "url"),
    [
        ("/news/1", "", "https://example.org/news/1"),
        ("//cdn.example.org/1", "", "https://cdn.example.org/1"),
        ("?p=4", "", "https://example.org/feeds/news.xml?p=4"),
        ("", "https://example.org/7", "https://example.org/7"),
        ("", "urn:uuid:7", None),
        ("", "", None),
        ("http://[broken/", "", None),
    ],
)
def test_links_as_feeds_have_them(link, guid, url):
    (entry,) = parse_feed(rss(item(link, guid)), url=URL).entries
    assert entry.url == url or (url is None and link)


@pytest.mark.parametrize(
    "body",
    [
        rss("<item><guid>17</guid><title>One</title><link>https://example.org/1</link></item>"),
        b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Paper</title><entry><id>tag:example.org,2025:1</id>
        <title>One</title><link href="https://example.org/1"/><updated>2025-09-02T12:00:00Z</updated></entry></feed>""",
    ],
    ids=["rss", "atom"],
)
def test_a_guid_before_the_link_does_not_hide_it(body):
    assert parse_feed(body, url=URL).entries[0].url == "https://example.org/1"


def test_a_guid_that_is_no_address_is_no_link():
    body = rss("<item><title>One</title><guid>17</guid></item>")
    assert parse_feed(body, url=URL).entries[0].url is None


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Tue, 02 Sep 2025 14:00:00 +0200", NOON),
        ("Tue, 02 Sep 2025 12:00:00 GMT", NOON),
        ("2025-09-02T12:00:00Z", NOON),
        ("soon", None),
        ("", None),
        ("Mon, 99 Foo 2025 25:61:00 GMT", None),
    ],
)
def test_dates_good_and_bad(date, moment):
    (entry,) = parse_feed(rss(item(date=date)), url=URL).entries
    assert entry.hints.published == moment


def test_content_in_the_feed_is_kept_apart_from_the_summary():
    body = rss(
        "<item><title>One</title><link>/1</link><description>Short.</description>"
        "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>&lt;p&gt;All of it.&lt;/p&gt;</content:encoded></item>"
    )
    (entry,) = parse_feed(body, url=URL).entries
    assert entry.hints.summary_html == "Short."
    assert entry.hints.content_html == "<p>All of it.</p>"


@pytest.mark.parametrize(
    "encoded",
    [
        rss(item()).replace(b"One", "Zürich".encode()),
        rss(item())
        .replace(b"<?xml version='1.0'?>", b"<?xml version='1.0' encoding='iso-8859-1'?>")
        .replace(b"One", "Zürich".encode("latin-1")),
        rss(item()).replace(b"<?xml version='1.0'?>", b"").decode().replace("One", "Zürich").encode("utf-16"),
        rss(item()).replace(b"?>", b" encoding='utf-16'?>").decode().replace("One", "Zürich").encode("utf-16-le"),
        b"\xef\xbb\xbf" + rss(item()).replace(b"One", "Zürich".encode()),
        b"\n\n  " + rss(item()).replace(b"One", b"Z&#252;rich"),
        rss(item()).replace(b"?>", b" encoding='cp500'?>").decode().replace("One", "Zürich").encode("cp500"),
        rss(item()).replace(b"?>", b" encoding='undefined'?>").replace(b"One", b"Z&#252;rich"),
        rss(item()).replace(b"?>", b" encoding='ebcdic-fantasy'?>").decode().replace("One", "Zürich").encode("cp037"),
    ],
    ids=[
        "utf-8",
        "latin-1",
        "utf-16 with mark",
        "utf-16 without",
        "utf-8 with mark",
        "white space before",
        "EBCDIC",
        "an encoding that reads nothing",
        "EBCDIC unnamed",
    ],
)
def test_charsets(encoded):
    assert parse_feed(encoded, url=URL).entries[0].title == "Zürich"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"%PDF-1.7 ...", "no feed"),
        (b"plain words", "no feed"),
        (b"{not json", "broken JSON"),
        (b'{"a": 1}', "not a JSON Feed"),
        (b"[" * 100_000, "broken JSON"),
        (b"<html><body>Hello</body></html>", "web page"),
        (gzip.compress(b"a text"), "no feed"),
        (b"\x1f\x8b\x08 no gzip", "no feed"),
    ],
)
def test_what_is_no_feed_says_so(body, why):
    with pytest.raises(NotAFeed, match=why):
        parse_feed(body, url=URL)


def test_a_page_that_names_its_feeds_gives_them():
    page = b"""<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/rss.xml">
    <link rel="alternate" type="application/feed+json" href="feed.json"><link rel="stylesheet" href="a.css"></head></html>"""
    with pytest.raises(NotAFeed) as caught:
        parse_feed(page, url=URL)
    assert caught.value.links == ("https://example.org/rss.xml", "https://example.org/feeds/feed.json")


@pytest.mark.parametrize(
    "bomb",
    [
        b"<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>",
        b"<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
        b"<!DOCTYPE r SYSTEM 'http://127.0.0.1:9/x.dtd'>",
    ],
    ids=["laughs", "a local file", "a DTD elsewhere"],
)
@pytest.mark.parametrize("kind", ["rss 2.0", "news sitemap"])
def test_entities_are_not_resolved(bomb, kind):
    body = bomb + FORMATS[kind][0].replace(b"<?xml version='1.0'?>", b"").replace(b">One<", b">&a;&c;<")
    try:
        found = parse_feed(body, url=URL)
    except NotAFeed:
        return
    assert all("root:" not in entry.title and len(entry.title) < 100 for entry in found.entries)


def test_a_feed_that_breaks_off_gives_what_came():
    whole = rss(*(item(f"https://example.org/{n}") for n in range(5)))
    assert len(parse_feed(whole[: len(whole) // 2], url=URL).entries) >= 2


@pytest.mark.parametrize(("head", "seconds"), [("<ttl>15</ttl>", 900), ("<ttl>never</ttl>", None), ("", None)])
def test_the_interval_that_the_feed_asks_for(head, seconds):
    assert parse_feed(rss(item(), head=head), url=URL).ttl == seconds


@given(
    st.binary(max_size=400)
    | st.text(max_size=200).map(lambda text: rss(text))
    | st.text(max_size=100).map(lambda text: rss(item(text, text, text)))
)
def test_any_bytes_are_a_feed_or_not_and_nothing_else(body):
    try:
        found = parse_feed(body, url=URL)
    except NotAFeed:
        return
    assert isinstance(found, ParsedFeed)


@pytest.mark.parametrize("publisher", PUBLISHERS, ids=lambda publisher: publisher.key)
def test_the_press_prints_feeds_of_the_kind_it_says(publisher):
    kind = {"rss_full": "rss"}.get(publisher.feed, publisher.feed)
    if kind == "sitemap":
        assert parse_feed(render.feed(publisher, "http://127.0.0.1", []).encode(), url=URL).kind == kind
    else:
        assert parse_feed(render.feed(publisher, "http://127.0.0.1", []).encode(), url=URL).title == publisher.name


@pytest.mark.parametrize(
    ("head", "hours", "days"),
    [
        ("<skipHours><hour>0</hour><hour> 23 </hour></skipHours>", {0, 23}, set()),
        ("<skipHours><hour>24</hour><hour>25</hour><hour>x</hour></skipHours>", {0}, set()),
        ("<skipDays><day>Saturday</day><day>sunday</day><day>Feast</day></skipDays>", set(), {5, 6}),
        ("<skiphours><hour>3</hour></skiphours><skipDays><day>Monday</day></skipDays>", {3}, {0}),
        ("<skipHours/><skipDays></skipDays>", set(), set()),
        ("<hour>5</hour>", set(), set()),
    ],
)
def test_hours_and_days_to_skip_are_read(head, hours, days):
    found = parse_feed(rss(item(), head=head), url=URL)
    assert (found.skip_hours, found.skip_days) == (hours, days)


@pytest.mark.parametrize(
    ("body", "older"),
    [
        (
            b"<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title><link rel='next' href='/feed?p=2'/></feed>",
            "/feed?p=2",
        ),
        (
            b"<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title><link rel='next' href='/n'/>"
            b"<link rel='prev-archive' href='/2025/11'/></feed>",
            "/2025/11",
        ),
        (
            b"<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>A</title>"
            b"<atom:link rel='next' href='/feed?paged=2'/></channel></rss>",
            "/feed?paged=2",
        ),
        (
            b'{"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": [], "next_url": "/2.json"}',
            "/2.json",
        ),
        (b"<rss version='2.0'><channel><title>A</title></channel></rss>", None),
    ],
)
def test_where_a_feed_goes_on_is_read(body, older):
    assert parse_feed(body, url="https://example.org/feed").older_url == (older and f"https://example.org{older}")


def test_an_encoding_whose_name_is_no_text_is_passed_over():
    body = rss(item()).replace(b"version='1.0'?", b"version='1.0' encoding='utf-\xff\xff'?")
    assert [entry.title for entry in parse_feed(body, url=URL).entries] == ["One"]
