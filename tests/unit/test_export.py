"""Articles as files: what a spreadsheet would run is disarmed, and RSS is read back as it was."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from wirewatch.core import export

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
CHANNEL = export.Channel(
    "Politics & <law>", "https://desk.example/articles?a=1&b=2", 'https://desk.example/f.rss?x="1"', AT
)


def row(**changed) -> dict:
    known = dict.fromkeys(export.COLUMNS)
    known.update(id=7, title="A title", source="The Paper", url="https://a.example/1?x=1&y=2", kind="original")
    return {**known, "first_seen_at": AT, "topics": ["politics", "a & b"], **changed}


@pytest.mark.parametrize(
    "title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", '=HYPERLINK("http://x";"y")']
)
def test_a_formula_is_text_in_a_spreadsheet_and_as_it_is_for_a_program(title):
    for guarded, wanted in ((True, "'" + title), (False, title)):
        line = export.csv_record(row(title=title), guarded=guarded)
        (cells,) = csv.reader(io.StringIO(line, newline=""))
        assert cells[export.COLUMNS.index("title")] == wanted


def test_numbers_and_plain_text_have_no_apostrophe():
    (cells,) = csv.reader(io.StringIO(export.csv_record(row(score=-0.5, title="Plain = text"))))
    assert cells[export.COLUMNS.index("score")] == "-0.5"
    assert cells[export.COLUMNS.index("title")] == "Plain = text"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.lists(st.text(max_size=5), max_size=3))
def test_any_text_comes_back_from_csv_and_json(title, topics):
    given_row = row(title=title, topics=topics)
    (cells,) = csv.reader(io.StringIO(export.csv_record(given_row, guarded=False), newline=""))
    assert cells[export.COLUMNS.index("title")] == title
    line, rest = export.json_record(given_row).split("\n")
    assert (json.loads(line)["topics"], rest) == (topics, "")


def read(rows: list[dict]) -> feedparser.FeedParserDict:
    return feedparser.parse("".join(export.rss(rows, CHANNEL)).encode())


def test_rss_is_read_back_with_all_that_was_put_in():
    feed = read(
        [row(), row(id=8, kind="copy of an article", copied_title="<b>", topics=None, published_at=AT.replace(hour=1))]
    )
    assert not feed.bozo
    assert (feed.version, feed.feed.title, feed.feed.link) == ("rss20", "Politics & <law>", CHANNEL.link)
    assert [entry.id for entry in feed.entries] == ["wirewatch:7", "wirewatch:8"]
    assert not any(entry.guidislink for entry in feed.entries)
    assert feed.entries[0].link == "https://a.example/1?x=1&y=2"
    assert [tag.term for tag in feed.entries[0].tags] == ["politics", "a & b"]
    assert feed.entries[0].published_parsed[:5] == (2026, 3, 1, 12, 30)
    assert feed.entries[1].published_parsed[3] == 1
    assert "&lt;b&gt;" in feed.entries[1].summary


def test_an_item_s_guid_stays_when_its_article_changes():
    before, after = (
        read([row(title=title, url=url)]).entries[0].id for title, url in (("a", "https://a/1"), ("b", "https://a/2"))
    )
    assert before == after


@given(st.text(max_size=40), st.text(max_size=40))
def test_rss_is_well_formed_whatever_a_title_holds(title, source):
    root = etree.fromstring("".join(export.rss([row(title=title, source=source)], CHANNEL)).encode("utf-8", "replace"))
    assert [node.tag for node in root[0]][:3] == ["title", "link", "description"]
    assert len(root[0].findall("item")) == 1
