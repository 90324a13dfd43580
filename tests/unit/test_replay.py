"""What differs in a replay, and the reason that is given for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.replay import Kind, Maker, differences, digest, digest_of_all

THEN = Maker("0.1.0+gaaa", "c1", "j1", "t1", "blocks-1", "mini@1", "lxml 5", "tagger-1")
ROW = {
    "title": "A",
    "text": "B",
    "vector": "mini",
    "copy": "original",
    "topics": "",
    "mentions": "",
    "method": "blocks",
}


@pytest.mark.parametrize(
    ("field", "now", "kind", "said"),
    [
        ("text", {"cleaning": "c2", "code": "0.2.0"}, Kind.CODE, "cleaning code c1 (0.1.0+gaaa), now c2 (0.2.0)"),
        ("text", {"block_filter": "blocks-2"}, Kind.MODEL, "filter of blocks blocks-1, now blocks-2"),
        ("title", {"libraries": "lxml 6"}, Kind.LIBRARY, "libraries lxml 5, now lxml 6"),
        ("text", {"judging": "j2", "tagger": "tagger-2"}, Kind.UNEXPLAINED, "those that made it"),
        ("copy", {"judging": "j2"}, Kind.CODE, "judging code j1"),
        ("copy", {"cleaning": "c2"}, Kind.UNEXPLAINED, "those that made it"),
        ("vector", {"model": "mini@2"}, Kind.MODEL, "embedding model mini@1, now mini@2"),
        ("topics", {"tagger": "tagger-2"}, Kind.MODEL, "tagger tagger-1, now tagger-2"),
        ("topics", {"tagging": "t2"}, Kind.CODE, "tagging code t1"),
        ("mentions", {"tagger": "tagger-2"}, Kind.UNEXPLAINED, "those that made it"),
        ("method", {}, Kind.UNEXPLAINED, "those that made it"),
    ],
)
def test_each_difference_has_its_reason(field, now, kind, said):
    (found,) = differences(
        ROW, {**ROW, field: "other"}, made_by=THEN, rebuilt_by=replace(THEN, **now), watchlists_changed=False
    )
    assert (found.field, found.stored, found.rebuilt, found.kind) == (field, ROW[field], "other", kind)
    assert said in found.reason


def test_what_follows_from_another_text_says_so_and_the_text_itself_does_not():
    now = replace(THEN, cleaning="c2")
    rebuilt = {**ROW, "text": "C", "topics": "x", "mentions": "y"}
    found = differences(ROW, rebuilt, made_by=THEN, rebuilt_by=now, watchlists_changed=True)
    assert {one.field: one.kind for one in found} == {
        "text": Kind.CODE,
        "topics": Kind.FOLLOWS,
        "mentions": Kind.FOLLOWS,
    }


def test_watchlists_that_changed_are_the_reason_for_other_mentions_only():
    rebuilt = {**ROW, "mentions": "y", "topics": "x"}
    found = differences(ROW, rebuilt, made_by=THEN, rebuilt_by=THEN, watchlists_changed=True)
    assert {one.field: one.kind for one in found} == {"mentions": Kind.WATCHLISTS, "topics": Kind.UNEXPLAINED}


def test_what_was_made_before_versions_were_kept_is_not_explained_away():
    (found,) = differences(ROW, {**ROW, "text": "C"}, made_by=None, rebuilt_by=THEN, watchlists_changed=False)
    assert found.kind is Kind.UNKNOWN


def test_fields_that_one_side_lacks_are_not_compared():
    assert differences(ROW, {"title": "A"}, made_by=THEN, rebuilt_by=THEN, watchlists_changed=False) == []


ROWS = st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=5), max_size=5)


@given(ROWS, ROWS)
def test_digests_are_equal_exactly_where_rows_are(one, other):
    assert (digest(one) == digest(other)) == (one == other)
    assert digest(dict(reversed(one.items()))) == digest(one)
    assert digest_of_all([digest(one), digest(other)]) == digest_of_all(iter([digest(one), digest(other)]))
