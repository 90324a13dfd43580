"""Cut an article into the passages that the topic head reads, and into sentences for evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator

WORDS = 60
"""Words in a passage: as telling as 200 at a third of the embedding's cost, and inside the model's window."""
LIMIT = 8
"""Passages of one article at most: bounds the cost of embedding a very long one."""
_SHORTEST_TAIL = 20
_SENTENCE_END = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][\"'”’»)\]]))\s+|\n+")


def passages(title: str, text: str, limit: int = LIMIT) -> list[str]:
    """The article's passages of some 60 words: the lead with the title, then others spread over the text.

    At least one (perhaps empty) and at most `limit`; a last piece of under 20 words joins nothing and is left
    out.
    """
    words = text.split()
    heading = title.strip()
    if heading and heading[-1] not in ".!?…":
        heading += "."
    lead = " ".join([heading, *words[:WORDS]]).strip()
    rest = [words[i : i + WORDS] for i in range(WORDS, len(words), WORDS)]
    if rest and len(rest[-1]) < _SHORTEST_TAIL:
        rest.pop()
    return [lead, *(" ".join(chunk) for chunk in _spread(rest, limit - 1))]


def _spread(chunks: list[list[str]], count: int) -> list[list[str]]:
    if len(chunks) <= count:
        return chunks
    return [chunks[i * len(chunks) // count] for i in range(count)]


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of `text` are, cut at sentence ends and line ends; a rough cut that serves to quote from."""
    start = 0
    for end in [*(match.span() for match in _SENTENCE_END.finditer(text)), (len(text), len(text))]:
        piece = text[start : end[0]]
        if piece.strip():
            begin = start + len(piece) - len(piece.lstrip())
            yield begin, begin + len(piece.strip())
        start = end[1]


def sentences(text: str) -> list[str]:
    """The sentences of `text`, see sentence_spans."""
    return [text[start:end] for start, end in sentence_spans(text)]
