"""OPML: what is written is read again, and what is broken says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.opml import OpmlError, Outline, parse_opml, print_opml
from wirewatch.settings import ROOT

TEXT = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=("Cs", "Cc", "Cn")),
    min_size=1,
    max_size=20,
)

# White space around an address is no part of it.
ADDRESS = TEXT.map(lambda path: f"https://example.org/{path}".strip())


@given(
    st.lists(
        st.builds(Outline, title=TEXT, url=ADDRESS, category=st.none() | TEXT),
        max_size=6,
    )
)
def test_what_is_written_is_read_again(outlines):
    unique = list({outline.url: outline for outline in outlines}.values())
    found = parse_opml(print_opml(unique).encode()).feeds
    assert sorted(found, key=lambda o: o.url) == sorted(unique, key=lambda o: o.url)


@pytest.mark.parametrize("content", [b"", b"not xml", b"<html/>", b"<opml>", b"\x00" * 10])
def test_what_is_broken_says_so(content):
    with pytest.raises(OpmlError):
        parse_opml(content)


def test_folders_are_categories_and_outlines_without_address_are_passed_over():
    text = b"""<opml version="1.0"><body><outline text="World"><outline text="A" xmlUrl="https://a.example/f"/>
    <outline text="empty"/></outline><outline title="B" xmlUrl="https://b.example/f" htmlUrl="" category=""/></body></opml>"""
    assert parse_opml(text).feeds == [
        Outline(title="A", url="https://a.example/f", category="World"),
        Outline(title="B", url="https://b.example/f", category=None, site=None),
    ]


def test_the_feeds_that_come_with_it_are_read():
    found = parse_opml((ROOT / "seeds" / "feeds.opml").read_bytes()).feeds
    assert len(found) >= 15
    assert all(outline.url.startswith("https://") and outline.category for outline in found)


def test_a_bad_address_is_told_and_the_others_are_there():
    text = b"""<opml version="2.0"><body><outline text="Good" xmlUrl="https://a.example/f"/>
    <outline text="Mail" xmlUrl="mailto:desk@a.example"/><outline text="File" xmlUrl="file:///etc/passwd"/>
    <outline text="Port" xmlUrl="https://a.example:99999/f"/><outline text="Last" xmlUrl="https://b.example/f"/></body></opml>"""
    found = parse_opml(text)
    assert [outline.title for outline in found.feeds] == ["Good", "Last"]
    assert [line.title for line in found.unusable] == ["Mail", "File", "Port"]
    assert all(line.reason for line in found.unusable)
