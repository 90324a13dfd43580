"""Titles, authors and dates: what a page declares and shows, as tables. The sites are made up."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from wirewatch.core.clean import byline, dates, title
from wirewatch.core.clean.page import read_page
from wirewatch.core.clean.structured import read_facts
from wirewatch.core.model import FeedHints

URL = "https://www.harbourpost.example/news/2025/pier"
NOBODY = FeedHints()


def facts_of(head="", body="<p>Text.</p>", ld=None):
    script = f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld else ""
    page = read_page(f"<html><head>{head}{script}</head><body>{body}</body></html>")
    return page, read_facts(page)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ('<meta property="og:title" content="Pier is rebuilt - Harbour Post">', "", "Pier is rebuilt"),
        ("<title>Pier is rebuilt | HarbourPost</title>", "", "Pier is rebuilt"),
        ("<title>Harbour Post: Pier is rebuilt</title>", "<h1>Pier is rebuilt</h1>", "Pier is rebuilt"),
        ("<title>Pier is rebuilt » The Gull</title>", "<h1>Pier is rebuilt</h1>", "Pier is rebuilt"),
        ("<title>桟橋を再建：港新聞</title>", "<h1>桟橋を再建</h1>", "桟橋を再建"),
        ("<title>Pier - before and after</title>", "<h1>Pier - before and after</h1>", "Pier - before and after"),
        ('<meta property="og:title" content="Tom &amp;amp; Ada&amp;#8217;s pier">', "", "Tom & Ada’s pier"),
        ('<meta property="og:title" content="Der Hafen\xadmeister\xa0geht">', "", "Der Hafenmeister geht"),
        ('<meta property="og:title" content="Harbour Post">', "<h1>Pier is rebuilt</h1>", "Pier is rebuilt"),
    ],
)
def test_titles(head, body, expected):
    assert title.find(facts_of(head, body)[1], NOBODY, URL) == expected


def test_the_declared_and_the_shown_title_are_both_kept():
    head = '<meta property="og:title" content="Old pier rises again">'
    _, facts = facts_of(head, "<h1>Council votes to rebuild the old pier</h1>")
    assert title.find(facts, NOBODY, URL) == "Old pier rises again"
    assert facts.h1 == "Council votes to rebuild the old pier"


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ([{"@type": "Person", "name": "Ada Quill"}, {"name": "Ben Dory"}], ("Ada Quill", "Ben Dory")),
        ({"@type": "Person", "name": ["Ada Quill", "Ben Dory"]}, ("Ada Quill", "Ben Dory")),
        ("By Ada Quill and Ben Dory", ("Ada Quill", "Ben Dory")),
        ("Ada Quill, Ben Dory & Cy Marlin", ("Ada Quill", "Ben Dory", "Cy Marlin")),
        ("Von Ada Quill und Ben Dory", ("Ada Quill", "Ben Dory")),
        ([{"name": "Ada Quill"}, {"@type": "Organization", "name": "AP"}], ("Ada Quill", "AP")),
        ([{"name": "Ada Quill"}, {"@type": "Organization", "name": "Harbour Post"}], ("Ada Quill",)),
        ({"@type": "Organization", "name": "Harbour Post"}, ("Harbour Post",)),
        ("https://www.facebook.com/adaquill", ()),
        ({"name": {"name": {"name": []}}}, ()),
        ([[[[[[["Ada Quill"]]]]]]], ()),
    ],
)
def test_authors_that_are_declared(author, expected):
    head = '<meta property="og:site_name" content="Harbour Post">'
    page, facts = facts_of(head, ld={"@type": "NewsArticle", "headline": "Pier", "author": author})
    assert byline.find(page, facts, NOBODY, URL) == expected


def test_an_author_that_is_declared_elsewhere_in_the_graph():
    graph = [
        {"@type": "NewsArticle", "headline": "Pier", "author": {"@id": "#ada"}},
        {"@type": "Person", "@id": "#ada", "name": "Ada Quill"},
    ]
    page, facts = facts_of(ld={"@graph": graph})
    assert byline.find(page, facts, NOBODY, URL) == ("Ada Quill",)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<h1>Pier</h1><p class="byline">By Ada Quill, Staff Writer</p>', ("Ada Quill",)),
        ('<h1>Pier</h1><span class="article-author__name">Ada Quill | Ben Dory</span>', ("Ada Quill", "Ben Dory")),
        ('<h1>Pier</h1><div class="PostByline">By <a href="/staff/ada">Ada Quill</a> on Monday</div>', ("Ada Quill",)),
        ('<h1>Pier</h1><a href="/x" rel="author">Ada Quill</a>', ("Ada Quill",)),
        ('<a class="author" href="/author/z">Zoe Old</a><h1>Pier</h1><p class="author">Ada Quill</p>', ("Ada Quill",)),
        (
            '<h1>Pier</h1><figure><a href="/staff/p">Pip Lens</a></figure><a href="/staff/a">Ada Quill</a>',
            ("Ada Quill",),
        ),
        ('<h1>Pier</h1><aside class="related"><span class="author">Zoe Old</span></aside>', ()),
        ('<h1>Pier</h1><p class="byline">Harbour Post newsroom</p>', ()),
    ],
)
def test_authors_that_are_shown(body, expected):
    page, facts = facts_of(body=body)
    assert byline.find(page, facts, NOBODY, URL) == expected


def at(hour, minute=0, day=4):
    return datetime(2025, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ('<meta property="article:published_time" content="2025-03-04T08:15:00+01:00">', "", at(7, 15)),
        ('<meta name="date" content="1741072500000">', "", at(7, 15)),
        ('<meta name="date" content="1741072500">', "", at(7, 15)),
        ("", "<h1>Pier</h1><time>March 4, 2025 8:15 AM EST</time>", at(13, 15)),
        (
            '<meta name="date" content="2025-03-04 08:15"><meta property="article:modified_time" content="2025-03-04T09:00+02:00">',
            "",
            at(6, 15),
        ),
        (
            "",
            '<time datetime="2025-03-01T01:00Z"></time><h1>Pier</h1><time datetime="2025-03-04T09:00Z"></time>',
            at(9),
        ),
        ("", '<h1>Pier</h1><span class="posted-on">Published: 4 March 2025 09:30 UTC</span>', at(9, 30)),
        ('<meta name="date" content="2035-03-04T08:15Z">', "", None),
        ('<meta name="date" content="0001-01-01T00:00:00Z">', "", None),
        ('<meta name="date" content="2025-03-04T08:15:00+99:00">', "", None),
    ],
)
def test_dates(head, body, expected):
    page, facts = facts_of(head, body or "<p>Text.</p>")
    assert dates.find(page, facts, NOBODY, "https://www.harbourpost.example/pier", at(12, day=5)) == expected


def test_a_day_in_the_address_chooses_among_the_times_shown():
    body = '<h1>P</h1><time datetime="2025-03-05T01:00Z"></time><time datetime="2025-02-11T10:00Z"></time>'
    page, facts = facts_of(body=body)
    found = dates.find(page, facts, NOBODY, "https://harbourpost.example/2025/02/11/pier", at(12, day=5))
    assert found == datetime(2025, 2, 11, 10, tzinfo=UTC)
