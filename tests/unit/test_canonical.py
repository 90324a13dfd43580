"""Canonical addresses: one article one entry, two articles never one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.canonical import BadUrl, canonical_url, host_of, twins

ONE = "https://example.org/a/story"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a/story",
        "HTTPS://Example.ORG/a/story",
        "https://example.org:443/a/story",
        "https://example.org./a/story",
        "https://example.org/a/story#comments",
        "https://example.org/a/./b/../story",
        "https://example.org/%61/story",
        "https://example-org.cdn.ampproject.org/c/s/example.org/a/story",
        "https://www.google.com/amp/s/example.org/a/story",
        "https://www.google.com/url?rct=j&sa=t&url=https://example.org/a/story&ct=ga&cd=x&usg=y",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa%2Fstory%3Ffbclid%3Dx&h=y",
        "https://example.org/a/story?utm_source=rss&utm_medium=feed",
        "https://example.org/a/story?fbclid=IwAR0&gclid=x",
        "https://example.org/a/story?ref=rss",
        "https://example.org/a/story;jsessionid=ABC123",
        "https://example.org/a/story?sid=8f14e45fceea167a5a36dedd4bea2543",
        "  https://example.org/a/story\n",
        "https://example.org/a/sto\nry",
    ],
)
def test_one_article_has_one_address(url):
    assert canonical_url(url) == ONE


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://example.org/%4%43", "https://example.org/%254C"),
        ("https://example.org/100%/a", "https://example.org/100%25/a"),
        ("https://" + "x.cdn.ampproject.org/c/s/" * 4 + "example.org/a", "https://example.org/a"),
        ("https://x.cdn.ampproject.org/b/../%63/s/example.org/a", "https://example.org/a"),
    ],
)
def test_the_canonical_form_of_a_canonical_form_is_itself(url, found):
    assert canonical_url(url) == found
    assert canonical_url(found) == found


def test_an_address_wrapped_in_too_many_is_refused():
    with pytest.raises(BadUrl, match="wrapped in too many"):
        canonical_url("https://" + "x.cdn.ampproject.org/c/s/" * 20 + "example.org/a")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/story?id=1", "https://example.org/story?id=2"),
        ("https://example.org/news?sid=1", "https://example.org/news?sid=2"),
        ("https://example.org/Story", "https://example.org/story"),
        ("https://example.org/story", "https://example.org/story/"),
        ("http://example.org/story", "https://example.org/story"),
        ("https://a.example.org/story", "https://b.example.org/story"),
        ("https://example.org:8443/story", "https://example.org/story"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/s?a=1&b=2", "https://example.org/s?b=2&a=1"),
        ("https://example.org/?p=10", "https://example.org/?p=11"),
        ("https://straße.example/a", "https://strasse.example/a"),
        ("https://example.org/#!/story/1", "https://example.org/#!/story/2"),
        ("https://example.org/app#/story/1", "https://example.org/app#/story/2"),
        ("https://www.google.com/search?q=https://example.org/a", "https://example.org/a"),
        ("https://example.org/s?q=a%26b", "https://example.org/s?q=a&b"),
    ],
)
def test_two_articles_stay_two(one, other):
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    ("url", "base", "found"),
    [
        ("/a/story", "https://example.org/feed.xml", ONE),
        ("//example.org/a/story", "https://other.example/feed", ONE),
        ("story", "https://example.org/a/feed.xml", ONE),
        ("https://zürich.example/ü", None, "https://xn--zrich-kva.example/%C3%BC"),
        ("https://example.org/a b", None, "https://example.org/a%20b"),
        ("http://[::1]:8080/x", None, "http://[::1]:8080/x"),
        ("http://example.org", None, "http://example.org/"),
    ],
)
def test_addresses_are_made_whole(url, base, found):
    assert canonical_url(url, base) == found


@pytest.mark.parametrize(
    "url",
    [
        "",
        "  ",
        "mailto:a@example.org",
        "javascript:alert(1)",
        "ftp://example.org/a",
        "https://",
        "http:///x",
        "file:///etc/passwd",
        "http://exa mple.org/",
        "http://example.org:99999/",
        "http://[bad/",
        "/relative",
        "https://example.org/" + "a" * 5000,
    ],
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(BadUrl):
        canonical_url(url)


@given(st.text(max_size=80) | st.from_regex(r"https?://[a-z.]{1,12}(:\d{1,5})?/[!-~]{0,40}", fullmatch=True))
def test_it_is_idempotent_and_raises_nothing_else(url):
    try:
        found = canonical_url(url)
    except BadUrl:
        return
    assert canonical_url(found) == found


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.org:443/", "example.org"),
        ("http://example.org:8080/a", "example.org:8080"),
        ("http://[::1]/", "[::1]"),
    ],
)
def test_hosts_carry_a_port_that_is_not_the_default(url, host):
    assert host_of(url) == host


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a/story",
        "https://www.example.org/a/story",
        "https://m.example.org/a/story/",
        "https://amp.example.org/a/story",
        "https://example.org/a/story/amp/",
        "https://example.org/a/story.amp",
        "https://example.org/amp/a/story",
        "https://example.org/a/story?amp=1",
        "https://example.org/a/story/print",
        "https://example.org/print/a/story",
        "https://example.org/a/story?print=1",
        "https://example.org/a/story?view=print",
    ],
)
def test_readers_variants_are_twins(url):
    assert twins(canonical_url(url), ONE)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a/story-2",
        "https://sport.example.org/a/story",
        "https://example.com/a/story",
        "https://example.org/a/story?id=1",
        "https://example.org/a",
        "https://example.org/a/Story",
        "https://m.org/a/story",
        "https://example.org/a/story/amplifiers",
        "https://example.org/a/story/printers",
        "https://example.org/a/story?print=2",
        "https://example.org:8443/a/story",
    ],
)
def test_other_addresses_are_no_twins(url):
    assert not twins(canonical_url(url), ONE)
