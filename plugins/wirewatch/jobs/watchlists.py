"""Watchlists and the articles that are in already: tried without a trace, and matched anew where a list was edited."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from wirewatch.core.marking import Piece, Span, pieces
from wirewatch.core.model import Mention
from wirewatch.core.watchlists import Matcher, Watchlist, WatchlistError
from wirewatch.io import postgres
from wirewatch.io import watchlists as table
from wirewatch.settings import settings

_CHUNK = 200
_AROUND = 60
"""Characters shown on each side of a mention."""


@dataclass(frozen=True, slots=True)
class Match:
    """An article that a list would have matched, and one mention of each name in it, in context."""

    article_id: int
    title: str
    source: str
    language: str | None
    first_seen_at: datetime
    names: tuple[str, ...]
    contexts: tuple[tuple[Piece, ...], ...]


@dataclass(slots=True)
class Trial:
    """What a dry run found: `matched` articles of the `looked_at`, by list and name; the newest are shown.

    `since` is the oldest article's time that was looked at, where the run was cut short before the end of the window.
    """

    days: float
    matched: int = 0
    looked_at: int = 0
    by_name: dict[tuple[str, str], int] = field(default_factory=dict)
    shown: list[Match] = field(default_factory=list)
    since: datetime | None = None


def try_out(
    dsn: str, lists: Sequence[Watchlist], *, days: float = 30, show: int = 50, seconds: float | None = None
) -> Trial:
    """Match lists against the articles of the last `days` and write nothing; cut short after `seconds`.

    WatchlistError where a list asks for a topic that there is none of.
    """
    with postgres.transaction(dsn) as db:
        postgres.execute(db, "set transaction read only")
        check_topics(db, lists)
        matcher, trial, begun = Matcher(lists), Trial(days), time.monotonic()
        since, before = table.days_ago(db, days), None
        while chunk := table.articles(db, since, before, _CHUNK):
            before = chunk[-1]["id"]
            for row in chunk:
                trial.looked_at += 1
                mentions = matcher.find(row["title"], row["text"], table.about(row))
                if not mentions:
                    continue
                trial.matched += 1
                for key in {(m.watchlist, m.name) for m in mentions}:
                    trial.by_name[key] = trial.by_name.get(key, 0) + 1
                if len(trial.shown) < show:
                    trial.shown.append(_shown(row, mentions))
            if seconds is not None and time.monotonic() - begun > seconds:
                trial.since = chunk[-1]["first_seen_at"]
                break
    return trial


def _shown(row: dict[str, Any], mentions: Sequence[Mention]) -> Match:
    first = {m.name: m for m in reversed(mentions)}
    contexts = [_context(row[mention.field], mention) for mention in first.values()]
    return Match(
        row["id"],
        row["title"],
        row["source"],
        row["language"],
        row["first_seen_at"],
        tuple(dict.fromkeys(m.name for m in mentions)),
        tuple(reversed(contexts)),
    )


def _context(text: str, mention: Mention) -> tuple[Piece, ...]:
    start, end = max(0, mention.start - _AROUND), min(len(text), mention.end + _AROUND)
    # A word is not cut where there is a space near.
    if start and (space := text.find(" ", start, mention.start)) > 0:
        start = space + 1
    if end < len(text) and (space := text.rfind(" ", mention.end, end)) > 0:
        end = space
    cut = text[start:end].replace("\n", " ")
    found = pieces(cut, [Span(mention.start - start, mention.end - start, mention.name)])
    before = [Piece("… ", None)] if start else []
    after = [Piece(" …", None)] if end < len(text) else []
    return (*before, *found, *after)


def check_topics(db: postgres.Connection, lists: Sequence[Watchlist]) -> None:
    """WatchlistError where a list asks for a topic that is not known, with the nearest that is."""
    known = table.known_topics(db)
    for watchlist in lists:
        for topic in watchlist.topics:
            if topic.casefold() in known:
                continue
            near = get_close_matches(topic.casefold(), known, n=1)
            hint = f"; did you mean {known[near[0]]!r}?" if near else "; `select name from media.topic` lists them."
            message = f"Watchlist {watchlist.name!r}: there is no topic {topic!r}{hint}"
            raise WatchlistError(message)


def apply_edits(dsn: str) -> dict[str, int]:
    """Match the articles of the window (WIREWATCH_WINDOW_DAYS) with the lists that were edited, and with no other.

    Counts: watchlists, articles, mentions, waiting (lists that are matched once more by the next run, since a run that
    is under way may still use their earlier version). Each chunk is committed; a run that was killed begins again.
    """
    with postgres.transaction(dsn) as db:
        changed = table.unapplied(db)
        since = table.days_ago(db, settings().window_days)
    counts = {"watchlists": len(changed), "articles": 0, "mentions": 0, "waiting": 0}
    if not changed:
        return counts
    names = [row["name"] for row in changed]
    matcher = Matcher([table.from_json(row["definition"]) for row in changed if not row["is_removed"]])
    before: int | None = None
    while True:
        with postgres.transaction(dsn) as db:
            chunk = table.articles(db, since, before, _CHUNK)
            if not chunk:
                break
            found = {row["id"]: matcher.find(row["title"], row["text"], table.about(row)) for row in chunk}
            table.replace_mentions(db, names, found)
        before = chunk[-1]["id"]
        counts["articles"] += len(chunk)
        counts["mentions"] += sum(len(mentions) for mentions in found.values())
    with postgres.transaction(dsn) as db:
        for row in changed:
            if row["is_removed"]:
                table.forget(db, row["name"])
            counts["waiting"] += not table.applied(db, row["name"], row["version"])
    return counts
