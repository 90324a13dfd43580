"""Texts that fill one form with other facts: weather, markets, results, obituaries, police reports of other days and people.

They are near each other by meaning and by words, and neither copies nor reports of one event.
"""

from __future__ import annotations

from collections.abc import Sequence

from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.judge import ALIGNED, HALF, NUMBERS_ANYWHERE, SAME_FACTS, Candidate


def same_form(document: Features, candidate: Candidate) -> bool:
    """Whether the two are alike sentence by sentence, but for numbers and names in most of these; or tables of other numbers.

    The bounds are those by which such texts are no copies of each other. Reports of one event keep their facts where they
    share sentences, also where the toll has risen since.
    """
    measured = candidate.likeness_to(document).measures
    if measured is None:
        return False
    if measured.sentences:
        return measured.aligned >= ALIGNED and 1.0 - measured.replaced < SAME_FACTS
    return document.tabular and candidate.features.tabular and measured.numbers < NUMBERS_ANYWHERE


def told_by_form(filled: Sequence[bool]) -> bool:
    """Whether a story is one of other facts in the same form: by `same_form` of those of its articles that were looked at."""
    return bool(filled) and sum(filled) >= HALF * len(filled)
