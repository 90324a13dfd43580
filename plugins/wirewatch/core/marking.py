"""What of a text is marked when it is shown: watched names, and wording shared with another text. It knows no HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wirewatch.core.duplicates.text import WORDS, normalise, shingle_hashes, words

_RUN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a text, and what is to be said of them."""

    start: int
    end: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: plain where `label` is None, else marked with it."""

    text: str
    label: str | None


def paragraphs(text: str, spans: Iterable[Span]) -> list[list[Piece]]:
    """The text's lines, each cut into pieces at the spans; empty lines are left out.

    Of spans that overlap the first wins; a span that lies outside the text, or is empty, is passed over, and one that
    runs over several lines is marked in each.
    """
    chosen = _without_overlaps(spans, len(text))
    found, start = [], 0
    for line in text.split("\n"):
        end = start + len(line)
        if line.strip():
            found.append(list(_pieces(text, start, end, chosen)))
        start = end + 1
    return found


def pieces(text: str, spans: Iterable[Span]) -> list[Piece]:
    """One line of text cut into pieces at the spans."""
    return list(_pieces(text, 0, len(text), _without_overlaps(spans, len(text))))


def shared_spans(one: str, other: str, size: int = WORDS) -> list[Span]:
    """Where `one` has runs of at least `size` words that `other` has too, whatever their case, quotes and dashes.

    These are the shingles that the measure `wording` counts, so what is marked is what the verdict was made of.
    """
    theirs = set(shingle_hashes(words(normalise(other)), size))
    found = list(_words_in(one))
    if len(found) < size:
        return []
    hashes = shingle_hashes([word for word, _, _ in found], size)
    covered = [False] * len(found)
    for first, value in enumerate(hashes):
        if value in theirs:
            covered[first : first + size] = [True] * size
    return list(_runs(covered, found))


def _words_in(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text as the shingles have them, each with the place in the original of the run it is in."""
    for run in _RUN.finditer(text):
        for word in words(normalise(run[0])):
            yield word, run.start(), run.end()


def _runs(covered: Sequence[bool], found: Sequence[tuple[str, int, int]]) -> Iterator[Span]:
    start: int | None = None
    end = 0
    for marked, (_, left, right) in zip(covered, found, strict=True):
        if marked:
            start = left if start is None else start
            end = right
        elif start is not None:
            yield Span(start, end)
            start = None
    if start is not None:
        yield Span(start, end)


def _without_overlaps(spans: Iterable[Span], length: int) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if 0 <= span.start < span.end <= length and (not kept or span.start >= kept[-1].end):
            kept.append(span)
    return kept


def _pieces(text: str, start: int, end: int, spans: Sequence[Span]) -> Iterator[Piece]:
    at = start
    for span in spans:
        left, right = max(span.start, start), min(span.end, end)
        if left >= right:
            continue
        if at < left:
            yield Piece(text[at:left], None)
        yield Piece(text[left:right], span.label)
        at = right
    if at < end:
        yield Piece(text[at:end], None)


def delimited(text: str, start: str, stop: str) -> list[Piece]:
    """A text in which `start` and `stop` stand around what is marked, cut into pieces without them."""
    found: list[Piece] = []
    for index, part in enumerate(text.split(start)):
        marked, _, plain = part.partition(stop) if index else ("", "", part)
        found += [Piece(marked, "")] if marked else []
        found += [Piece(plain, None)] if plain else []
    return found
