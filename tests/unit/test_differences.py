"""Differences of two versions: nothing is lost or made up, and what is marked is what changed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wirewatch.core import differences
from wirewatch.core.differences import Change

UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXTS = st.lists(st.text("ab ,.é中\t", max_size=12), max_size=6).map("\n".join)


def written(found, without: Change) -> str:
    return "\n".join(
        line for line in ("".join(part.text for part in p if part.change is not without) for p in found) if line.strip()
    )


def lines(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line.strip())


@UNTIMED
@given(TEXTS, TEXTS)
def test_both_texts_are_in_it_whole(before, after):
    found = differences.paragraphs(before, after)
    assert written(found, Change.ADDED) == lines(before)
    assert written(found, Change.REMOVED) == lines(after)


@UNTIMED
@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert all(part.change is Change.SAME for found in differences.paragraphs(text, text) for part in found)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Ten died.", "Twelve died.", "[-Ten-]{+Twelve+} died."),
        ("He said so.", "He said it was so.", "He said {+it was +}so."),
        ("a\nb gone here\nc", "a\nc", "a|[-b gone here-]|c"),
        ("The old mayor left", "The new governor left", "The [-old mayor-]{+new governor+} left"),
        ("one", "one\ntwo", "one|{+two+}"),
    ],
)
def test_what_is_marked_is_what_changed(before, after, shown):
    marks = {Change.SAME: "{}", Change.ADDED: "{{+{}+}}", Change.REMOVED: "[-{}-]"}
    found = differences.paragraphs(before, after)
    assert "|".join("".join(marks[part.change].format(part.text) for part in p) for p in found) == shown


def test_long_unchanged_stretches_are_left_out_and_counted():
    before = "\n".join(f"line {n}" for n in range(20))
    found = differences.condensed(differences.paragraphs(before, before.replace("line 10", "line ten")))
    assert [part if isinstance(part, int) else "…" for part in found] == [9, "…", "…", "…", 8]


def test_a_huge_paragraph_is_replaced_whole_and_quickly():
    before, after = "a b " * 10_000, "b a " * 10_000
    assert [part.change for part in differences.words(before, after)] == [Change.REMOVED, Change.ADDED]
