"""Find the names, phrases and rules of watchlists in a text of any script. It does not decide who a name means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import ahocorasick

from wirewatch.core.folding import Folded, fold
from wirewatch.core.model import Mention
from wirewatch.core.word_edges import is_word, stands_alone, word_count

# Acronyms are words when written small: us and US, who and WHO, it and IT. Longer ones seldom are.
_LONGEST_ACRONYM = 5
WITHIN = 10
"""Words that may stand between the terms of a `near` that does not say how many."""


class WatchlistError(ValueError):
    """A watchlist cannot be matched; the message names the list and the entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing watched: its `name` and the other spellings by which texts call it; or, with `is_rule`, a rule of
    which the name is only the label.

    The article must have each of `all_of`, one of `any_of`, none of `none_of`, and the terms of `near` with at most
    `within` words between the outermost. A term that is the name of another entry of the list stands for its aliases
    too. `match_case` None means: terms of up to five letters, all capitals, match in capitals only; others in any case.
    """

    name: str
    aliases: tuple[str, ...] = ()
    match_case: bool | None = None
    is_rule: bool = False
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    within: int = WITHIN

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of its conditions."""
        return (*self.all_of, *self.any_of, *self.none_of, *self.near)


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A named list of entries, watched in the articles of some `sources` (hosts; their subdomains too), `languages`
    (ISO 639) and `topics` (codes or names) only; empty means all.
    """

    name: str
    entries: tuple[Entry, ...]
    description: str = ""
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the article besides its text; `topics` are codes and names."""

    host: str = ""
    language: str | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Use:
    """A spelling in the automaton: whose it is, and the `term` of a condition that it speaks for (None: a name)."""

    watchlist: int
    entry: int
    term: str | None
    alias: str
    cased: str | None

    @property
    def owner(self) -> tuple[int, int]:
        """Its entry."""
        return self.watchlist, self.entry


@dataclass(frozen=True, slots=True)
class _Hit:
    field: str
    start: int
    end: int
    use: _Use
    at: tuple[int, int]
    """Where it is in the folded text."""


class Matcher:
    """All spellings of `watchlists` in one automaton: built once, then one pass for each text.

    Raises WatchlistError for an alias that has nothing to match (only marks or spaces).
    """

    def __init__(self, watchlists: Iterable[Watchlist]) -> None:
        self._lists = tuple(watchlists)
        known: dict[str, list[_Use]] = {}
        for number, watchlist in enumerate(self._lists):
            for folded, use in _uses(number, watchlist):
                if use not in (uses := known.setdefault(folded, [])):
                    uses.append(use)
        self._automaton = ahocorasick.Automaton()
        for folded, uses in known.items():
            self._automaton.add_word(folded, (len(folded), tuple(uses)))
        if known:
            self._automaton.make_automaton()
        self._empty = not known
        self._conditional = {
            (number, place): entry
            for number, watchlist in enumerate(self._lists)
            for place, entry in enumerate(watchlist.entries)
            if entry.terms
        }

    def find(self, title: str, text: str, about: About | None = None) -> list[Mention]:
        """Every mention, title first, in order of place; of overlapping ones the leftmost and longest.

        A rule is mentioned where the terms stand that fulfil it. Where `about` does not say what a list asks for
        (source, language, topic), the list finds nothing.
        """
        if self._empty:
            return []
        known = about or About()
        folded = {"title": fold(title), "text": fold(text)}
        hits = self._hits("title", title, folded["title"]) + self._hits("text", text, folded["text"])
        if not hits:
            return []
        scoped = {number for number in {hit.use.watchlist for hit in hits} if _is_in_scope(self._lists[number], known)}
        hits = [hit for hit in hits if hit.use.watchlist in scoped]
        evidence = self._evidence(hits, folded)
        names = [hit for hit in hits if hit.use.term is None and evidence.get(hit.use.owner, ()) is not None]
        found = _leftmost(names, lambda use: (use.watchlist,))
        found += _leftmost([hit for shown in evidence.values() for hit in shown or ()], lambda use: use.owner)
        mentions = [self._mention(hit) for hit in found]
        return sorted(mentions, key=lambda m: (m.field != "title", m.start, m.end, m.watchlist, m.name))

    def _hits(self, field: str, original: str, folded: Folded) -> list[_Hit]:
        hits = []
        for last, (length, uses) in self._automaton.iter(folded.text):
            start, end = last + 1 - length, last + 1
            if not stands_alone(folded.text, start, end):
                continue
            begin, finish = folded.span(start, end)
            hits += [
                _Hit(field, begin, finish, use, (start, end)) for use in uses if _case_fits(use, original[begin:finish])
            ]
        return hits

    def _evidence(
        self, hits: Sequence[_Hit], folded: Mapping[str, Folded]
    ) -> dict[tuple[int, int], Sequence[_Hit] | None]:
        """Of each entry with conditions that has a hit: None where they do not hold, else the terms that a rule shows."""
        if not self._conditional:
            return {}
        by_term: dict[tuple[int, int], dict[str, list[_Hit]]] = {}
        for hit in hits:
            if hit.use.term is not None:
                by_term.setdefault(hit.use.owner, {}).setdefault(hit.use.term, []).append(hit)
        touched = {hit.use.owner for hit in hits} & self._conditional.keys()
        return {owner: _fulfilled(self._conditional[owner], by_term.get(owner, {}), folded) for owner in touched}

    def _mention(self, hit: _Hit) -> Mention:
        watchlist = self._lists[hit.use.watchlist]
        name = watchlist.entries[hit.use.entry].name
        return Mention(watchlist.name, name, hit.use.alias, hit.field, hit.start, hit.end)


def _fulfilled(
    entry: Entry, found: Mapping[str, Sequence[_Hit]], folded: Mapping[str, Folded]
) -> Sequence[_Hit] | None:
    """None where the entry's conditions do not hold; else what a rule shows of them, nothing for a name."""
    if any(term in found for term in entry.none_of) or not all(term in found for term in entry.all_of):
        return None
    if entry.any_of and not any(term in found for term in entry.any_of):
        return None
    close = _close(entry, found, folded) if entry.near else []
    if entry.near and not close:
        return None
    if not entry.is_rule:
        return ()
    return [*(hit for term in (*entry.all_of, *entry.any_of) for hit in found.get(term, ())), *close]


def _close(entry: Entry, found: Mapping[str, Sequence[_Hit]], folded: Mapping[str, Folded]) -> list[_Hit]:
    """The hits of `near` that stand close enough together with one of each other term, in one field."""
    close: list[_Hit] = []
    for field, text in folded.items():
        placed = [
            (term, hit) for term in dict.fromkeys(entry.near) for hit in found.get(term, ()) if hit.field == field
        ]
        placed.sort(key=lambda pair: pair[1].at)
        for first, (_, anchor) in enumerate(placed):
            reach = list(_within(placed[first:], anchor.at[1], entry.within, text.text))
            if {term for term, _ in reach} >= set(entry.near):
                close += [hit for _, hit in reach]
    return list(dict.fromkeys(close))


def _within(placed: Sequence[tuple[str, _Hit]], end: int, words: int, text: str) -> Iterator[tuple[str, _Hit]]:
    """What of `placed` begins at most `words` words after `end`; the first is what ends there."""
    between, upto = 0, end
    for term, hit in placed:
        start = hit.at[0]
        if start > upto:
            between, upto = between + word_count(text, upto, start), start
        if between > words:
            return
        yield term, hit


def _is_in_scope(watchlist: Watchlist, about: About) -> bool:
    if watchlist.sources and not any(_is_host_of(about.host, source) for source in watchlist.sources):
        return False
    if watchlist.languages and (about.language or "").casefold() not in {one.casefold() for one in watchlist.languages}:
        return False
    topics = {topic.casefold() for topic in about.topics}
    return not watchlist.topics or any(topic.casefold() in topics for topic in watchlist.topics)


def _is_host_of(host: str, source: str) -> bool:
    wanted = source.casefold().removeprefix("www.")
    return host.casefold() == wanted or host.casefold().endswith(f".{wanted}")


def _uses(number: int, watchlist: Watchlist) -> Iterator[tuple[str, _Use]]:
    spellings = {entry.name: (entry.name, *entry.aliases) for entry in watchlist.entries if not entry.is_rule}
    for place, entry in enumerate(watchlist.entries):
        named = () if entry.is_rule else (entry.name, *entry.aliases)
        wanted: list[tuple[str | None, str]] = [(None, alias) for alias in named]
        wanted += [(term, alias) for term in dict.fromkeys(entry.terms) for alias in spellings.get(term, (term,))]
        for term, alias in wanted:
            folded = comparable(alias)
            if not folded:
                message = f"Watchlist {watchlist.name!r}, entry {entry.name!r}: no letter or digit in {alias!r}."
                raise WatchlistError(message)
            match_case = _is_acronym(alias) if entry.match_case is None else entry.match_case
            yield folded, _Use(number, place, term, alias, _cased(alias) if match_case else None)


def comparable(alias: str) -> str:
    """The alias as it is looked for; empty where there is no letter or digit in it."""
    folded = fold(alias).text.strip()
    return folded if any(is_word(character) for character in folded) else ""


def _is_acronym(alias: str) -> bool:
    letters = [c for c in alias if c.isalpha()]
    return 0 < len(letters) <= _LONGEST_ACRONYM and all(c.isupper() for c in letters)


def _cased(text: str) -> str:
    return fold(text, keep_case=True).text.strip()


def _case_fits(use: _Use, found: str) -> bool:
    return use.cased is None or use.cased == _cased(found)


def _leftmost(hits: Sequence[_Hit], group_of: Callable[[_Use], tuple[int, ...]]) -> list[_Hit]:
    """In each group and field, the hits that do not overlap: the leftmost, of those that start there the longest.

    Lists are independent: adding one changes no other's counts. Entries of a list that share an alias both count.
    """
    kept: list[_Hit] = []
    ordered = sorted(hits, key=lambda h: (group_of(h.use), h.field, h.start, -h.end))
    for _, group in groupby(ordered, key=lambda h: (group_of(h.use), h.field)):
        last: _Hit | None = None
        for hit in group:
            if last is None or hit.start >= last.end or (hit.start, hit.end) == (last.start, last.end):
                kept.append(hit)
                last = hit
    return kept
