"""Fold text for comparing names, keeping the way back to the original's offsets. It matches nothing."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

# Letters that Unicode does not decompose, but that readers and wire copy write without their stroke or dot.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"})
_QUOTES = str.maketrans("‘’‚‛ʼʹ′`´“”„‟″", "'" * 9 + '"' * 5)
_VOICED_HALF_WIDTH = "\uff9e\uff9f"
# Printable ASCII but space, hyphen, underscore and backquote; basic Cyrillic: one character stays one.
_REGULAR = r"[!-,./-^a-~А-Яа-я]"
_RUN = re.compile(rf"{_REGULAR}+(?: {_REGULAR}+)*(?![\u0300-\u036f])")


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded `text` with the segments that map it to the original.

    A segment is either a run copied character by character (`exact`) or one original cluster (a base
    character with its marks) that became any number of characters.
    """

    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]
    ends: tuple[int, ...]
    exact: tuple[bool, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's offsets of the non-empty folded range `start` to `end` (exclusive)."""
        return self._original(start)[0], self._original(end - 1)[1]

    def _original(self, position: int) -> tuple[int, int]:
        segment = bisect_right(self.starts, position) - 1
        if self.exact[segment]:
            origin = self.origins[segment] + position - self.starts[segment]
            return origin, origin + 1
        return self.origins[segment], self.ends[segment]


def fold(text: str, *, keep_case: bool = False) -> Folded:
    """`text` in NFKC, casefolded (unless `keep_case`), without Latin diacritics: spellings of a name meet.

    Hyphens, dashes, underscores and every white space become one space; zero-width characters and soft
    hyphens go; curly quotes become straight; ß becomes ss and ł becomes l. Marks of other scripts stay:
    й is not и.
    """
    pieces: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    ends: list[int] = []
    exact: list[bool] = []
    length = position = 0
    while position < len(text):
        run = _RUN.match(text, position)
        end = run.end() if run else _cluster_end(text, position)
        piece = text[position:end]
        if run:
            out = piece if keep_case else piece.lower()
        else:
            out = _fold_cluster(piece, keep_case)
            if out == " " and pieces and pieces[-1][-1] == " ":
                out = ""
        if out:
            pieces.append(out)
            starts.append(length)
            origins.append(position)
            ends.append(end)
            exact.append(run is not None)
            length += len(out)
        position = end
    return Folded("".join(pieces), tuple(starts), tuple(origins), tuple(ends), tuple(exact))


def _cluster_end(text: str, position: int) -> int:
    end = position + 1
    while end < len(text) and _continues(text[end]):
        end += 1
    return end


@lru_cache(maxsize=4096)
def _continues(character: str) -> bool:
    """Whether `character` belongs to the one before: a mark, a conjoining jamo, a half-width voicing sign."""
    if "\u1160" <= character <= "\u11ff" or character in _VOICED_HALF_WIDTH:
        return True
    return unicodedata.combining(character) != 0


@lru_cache(maxsize=65536)
def _fold_cluster(cluster: str, keep_case: bool) -> str:  # noqa: FBT001  (positional for the cache's sake)
    visible = "".join(c for c in cluster.translate(_QUOTES) if unicodedata.category(c) != "Cf")
    text = unicodedata.normalize("NFKC", visible)
    if not keep_case:
        text = text.casefold()
    decomposed = unicodedata.normalize("NFD", text)
    if decomposed and unicodedata.name(decomposed[0], "").startswith("LATIN"):
        text = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_PLAIN)
    else:
        text = unicodedata.normalize("NFC", text)
    if text and all(c.isspace() or c == "_" or unicodedata.category(c) in {"Pd", "Cc", "Zs"} for c in text):
        return " "
    return text
