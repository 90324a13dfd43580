"""What changed between two versions of a text, by paragraph and word. It knows no HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_TOKEN = re.compile(r"[^\S\n]+|\n|\w+|[^\w\s]")
_MOST_TOKENS = 3_000
"""Beyond this many words a passage counts as replaced whole: comparing takes the square of its length."""


class Change(StrEnum):
    """What became of a part of the text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Part:
    """Words of a paragraph, and what became of them."""

    change: Change
    text: str


Paragraph = list[Part]


def paragraphs(before: str, after: str) -> list[Paragraph]:
    """Both texts as one, paragraph by paragraph (lines), each cut into what stayed, was added, and was removed.

    The parts that are not ADDED make up `before`, those that are not REMOVED `after`, but for empty lines.
    """
    old = [line for line in before.split("\n") if line.strip()]
    new = [line for line in after.split("\n") if line.strip()]
    found: list[Paragraph] = []
    for name, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if name == "equal":
            found += [[Part(Change.SAME, line)] for line in old[a:b]]
        else:
            found += _replaced(old[a:b], new[c:d])
    return found


def words(before: str, after: str) -> Paragraph:
    """One line against another, such as a title."""
    return list(_merged(_of_words(before, after)))


def condensed(found: Sequence[Paragraph], context: int = 1) -> list[Paragraph | int]:
    """The paragraphs that changed, with `context` unchanged ones around; a number stands for that many left out."""
    changed = [any(part.change is not Change.SAME for part in paragraph) for paragraph in found]
    kept: list[Paragraph | int] = []
    for index, paragraph in enumerate(found):
        if any(changed[max(0, index - context) : index + context + 1]):
            kept.append(paragraph)
        elif kept and isinstance(kept[-1], int):
            kept[-1] += 1
        else:
            kept.append(1)
    return kept


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Paragraph]:
    """Paragraphs in place of others: those alike are compared word by word, in their order; the others stand whole."""
    pairs = len(old) == len(new)
    for index in range(max(len(old), len(new))):
        before, after = (lines[index] if index < len(lines) else "" for lines in (old, new))
        if before and after and (pairs or _alike(before, after)):
            yield list(_merged(_of_words(before, after)))
            continue
        if before:
            yield [Part(Change.REMOVED, before)]
        if after:
            yield [Part(Change.ADDED, after)]


def _alike(before: str, after: str) -> bool:
    return SequenceMatcher(None, before.split(), after.split()).quick_ratio() > 1 / 2


def _of_words(before: str, after: str) -> Iterator[Part]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if max(len(old), len(new)) > _MOST_TOKENS:
        old, new = [before], [after]
    for name, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if name == "equal":
            yield Part(Change.SAME, "".join(old[a:b]))
            continue
        if b > a:
            yield Part(Change.REMOVED, "".join(old[a:b]))
        if d > c:
            yield Part(Change.ADDED, "".join(new[c:d]))


def _merged(parts: Iterator[Part]) -> Iterator[Part]:
    """Changes with but a space between them as one, so that a reworded phrase reads as a phrase."""
    removed = added = ""
    waiting: str | None = None
    for part in parts:
        if part.change is Change.SAME:
            if (removed or added) and not part.text.strip():
                waiting = (waiting or "") + part.text
                continue
            yield from _changes(removed, added)
            if waiting is not None:
                yield Part(Change.SAME, waiting)
            removed, added, waiting = "", "", None
            yield part
            continue
        if waiting is not None:
            removed, added, waiting = removed + waiting, added + waiting, None
        removed += part.text if part.change is Change.REMOVED else ""
        added += part.text if part.change is Change.ADDED else ""
    yield from _changes(removed, added)
    if waiting is not None:
        yield Part(Change.SAME, waiting)


def _changes(removed: str, added: str) -> Iterator[Part]:
    if removed:
        yield Part(Change.REMOVED, removed)
    if added:
        yield Part(Change.ADDED, added)
