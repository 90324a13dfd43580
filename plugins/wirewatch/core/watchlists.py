"""Find the names and phrases of watchlists in a text of any script. It does not decide who a name means."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import ahocorasick

from wirewatch.core.folding import Folded, fold
from wirewatch.core.model import Mention

# Acronyms are words when written small: us and US, who and WHO, it and IT. Longer ones seldom are.
_LONGEST_ACRONYM = 5
# Scripts written without spaces, and Hangul, whose particles join the noun: a name may end inside a run.
_UNSPACED = (
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "BOPOMOFO",
    "IDEOGRAPHIC",
)


class WatchlistError(ValueError):
    """A watchlist cannot be matched; the message names the list and the entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing watched: its `name` and the other spellings by which texts call it.

    `match_case` None means: aliases of up to five letters, all capitals, match in capitals only; others in
    any case.
    """

    name: str
    aliases: tuple[str, ...] = ()
    match_case: bool | None = None


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A named list of entries."""

    name: str
    entries: tuple[Entry, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class _Alias:
    watchlist: str
    name: str
    alias: str
    cased: str | None


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    alias: _Alias


class Matcher:
    """All aliases of `watchlists` in one automaton: built once, then one pass for each text.

    Raises WatchlistError for an alias that has nothing to match (only marks or spaces).
    """

    def __init__(self, watchlists: Iterable[Watchlist]) -> None:
        known: dict[str, list[_Alias]] = {}
        for watchlist in watchlists:
            for entry in watchlist.entries:
                for folded, alias in _aliases(watchlist, entry):
                    if alias not in known.setdefault(folded, []):
                        known[folded].append(alias)
        self._automaton = ahocorasick.Automaton()
        for folded, aliases in known.items():
            self._automaton.add_word(folded, (len(folded), tuple(aliases)))
        if known:
            self._automaton.make_automaton()
        self._empty = not known

    def find(self, title: str, text: str) -> list[Mention]:
        """Every mention, title first, in order of place; of overlapping ones the leftmost and longest."""
        return self._find_in("title", title) + self._find_in("text", text)

    def _find_in(self, field: str, original: str) -> list[Mention]:
        if self._empty or not original:
            return []
        hits = self._hits(original, fold(original))
        return [Mention(h.alias.watchlist, h.alias.name, h.alias.alias, field, h.start, h.end) for h in _leftmost(hits)]

    def _hits(self, original: str, folded: Folded) -> list[_Hit]:
        hits = []
        for last, (length, aliases) in self._automaton.iter(folded.text):
            start, end = last + 1 - length, last + 1
            if not _stands_alone(folded.text, start, end):
                continue
            begin, finish = folded.span(start, end)
            hits += [_Hit(begin, finish, a) for a in aliases if _case_fits(a, original[begin:finish])]
        return hits


def _aliases(watchlist: Watchlist, entry: Entry) -> Iterable[tuple[str, _Alias]]:
    for alias in (entry.name, *entry.aliases):
        folded = fold(alias).text.strip()
        if not any(_is_word(c) for c in folded):
            message = f"Watchlist {watchlist.name!r}, entry {entry.name!r}: no letter or digit in {alias!r}."
            raise WatchlistError(message)
        match_case = _is_acronym(alias) if entry.match_case is None else entry.match_case
        yield folded, _Alias(watchlist.name, entry.name, alias, _cased(alias) if match_case else None)


def _is_acronym(alias: str) -> bool:
    letters = [c for c in alias if c.isalpha()]
    return 0 < len(letters) <= _LONGEST_ACRONYM and all(c.isupper() for c in letters)


def _cased(text: str) -> str:
    return fold(text, keep_case=True).text.strip()


def _case_fits(alias: _Alias, found: str) -> bool:
    return alias.cased is None or alias.cased == _cased(found)


def _stands_alone(text: str, start: int, end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return _parted(text[start], before) and _parted(text[end - 1], after)


def _parted(edge: str, neighbour: str) -> bool:
    """Whether a name may end at `edge` next to `neighbour`: between words, or where a script has no spaces.

    An edge that is no letter parts by itself (C++, Yahoo!), but for the full stop: U.S. is not in U.S.A.
    """
    if not _is_word(neighbour) or _is_unspaced(edge) or _is_unspaced(neighbour):
        return True
    return not _is_word(edge) and edge != "."


@lru_cache(maxsize=16384)
def _is_word(character: str) -> bool:
    """Letters, marks and numbers by Unicode category; `\\w` leaves out the marks that spell Devanagari."""
    return unicodedata.category(character)[0] in "LMN"


@lru_cache(maxsize=16384)
def _is_unspaced(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_UNSPACED)


def _leftmost(hits: Sequence[_Hit]) -> list[_Hit]:
    """In each watchlist, the hits that do not overlap: the leftmost, of those that start there the longest.

    Lists are independent: adding one changes no other's counts. Entries of a list that share an alias both
    count.
    """
    kept: list[_Hit] = []
    by_list = sorted(hits, key=lambda h: (h.alias.watchlist, h.start, -h.end))
    for _, group in groupby(by_list, key=lambda h: h.alias.watchlist):
        last: _Hit | None = None
        for hit in group:
            if last is None or hit.start >= last.end or (hit.start, hit.end) == (last.start, last.end):
                kept.append(hit)
                last = hit
    return sorted(kept, key=lambda h: (h.start, h.end, h.alias.watchlist, h.alias.name))
