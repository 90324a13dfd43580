"""Words of a text, also where it is written without spaces, and their runs, by which two texts are compared."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wirewatch.core.scripts import UNSPACED

_WORD = re.compile(r"\w+")
SHINGLE = 4


Run = tuple[str, ...] | str


def words_of(text: str) -> list[str]:
    """The words of a text; of one that is written without spaces, pairs of its characters."""
    if without_spaces(text):
        bare = "".join(_WORD.findall(text))
        return [bare[i : i + 2] for i in range(0, len(bare), 2)]
    return _WORD.findall(text)


def shingles(text: str, tokens: list[str]) -> Sequence[Run]:
    """Runs of four words; of a text without spaces, where pairs begin anywhere, runs of eight characters. A shorter text is one run."""
    if without_spaces(text):
        bare = "".join(tokens)
        return [bare[i : i + 2 * SHINGLE] for i in range(max(1, len(bare) - 2 * SHINGLE + 1))] if bare else []
    return [tuple(tokens[i : i + SHINGLE]) for i in range(max(1, len(tokens) - SHINGLE + 1))] if tokens else []


def without_spaces(text: str) -> bool:
    """Whether the text is in a script that writes no spaces between words: a third of its beginning is."""
    return not text.isascii() and len(UNSPACED.findall(text[:200])) * 3 > len(text[:200])
