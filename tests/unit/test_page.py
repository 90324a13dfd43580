"""What the page is made of, without a server: marking, ranking, charts, times and addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.marking import Piece, Span, delimited, paragraphs, pieces, shared_spans
from wirewatch.core.ranking import fuse
from wirewatch.web import charts
from wirewatch.web.pages.stories import tree
from wirewatch.web.rendering import ago, moment, short_url, span, web_address

TEXTS = st.text(alphabet="ab é\n中.“", max_size=60)
SPANS = st.lists(st.builds(Span, st.integers(-5, 70), st.integers(-5, 70), st.just("x")), max_size=8)


@given(TEXTS, SPANS)
def test_marking_loses_no_character(text, spans):
    shown = ["".join(piece.text for piece in line) for line in paragraphs(text, spans)]
    assert shown == [line for line in text.split("\n") if line.strip()]
    assert "".join(piece.text for piece in pieces(text, spans)) == text


def test_a_span_over_two_lines_is_marked_in_each():
    assert paragraphs("one\ntwo", [Span(2, 5, "m")]) == [
        [Piece("on", None), Piece("e", "m")],
        [Piece("t", "m"), Piece("wo", None)],
    ]


def test_of_overlapping_spans_the_first_stands():
    assert pieces("abcdef", [Span(2, 5, "late"), Span(0, 3, "early")]) == [Piece("abc", "early"), Piece("def", None)]


@pytest.mark.parametrize(
    ("one", "other", "marked"),
    [
        ("He said: the river rose by two metres overnight.", "Yesterday THE RIVER ROSE by two metres, they say.",
         ["the river rose by two metres"]),
        ("Only four words shared here now", "four words shared here", []),
        ("“We don’t know what it is”, he said", 'so "we don\'t know what it is" again', ["“We don’t know what it is”,"]),
        ("习近平主席在北京会见了来访的客人", "昨天习近平主席在北京会见了", ["习近平主席在北京会见了来访的客人"]),
        ("", "anything at all", []),
    ],
)  # fmt: skip
def test_shared_wording_is_found_whatever_its_case_and_quotes(one, other, marked):
    assert [one[found.start : found.end] for found in shared_spans(one, other)] == marked


@given(TEXTS)
def test_a_text_shares_all_its_words_with_itself(text):
    spans = shared_spans(text, text)
    if spans:
        assert spans[0].start == len(text) - len(text.lstrip()) or text[: spans[0].start].strip(" .“\n") == ""


def test_what_is_delimited_is_marked_and_its_delimiters_are_gone():
    assert delimited("a <b> c<d>", "<", ">") == [Piece("a ", None), Piece("b", ""), Piece(" c", None), Piece("d", "")]


@pytest.mark.parametrize(
    ("rankings", "fused"),
    [
        ([["a", "b"], ["b", "c"]], ["b", "a", "c"]),
        ([["a", "b"], []], ["a", "b"]),
        ([[], ["x"]], ["x"]),
        ([["a"], ["b"]], ["a", "b"]),
    ],
)
def test_rankings_are_fused(rankings, fused):
    assert fuse(*rankings) == fused


def test_small_series_go_into_other_and_nothing_is_lost():
    counts = {f"topic {n}": {"mon": n, "tue": 1} for n in range(1, 11)}
    table = charts.tabulate(["mon", "tue"], counts)
    assert len(table.series) == charts.SERIES
    assert table.series[0] == ("topic 10", (10, 1))
    assert table.series[-1][0] == "other (4)"
    assert table.total == sum(range(1, 11)) + 10


def test_a_chart_has_no_style_and_no_script_and_escapes_its_names():
    table = charts.tabulate(["<mon>", "tue"], {"<script>x</script>": {"<mon>": 3}, "b": {"tue": 1}})
    drawn = charts.bars(table, 'A "title" <b>')
    assert not any(bad in drawn for bad in ("<script", "<style", "style=", "<mon>", "<b>"))
    assert "&lt;script&gt;x&lt;/script&gt;, 3" in drawn
    assert 'role="img"' in drawn
    assert "color-1" in drawn


def test_an_empty_chart_is_drawn_too():
    assert "<svg" in charts.bars(charts.tabulate(["a"], {}), "nothing")


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://example.org/a", True), ("http://example.org", True), ("javascript:alert(1)", False),
        ("//example.org", False), ("data:text/html,x", False), ("", False), (None, False), ("JAVASCRIPT:x", False),
        ("http://[broken", False),
    ],
)  # fmt: skip
def test_only_web_addresses_become_links(address, kept):
    assert web_address(address) == (address if kept else None)


def test_times_as_people_read_them():
    now = datetime.now(UTC)
    assert moment(now) == f"{now:%H:%M}"
    assert moment(datetime(2020, 1, 2, 3, 4, tzinfo=UTC)) == "2 Jan 2020, 03:04"
    assert moment(None) == "–"
    assert ago(now - timedelta(minutes=5, seconds=5)) == "5 min ago"
    assert ago(now + timedelta(hours=2, seconds=5)) == "in 2 h"
    assert ago(None) == "never"
    assert span(timedelta(days=3)) == "3 d"


def test_long_addresses_are_cut_in_the_middle():
    cut = short_url("https://example.org/" + "a" * 200 + "/end")
    assert len(cut) == 80
    assert cut.startswith("example.org/")
    assert cut.endswith("/end")


def test_the_syndication_tree_has_every_member_once():
    def row(key, of=None, seed=None):
        return {"id": key, "duplicate_of": of, "duplicate_of_seed": seed, "seed_title": "S", "seed_name": "s.txt"}

    members = [row(1), row(2, of=1), row(3, seed=9), row(4, of=77), row(5, of=1), row(6, seed=9)]
    roots = tree(members)
    assert [root["article"]["id"] if root["article"] else "seed" for root in roots] == [1, "seed", 4]
    assert [[copy["id"] for copy in root["copies"]] for root in roots] == [[2, 5], [3, 6], []]
