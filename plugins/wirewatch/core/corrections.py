"""Corrections: when an article is looked at again, and what kind of change a changed text is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher
from enum import StrEnum

_AGES = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168, 720))
"""Ages at which an article is looked at: most corrections come in the first day, and some 2 % of pages go within weeks."""
_MISSING_AGAIN = timedelta(hours=6)
_RETRACTION = re.compile(
    r"\bretract(?:ed|ion)\b|\bkill notice\b|\bmandatory kill\b|\bstory (?:is |has been )?withdrawn\b"
    r"|\bthis (?:article|story|report) (?:has been|was|is) (?:retracted|withdrawn|removed|taken down)\b"
    r"|\bwe have (?:retracted|withdrawn|removed) this (?:article|story|report)\b",
    re.IGNORECASE,
)
_OPENING = 400
_NUMBER = re.compile(r"\d[\d.,]*")
_TYPO_SHARE, _TYPO_WORDS, _ALIKE = 0.02, 3, 0.75
_NUMBERS_SHARE = 0.1


class Change(StrEnum):
    """Kinds of change of an article, against the version before."""

    TYPO = "typo"
    HEADLINE = "headline"
    NUMBERS = "numbers"
    SUBSTANTIAL = "substantial"
    RETRACTED = "retracted"
    GONE = "gone"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Difference:
    """A change, and what changed in words."""

    change: Change
    summary: str


def next_look(age: timedelta, missing: int = 0) -> timedelta | None:
    """How long until an article of this age is looked at again; None where it is not any more. A page that is away, sooner."""
    if missing:
        return _MISSING_AGAIN
    return next((at - age for at in _AGES if at > age), None)


def difference(old_title: str, old_text: str, title: str, text: str) -> Difference | None:
    """What kind of change it is from one title and text to another; None where no word changed.

    retracted: it says now that it is taken back. numbers: what changed are numbers, and little else. typo: a few words
    became words much like them. headline: the title changed, and the text at most by that. Else substantial.
    """
    before, after = old_text.split(), text.split()
    if before == after and old_title.split() == title.split():
        return None
    if _taken_back(title, text) and not _taken_back(old_title, old_text):
        return Difference(Change.RETRACTED, "it says now that it is taken back")
    edits = _edits(before, after)
    changed = sum(max(len(old), len(new)) for old, new in edits)
    said = _said(edits, changed, len(before))
    if old_title.split() != title.split():
        said = f"title: “{old_title}” → “{title}”" + (f"; {said}" if edits else "")
        old_numbers, numbers = _numbers(old_title.split()), _numbers(title.split())
        if not edits or _is_typo(edits, changed, len(before)):
            return Difference(Change.NUMBERS if old_numbers != numbers and old_numbers else Change.HEADLINE, said)
    if _is_numbers(edits, changed, len(before)):
        return Difference(Change.NUMBERS, said)
    if _is_typo(edits, changed, len(before)):
        return Difference(Change.TYPO, said)
    return Difference(Change.SUBSTANTIAL, said)


def _taken_back(title: str, text: str) -> bool:
    return bool(_RETRACTION.search(title) or _RETRACTION.search(text[:_OPENING]))


def _edits(before: list[str], after: list[str]) -> list[tuple[list[str], list[str]]]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [(before[a:b], after[c:d]) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def _numbers(words: list[str]) -> Counter[str]:
    return Counter(found.strip(".,") for word in words for found in _NUMBER.findall(word))


def _is_numbers(edits: list[tuple[list[str], list[str]]], changed: int, total: int) -> bool:
    """Whether each edit changes a number, and all of them little of the text."""
    return changed <= max(_TYPO_WORDS, _NUMBERS_SHARE * total) and any(
        _numbers(old) != _numbers(new) and _numbers(old) and _numbers(new) for old, new in edits
    )


def _is_typo(edits: list[tuple[list[str], list[str]]], changed: int, total: int) -> bool:
    """Whether few words changed, each into one much like it, and no number did."""
    if changed > max(_TYPO_WORDS, _TYPO_SHARE * total):
        return False
    return all(_numbers(old) == _numbers(new) and _much_alike(" ".join(old), " ".join(new)) for old, new in edits)


def _much_alike(one: str, other: str) -> bool:
    return sorted(one) == sorted(other) or SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def _said(edits: list[tuple[list[str], list[str]]], changed: int, total: int) -> str:
    shown = "; ".join(f"“{' '.join(old)[:80]}” → “{' '.join(new)[:80]}”" for old, new in edits[:3])
    return f"{changed} of {total} words: {shown}" if edits else ""
