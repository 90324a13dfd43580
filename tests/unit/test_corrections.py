"""Classes of change, as a table; and when an article is looked at again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.corrections import Change, difference, next_look

TITLE = "Harbour council votes to rebuild the north pier"
TEXT = (
    "The council of the harbour town has voted to rebuild the north pier after the storm of last winter, its chair said. "
    "Work begins in spring, costs are put at 4 million, and the ferry will land at the south pier until it is done. "
    "Fishermen had asked for the repair for years; the chair called the vote late, but right, and thanked the engineers."
)
OTHER = (
    "The council has not voted after all: its meeting was broken off when a quorum could not be found, the clerk said."
)


@pytest.mark.parametrize(
    ("title", "text", "change"),
    [
        (TITLE, TEXT, None),
        (TITLE, TEXT.replace(" ", "\n"), None),
        (TITLE, TEXT.replace("harbour town", "harbor town"), Change.TYPO),
        (TITLE, TEXT.replace("thanked the", "thanked teh"), Change.TYPO),
        (TITLE, TEXT.replace("4 million", "40 million"), Change.NUMBERS),
        ("Harbour council rebuilds its pier", TEXT, Change.HEADLINE),
        ("Harbour council rebuilds its pier", TEXT.replace("harbour town", "harbor town"), Change.HEADLINE),
        (TITLE, OTHER, Change.SUBSTANTIAL),
        (TITLE, TEXT.replace("has voted", "has not voted"), Change.SUBSTANTIAL),
        (TITLE, TEXT.replace("begins", "ends"), Change.SUBSTANTIAL),
        (TITLE, TEXT + " " + OTHER, Change.SUBSTANTIAL),
        ("Retracted: " + TITLE, TEXT, Change.RETRACTED),
        (TITLE, "This article has been withdrawn by its publisher. " + TEXT, Change.RETRACTED),
    ],
)
def test_classes_of_change(title, text, change):
    found = difference(TITLE, TEXT, title, text)
    assert (found.change if found else None) is change
    assert found is None or found.summary


def test_an_article_on_retractions_is_not_retracted_by_a_typo():
    about = "Retracted papers are cited for years"
    assert difference(about, TEXT, about, TEXT.replace("thanked the", "thanked teh")).change is Change.TYPO


def test_what_changed_is_said():
    found = difference(TITLE, TEXT, TITLE, TEXT.replace("4 million", "40 million"))
    assert "“4” → “40”" in found.summary


@given(st.text(max_size=60), st.text(max_size=200), st.text(max_size=60), st.text(max_size=200))
def test_there_is_a_change_exactly_where_words_changed(old_title, old_text, title, text):
    same = old_title.split() == title.split() and old_text.split() == text.split()
    assert (difference(old_title, old_text, title, text) is None) is same


def test_looks_get_rarer_with_age_and_end():
    hours = [0, 1, 6, 24, 72, 168]
    waits = [next_look(timedelta(hours=age)) for age in hours]
    assert waits == sorted(waits)
    assert next_look(timedelta(days=31)) is None
    assert next_look(timedelta(days=31), missing=1) == timedelta(hours=6)
