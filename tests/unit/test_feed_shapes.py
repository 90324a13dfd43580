"""Shapes in which feeds come, each a row: what other parsers' suites look at, in cases of our own."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wirewatch.core.feed import FeedEntry, parse_feed
from wirewatch.core.feed.dates import moment

URL = "https://desk.test/feeds/main.xml"
LINK = "<link>https://desk.test/a</link>"
HREF = "<link href='https://desk.test/a'/>"
NAMESPACES = (
    "xmlns:atom='http://www.w3.org/2005/Atom' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:dcterms='http://purl.org/dc/terms/' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' "
    "xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'"
)
RDF = "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"


def packed(text: str) -> str:
    return b64encode(text.encode()).decode()


def rss(item: str) -> str:
    return f"<?xml version='1.0'?><rss version='2.0' {NAMESPACES}><channel><title>T</title><item>{item}</item></channel></rss>"


def atom(entry: str, feed: str = "", attributes: str = "") -> str:
    start = f"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' {attributes}><title>T</title>"
    return f"{start}{feed}<entry>{entry}</entry></feed>"


def atom03(entry: str) -> str:
    return f"<?xml version='1.0'?><feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>T</title><entry>{entry}</entry></feed>"


def rdf(item: str, about: str = "", kind: str = "http://purl.org/rss/1.0/") -> str:
    return f"<rdf:RDF {RDF} {NAMESPACES} xmlns='{kind}'><channel><title>T</title></channel><item{about}>{item}</item></rdf:RDF>"


def first(body: str | bytes) -> FeedEntry:
    return parse_feed(body if isinstance(body, bytes) else body.encode(), url=URL).entries[0]


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (atom(HREF + "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Salt <em>and</em> ash</div></title>"), "Salt and ash"),
        (atom(HREF + "<title type='html'>Salt &lt;b&gt;and&lt;/b&gt; ash &amp;amp; smoke</title>"), "Salt and ash & smoke"),
        (atom(HREF + "<title type='text'>Where a &lt; b</title>"), "Where a < b"),
        (atom(HREF + "<title>The &lt;pier&gt; question</title>"), "The <pier> question"),
        (atom03(HREF + f"<title type='text/plain' mode='base64'>{packed('Quay works')}</title>"), "Quay works"),
        (rss(LINK + "<title><![CDATA[Salt & <i>ash</i>]]></title>"), "Salt & ash"),
        (rss(LINK + "<title><![CDATA[Salt]]> and <![CDATA[ash]]></title>"), "Salt and ash"),
        (rss(LINK + "<title>Salt &amp;amp; ash</title>"), "Salt & ash"),
        (rss(LINK + "<title>5 &amp;lt; 6</title>"), "5 < 6"),
        (rss(LINK + "<title>Caf&eacute; &ndash; &hellip;</title>"), "Café – …"),
        (rss(LINK + "<title>It&#146;s</title>"), "It’s"),
        (rss(LINK + "<title>Salt & ash</title>"), "Salt & ash"),
        (rss(LINK + "<title>\n  Salt\n   and\tash </title>"), "Salt and ash"),
        (rss(LINK + "<title>Salt<!-- sic --> ash</title>"), "Salt ash"),
        (rss(LINK + "<title>Sa\x08lt\x0b</title>"), "Salt"),
        (rss("<media:title>Photo</media:title><title>Salt</title>" + LINK), "Salt"),
        (rss("<title>Salt</title><media:group><media:title>Film</media:title></media:group>" + LINK), "Salt"),
        (rss("<title>Salt</title><itunes:title>Part 1</itunes:title>" + LINK), "Salt"),
        (rss("<dc:title>Salt</dc:title>" + LINK), "Salt"),
        (rss("<description>No title at all</description>" + LINK), ""),
        ("<RSS VERSION='2.0'><CHANNEL><ITEM><TITLE>Salt</TITLE></ITEM></CHANNEL></RSS>", "Salt"),
        ("<rss version='2.0' xmlns='http://backend.userland.com/rss2'><channel><item><title>Salt</title></item></channel></rss>", "Salt"),
        ("<rss version='2.0'><channel/><item><title>Salt</title></item></rss>", "Salt"),
        ("<channel><item><title>Salt</title></item></channel>", "Salt"),
        (rdf("<title>Salt</title>", kind="http://my.netscape.com/rdf/simple/0.9/"), "Salt"),
        ("<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>Salt</a:title></a:entry></a:feed>", "Salt"),
        ("Warning: mysql_connect() in /feed.php\n" + rss("<title>Salt</title>"), "Salt"),
        ("<br />\n<b>Notice</b>: x<br />\n" + rss("<title>Salt</title>"), "Salt"),
        (rss("<title>Salt</title>") + "\n<!-- 3 ms -->\n</html>", "Salt"),
        (rss("<title>Salt</title><description><p>never closed</description>"), "Salt"),
        ("<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'http://my.netscape.com/rss-0.91.dtd'>"
         "<rss version='0.91'><channel><item><title>Caf&eacute;</title></item></channel></rss>", "Café"),
    ],
)  # fmt: skip
def test_titles_are_plain_text(body, title):
    assert first(body).title == title


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (atom("<link href='a/1'/>", attributes="xml:base='https://cdn.test/x/'"), "https://cdn.test/x/a/1"),
        (atom("<link href='1' xml:base='y/'/>", attributes="xml:base='https://cdn.test/x/'"), "https://cdn.test/x/y/1"),
        (atom("<link href='1'/>", attributes="xml:base='../other/'"), "https://desk.test/other/1"),
        (rss("<link>1</link>").replace("<channel>", "<channel xml:base='https://cdn.test/x/'>"), "https://cdn.test/x/1"),
        (atom("<link rel='self' href='https://desk.test/a.atom'/>" + HREF), "https://desk.test/a"),
        (atom("<link rel='related' href='https://other.test/x'/>" + HREF), "https://desk.test/a"),
        (atom("<link rel='enclosure' type='audio/mpeg' href='https://desk.test/a.mp3'/>" + HREF), "https://desk.test/a"),
        (atom("<link type='application/json' href='https://desk.test/a.json'/><link type='text/html' href='https://desk.test/a'/>"),
         "https://desk.test/a"),
        (atom("<link rel='http://www.iana.org/assignments/relation/alternate' href='https://desk.test/a'/>"), "https://desk.test/a"),
        (atom("<content type='text/html' src='https://desk.test/a'/><id>tag:desk.test,2026:1</id>"), "https://desk.test/a"),
        (atom("<link rel='edit' href='https://desk.test/edit/1'/><id>tag:desk.test,2026:1</id>"), None),
        (atom("<link rel='replies' href='https://desk.test/a/c'/><id>https://desk.test/a</id>"), "https://desk.test/a"),
        (atom(LINK), "https://desk.test/a"),
        (rss("<link>https://desk.test/a?x=1&y=2</link>"), "https://desk.test/a?x=1&y=2"),
        (rss("<link><![CDATA[https://desk.test/a?x=1&y=2]]></link>"), "https://desk.test/a?x=1&y=2"),
        (rss("<link>\n  https://desk.test/\n  a\n</link>"), "https://desk.test/a"),
        (rss(HREF), "https://desk.test/a"),
        (rss("<atom:link rel='self' href='https://desk.test/a.atom'/>" + LINK), "https://desk.test/a"),
        (rss("<guid>https://desk.test/a</guid>"), "https://desk.test/a"),
        (rss("<guid isPermaLink='FALSE'>https://desk.test/?p=1</guid>" + LINK), "https://desk.test/a"),
        (rss("<guid isPermaLink='true'>https://desk.test/b</guid>" + LINK), "https://desk.test/a"),
        (rss("<guid isPermaLink='false'>desk-1</guid>"), None),
        (atom("<id>HTTPS://desk.test/a</id>"), "https://desk.test/a"),
        (rss("<guid>HTTPS://desk.test/a</guid>"), "https://desk.test/a"),
        (rss("<link>https://count.test/x</link><feedburner:origLink>https://desk.test/a</feedburner:origLink>"), "https://desk.test/a"),
        (rdf("<title>Salt</title>", about=" rdf:about='https://desk.test/a'"), "https://desk.test/a"),
    ],
)  # fmt: skip
def test_links_are_those_of_the_article(body, url):
    assert first(body).url == url


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (atom03(HREF + "<content type='text/html' mode='escaped'>&lt;p&gt;Quay&lt;/p&gt;</content>"), "<p>Quay</p>"),
        (atom03(HREF + f"<content type='text/html' mode='base64'>{packed('<p>Quay</p>')}</content>"), "<p>Quay</p>"),
        (atom03(HREF + "<content type='application/xhtml+xml' mode='xml'><p xmlns='http://www.w3.org/1999/xhtml'>Quay</p></content>"),
         "<p>Quay</p>"),
        (atom(HREF + "<content type='xhtml'><x:div xmlns:x='http://www.w3.org/1999/xhtml'><x:p>Quay</x:p></x:div></content>"),
         "<p>Quay</p>"),
        (atom(HREF + "<summary>short</summary><content type='html'>&lt;p&gt;Quay&lt;/p&gt;</content>"), "<p>Quay</p>"),
        (rss(LINK + "<description>short</description><content:encoded><![CDATA[<p>Quay</p>]]></content:encoded>"), "<p>Quay</p>"),
        (rss(LINK + "<content:encoded><![CDATA[<p>Quay</p>]]></content:encoded>").replace(NAMESPACES, ""), "<p>Quay</p>"),
        (rss(LINK + "<body xmlns='http://www.w3.org/1999/xhtml'><p>Quay</p></body>"), "<p>Quay</p>"),
    ],
)  # fmt: skip
def test_content_is_what_was_packed_in(body, words):
    assert first(body).hints.content_html == words


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (atom(HREF, feed="<author><name>Ada Quill</name></author>"), ("Ada Quill",)),
        (atom(HREF + "<author><name>Bo Reed</name></author>", feed="<author><name>Ada Quill</name></author>"), ("Bo Reed",)),
        (atom(HREF + "<source><author><name>Agency</name></author></source>", feed="<author><name>Ada</name></author>"), ("Agency",)),
        (rss(LINK + "<dc:creator>Ada Quill</dc:creator><dc:creator>Bo Reed</dc:creator>"), ("Ada Quill", "Bo Reed")),
        (rss(LINK + "<author>ada@desk.test (Ada Quill)</author>"), ("Ada Quill",)),
        (rss(LINK + "<author>Ada Quill &lt;ada@desk.test&gt;</author>"), ("Ada Quill",)),
        (rss(LINK + "<author>ada@desk.test</author>"), ()),
        (rss(LINK + "<media:credit>The Lens</media:credit>"), ()),
        (rss(LINK).replace("<title>T</title>", "<managingEditor>desk@desk.test (The Desk)</managingEditor>"), ()),
    ],
)  # fmt: skip
def test_authors_are_names_and_the_feeds_where_an_entry_has_none(body, names):
    assert first(body).hints.authors == names


TEN = datetime(2026, 3, 1, 10, tzinfo=UTC)
EIGHT = datetime(2026, 3, 1, 8, tzinfo=UTC)
DAY = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        *((text, TEN) for text in (
            "Sun, 01 Mar 2026 10:00:00 GMT", "1 Mar 2026 10:00 UT", "Sunday, 01 March 2026 10:00:00 Z", "Sun, 01 Mar 26 10:00:00 GMT",
            "Sun, 01 Mar 2026 05:00:00 EST", "Sun, 01 Mar 2026 11:00:00 CET", "Sun, 01 Mar 2026 13:00:00 MSK",
            "Sun, 01 Mar 2026 19:00:00 JST", "Sun, 01 Mar 2026 15:30:00 IST", "Sun, 01 Mar 2026 10:00:00", "Sun,01 Mar 2026 10:00:00 GMT",
            "Sun, 01 Mar 2026, 10:00:00 GMT", "Sun, 01-Mar-2026 10:00:00 GMT", "Sun Mar  1 10:00:00 2026", "Sun Mar  1 10:00:00 GMT 2026",
            "Sun, 01 Mar 2026 06:00:00 EDT -0400", "Sun, 01 Mar 2026 10:00 AM", "Sun, 01 Mar 2026 10:00:00 -0000",
            "2026-03-01T10:00:00Z", "2026-03-01 10:00:00", "2026-03-01 10:00:00 UTC", "2026-03-01T10:00Z", "20260301T100000Z",
            "2026/03/01 10:00:00", "01.03.2026 10:00", "Mar 1, 2026 10:00 AM", "1772359200", "1772359200000",
            "So, 01 Mrz 2026 11:00:00 +0100", "dim., 01 mars 2026 11:00:00 +0100", "1. März 2026, 10:00 Uhr",
            "Sun, 01 Mar 2026 10:00:00 XYZ", "2026년 3월 1일 10:00",
        )),
        *((text, EIGHT) for text in (
            "Sun, 1 Mar 2026 10:00:00 +0200", "Sun, 01 Mar 2026 10:00:00 +02:00", "Sun, 01 Mar 2026 10:00:00 GMT+2",
            "Sun, 01 Mar 2026 10:00:00 GMT+02:00", "2026-03-01T10:00:00+0200", "2026-03-01T10:00:00 +02:00", "2026-03-01 10:00:00 +0200",
            "2026-03-01T10:00:00+02",
        )),
        *((text, DAY) for text in (
            "2026-03-01", "20260301", "March 1, 2026", "2026年3月1日", "1 de marzo de 2026",
            "Sat, 28 Feb 2026 24:00:00 GMT",
        )),
        ("Sun, 01 Mar 2026 10:24:00 Z", TEN.replace(minute=24)),
        ("Sun, 01 Mar 2026 10:00 PM", TEN.replace(hour=22)),
        ("Sun, 01 Mar 2026 10:00:60 GMT", TEN.replace(second=59)),
        ("2026-03-01T10:00:00.123456789Z", TEN.replace(microsecond=123456)),
        *((text, None) for text in (
            "", "now", "10:00", "2026", "2026-03", "03/04/2026 10:00", "Thu, 01 Jan 1970 00:00:00 GMT", "0000-00-00 00:00:00",
            "0001-01-01T00:00:00Z", "Mon, 30 Nov -0001 00:00:00 +0000", "Sun, 31 Feb 2026 10:00:00 GMT", "2026-03-01T25:00:00Z",
            "Sun, 01 Mar 2026 10:00:00 +9900", "9" * 30, "1 " * 60,
        )),
    ],
)  # fmt: skip
def test_dates_as_publishers_write_them(text, when):
    assert moment(text) == when
    assert first(rss(f"{LINK}<pubDate>{text}</pubDate>")).hints.published == when


@given(
    st.integers(631_500_000, 2_840_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from(
        (
            "%a, %d %b %Y %H:%M:%S GMT", "%a, %d %b %Y %H:%M:%S +0000", "%d %b %Y %H:%M:%S UTC", "%a, %d %b %Y %H:%M:%S",
            "%a, %d %b %y %H:%M:%S Z", "%A, %d-%b-%Y %H:%M:%S UT", "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M:%S",
        )
    ),
)  # fmt: skip
def test_any_moment_is_found_as_it_was_written(when, form):
    assume("%y" not in form or when.year < 2050)
    assert moment(when.strftime(form)) == when


@given(
    st.text(max_size=60)
    | st.from_regex(r"\A[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{5,8} [A-Z+0-9-]{1,5}\Z")
)
def test_any_text_is_a_date_in_utc_or_none(text):
    found = moment(text)
    assert found is None or (found.tzinfo is UTC and found.year >= 1990)


@pytest.mark.parametrize(
    ("body", "field", "when"),
    [
        (
            atom03(HREF + "<issued>2026-03-01T10:00:00Z</issued><modified>2026-03-02T10:00:00Z</modified>"),
            "published",
            TEN,
        ),
        (atom03(HREF + "<created>2026-03-01T10:00:00Z</created>"), "published", TEN),
        (
            atom(HREF + "<updated>2026-03-02T10:00:00Z</updated><published>2026-03-01T10:00:00Z</published>"),
            "published",
            TEN,
        ),
        (rss(LINK + "<dcterms:issued>2026-03-01T10:00:00Z</dcterms:issued>"), "published", TEN),
        (
            rdf("<dc:date>2026-03-01T10:00+02:00</dc:date>", about=" rdf:about='https://desk.test/a'"),
            "published",
            EIGHT,
        ),
    ],
)
def test_the_date_is_that_of_publication(body, field, when):
    assert getattr(first(body).hints, field) == when


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"id": 7.5, "url": "/a"}, {"guid": "7.5", "url": "https://desk.test/a"}),
        ({"id": 7}, {"guid": "7", "url": None}),
        ({"id": "https://desk.test/a"}, {"url": "https://desk.test/a"}),
        ({"id": "1", "external_url": "https://other.test/a"}, {"url": "https://other.test/a"}),
        ({"id": "1", "url": {"href": "/a"}}, {"url": None}),
        ({"id": "1", "authors": {"name": "Ada"}}, {"authors": ("Ada",)}),
        ({"id": "1", "authors": None, "author": {"name": "Ada"}}, {"authors": ("Ada",)}),
        ({"id": "1", "authors": []}, {"authors": ("The Desk",)}),
        ({"id": "1", "title": "Salt\n and\t ash", "content_text": "a < b\nc"},
         {"title": "Salt and ash", "content_html": "<p>a &lt; b</p><p>c</p>"}),
        ({"id": "1", "date_published": "Sun, 01 Mar 2026 10:00:00 GMT"}, {"published": TEN}),
        ({"id": "1", "date_published": 1772359200}, {"published": TEN}),
        ({"id": "1", "date_published": "soon", "date_modified": "2026-03-01T10:00:00Z"}, {"published": TEN}),
    ],
)  # fmt: skip
def test_json_feeds_as_they_are_written(item, expected):
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "T",
        "authors": [{"name": "The Desk"}],
        "items": [None, 3, item],
    }
    entry = first(json.dumps(feed))
    for name, value in expected.items():
        assert getattr(entry if name in ("guid", "url", "title") else entry.hints, name) == value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_json_feeds_in_any_encoding(encoding):
    text = '{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "title": "Zürich\tWest"}]}'
    assert first(text.encode(encoding)).title == "Zürich West"
