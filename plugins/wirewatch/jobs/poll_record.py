"""What a poll changes: the feed's state and its next poll, the entries in the ledger, gaps and moves; one row of ingest.poll."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import psycopg2

from wirewatch.core import gaps, http_rules, schedule, validators
from wirewatch.core.canonical import BadUrl, canonical_url, host_of
from wirewatch.core.feed import FeedEntry, NotAFeed, ParsedFeed
from wirewatch.core.storable import storable
from wirewatch.io import feeds, postgres
from wirewatch.io import gaps as gap_table
from wirewatch.io.archive import PageRef
from wirewatch.io.discovery import WITHOUT_ADDRESS, Discovery, Entered, discover
from wirewatch.io.fetch_failures import DnsFailed, HostBusy, HostHeld
from wirewatch.io.postgres import Connection
from wirewatch.jobs.ask_feed import Asked, is_blocked
from wirewatch.jobs.failures import sentence
from wirewatch.jobs.hints import has_words, to_json
from wirewatch.jobs.politeness import ServerRefused

Feed = dict[str, Any]
_GONE = 410
_ENTRIES_AT_ONCE = 5000
_AWAY = (postgres.WarehouseUnreachable, psycopg2.OperationalError, psycopg2.InterfaceError)
_NOTHING = Entered(new=0, known=0)


@dataclass(frozen=True, slots=True)
class Polled:
    """A poll: the feed's row of ingest.feed, what asking it brought, and where its answer is archived, if it is."""

    feed: Feed
    asked: Asked
    ref: PageRef | None = None


def record(db: Connection, polled: Iterable[Polled], run_id: str) -> Counter[str]:
    """Write polls of different feeds and all that follows from them. Counts, as poll_bucket gives them.

    What a feed shows and cannot be entered is recorded as its failure; the others go on.
    """
    counts: Counter[str] = Counter()
    for some in _together(polled):
        counts.update(_record_or_say_why(db, some, run_id))
    return counts


def _together(polled: Iterable[Polled]) -> Iterator[list[Polled]]:
    """Polls that are recorded at once, as many as show some thousand entries: a sitemap may have 50,000 of its own."""
    some: list[Polled] = []
    entries = 0
    for poll in polled:
        shown = len(poll.asked.parsed.entries) if poll.asked.parsed else 0
        if some and entries + shown > _ENTRIES_AT_ONCE:
            yield some
            some, entries = [], 0
        some.append(poll)
        entries += shown
    if some:
        yield some


def _record_or_say_why(db: Connection, polled: list[Polled], run_id: str) -> Counter[str]:
    """Record polls at once; where one of them cannot be, each by itself: which one it is, and why, is found then."""
    try:
        with postgres.savepoint(db):
            return _record_together(db, polled, run_id)
    except _AWAY:
        raise
    except Exception as problem:  # noqa: BLE001  (one feed must not stop the others; it is recorded)
        if len(polled) > 1:
            return sum((_record_or_say_why(db, [poll], run_id) for poll in polled), Counter())
        failed = replace(polled[0], asked=Asked(answers=polled[0].asked.answers, problem=problem))
        with postgres.savepoint(db):
            return _record_together(db, [failed], run_id)


def _record_together(db: Connection, polled: Sequence[Polled], run_id: str) -> Counter[str]:
    now = datetime.now(UTC)
    outcomes = [_outcome(poll.feed, poll.asked, now) for poll in polled]
    shown = {
        poll.feed["id"]: discoveries(poll.asked.parsed, poll.feed, now)
        for poll, (outcome, _) in zip(polled, outcomes, strict=True)
        if outcome == "ok" and poll.asked.parsed is not None
    }
    entered = discover(db, shown) if shown else {}
    counts: Counter[str] = Counter()
    planned, rows = [], []
    for poll, (outcome, changes) in zip(polled, outcomes, strict=True):
        feed, asked = poll.feed, poll.asked
        parsed, found = (asked.parsed, entered[feed["id"]]) if feed["id"] in shown else (None, _NOTHING)
        gap = _gap(feed, parsed, len(shown[feed["id"]]), found.known, now) if parsed else None
        if gap is not None:
            gap_table.notice(db, feed["id"], gap, run_id)
        if found.new:
            changes["last_new_at"] = now
        _follow(db, feed, asked, outcome, changes, run_id)
        planned.append((feed["id"], _planned(feed, asked, changes, parsed, found.new, gap is not None, now)))
        entries = len(parsed.entries) if parsed else 0
        rows.append(_row(poll, run_id, outcome, changes, entries, found.new, now))
        counts.update({outcome: 1, "entries": entries, "new_entries": found.new, "gaps": int(gap is not None)})
    feeds.schedule(db, planned)
    feeds.record_polls(db, rows)
    return counts


def _row(
    poll: Polled, run_id: str, outcome: str, changes: dict[str, Any], entries: int, new: int, now: datetime
) -> dict[str, Any]:
    """The row of ingest.poll."""
    asked, ref = poll.asked, poll.ref
    answer = asked.answer
    return {
        "feed_id": poll.feed["id"],
        "run_id": run_id,
        "polled_at": asked.source.fetched_at if ref and asked.source else now,  # what later records refer to
        "outcome": outcome,
        "status": answer.status if answer else None,
        "entries": entries,
        "new_entries": new,
        "bytes": sum(len(found.body) for found in asked.answers),
        "seconds": answer.elapsed if answer else None,
        "error": changes.get("last_error"),
        "archive_file": ref.file if ref else None,
        "archive_offset": ref.offset if ref else None,
        "archive_length": ref.length if ref else None,
        "digest": ref.digest if ref else None,
    }


def _outcome(feed: Feed, asked: Asked, now: datetime) -> tuple[str, dict[str, Any]]:
    """The poll's outcome, and the columns of ingest.feed that it changes."""
    if isinstance(asked.problem, HostHeld):
        return "held", {"last_polled_at": now, "last_error": str(asked.problem)}
    if asked.problem is not None:
        return "failed", _failure(feed, asked.problem, now)
    good = {"last_polled_at": now, "last_success_at": now, "failure_weight": 0, "last_error": None}
    answer = asked.answer
    assert answer is not None, "a poll without an answer has a problem"
    if answer.status == 304:
        return "not_modified", {**good, **_state(feed, _well(feed))}
    source = asked.source or answer
    kept: dict[str, Any] = {
        "etag": storable(source.headers.get("etag") or "") or None,
        "last_modified": storable(source.headers.get("last-modified") or "") or None,
        "body_digest": asked.digest,
        "whole_at": now,
    }
    before = (feed["etag"], feed["last_modified"], feed["body_digest"])
    if asked.move is None and validators.lied(before=before, after=(kept["etag"], kept["last_modified"], asked.digest)):
        kept["caught_at"] = now
    if asked.unchanged or asked.parsed is None:
        return "not_modified", {**good, **kept, **_state(feed, _well(feed))}
    parsed = asked.parsed
    title = {"title": storable(parsed.title)} if parsed.title and feed["title"] in ("", feed["url"]) else {}
    state = _state(feed, "healthy" if parsed.entries or _well(feed) == "healthy" else "empty")
    dates = [date for entry in parsed.entries if (date := entry.hints.published)]
    newest = max((min(date, now) for date in dates), default=None)
    seen = {"newest_at": max(newest, feed["newest_at"] or newest)} if newest else {}
    return "ok", {**good, **kept, **state, **title, **seen, "kind": parsed.kind}


def _well(feed: Feed) -> str:
    """The state of a feed that answers as before: empty until it has shown an entry."""
    return "healthy" if feed["last_new_at"] is not None else "empty"


def _state(feed: Feed, state: str) -> dict[str, Any]:
    return {} if state == feed["state"] else {"state": state, "state_since": datetime.now(UTC)}


def _failure(feed: Feed, problem: Exception, now: datetime) -> dict[str, Any]:
    gone = isinstance(problem, ServerRefused) and problem.status == _GONE
    state = "gone" if gone else "blocked" if is_blocked(problem) else "failing"
    return {
        "last_polled_at": now,
        "failure_weight": feed["failure_weight"] + _weight(problem),
        "last_error": storable(sentence(problem)),
        **_state(feed, state),
    }


def _weight(problem: Exception) -> float:
    if isinstance(problem, DnsFailed):
        return schedule.DNS
    no = is_blocked(problem) or isinstance(problem, NotAFeed)
    return schedule.HARD if no or (isinstance(problem, ServerRefused) and problem.status < 500) else schedule.SOFT


def _gap(feed: Feed, parsed: ParsedFeed, shown: int, known: int, now: datetime) -> gaps.Gap | None:
    """The gap where what the feed shows does not touch what it showed before."""
    return gaps.gap(
        shown=shown,
        known=known,
        newest_before=feed["newest_at"],
        dates=[entry.hints.published for entry in parsed.entries if entry.hints.published],
        now=now,
    )


def _follow(db: Connection, feed: Feed, asked: Asked, outcome: str, changes: dict[str, Any], run_id: str) -> None:
    """Poll the feed at its new address from now on, where it moved and a feed was found there."""
    if asked.candidate:
        changes["candidate"] = asked.candidate
    if asked.move is None or outcome not in ("ok", "not_modified"):
        return
    try:
        canonical_url(asked.move.to)
        host = host_of(asked.move.to)
    except BadUrl:
        return
    if feeds.move(db, feed, asked.move.to, host, asked.move.why, run_id):
        changes.update(url=asked.move.to, host=host)
    else:
        changes.update(
            active=False, last_error=f"{asked.move.to} is polled already: it is the same feed", **_state(feed, "moved")
        )


def _planned(
    feed: Feed,
    asked: Asked,
    changes: dict[str, Any],
    parsed: ParsedFeed | None,
    new: int,
    gap: bool,  # noqa: FBT001  (one of the facts that the plan is made from)
    now: datetime,
) -> dict[str, Any]:
    """The columns of ingest.feed that the poll changes, with when it is polled next."""
    if isinstance(asked.problem, HostBusy):
        return {**changes, "next_poll_at": asked.problem.until, "lease_until": None}
    if parsed:
        changes.update(ttl=parsed.ttl, skip_hours=sorted(parsed.skip_hours), skip_days=sorted(parsed.skip_days))
    plan = schedule.next_poll(
        now=now,
        previous=feed["poll_interval"],
        published=[entry.hints.published for entry in parsed.entries if entry.hints.published] if parsed else [],
        new_entries=new,
        ttl=changes.get("ttl", feed["ttl"]),
        cache_max_age=http_rules.fresh_for(asked.answer.headers, now) if asked.answer else None,
        failures=float(changes["failure_weight"] if "failure_weight" in changes else feed["failure_weight"]),
        retry_after=asked.problem.until if isinstance(asked.problem, HostHeld) else None,
        jitter=random.random(),
        gap=gap,
        skip_hours=frozenset(changes["skip_hours"] if parsed else feed["skip_hours"]),
        skip_days=frozenset(changes["skip_days"] if parsed else feed["skip_days"]),
    )
    return {**changes, "next_poll_at": plan.at, "poll_interval": plan.interval, "lease_until": None}


def discoveries(parsed: ParsedFeed, feed: Feed, now: datetime) -> list[Discovery]:
    """Oldest first: by date where there is one, else from the feed's end, since feeds show the newest first."""
    oldest_first = parsed.entries[::-1]
    ordered = sorted(oldest_first, key=lambda entry: entry.hints.published or now)
    return [_discovery(entry, feed) for entry in ordered]


def _discovery(entry: FeedEntry, feed: Feed) -> Discovery:
    """The entry for the ledger. One without a link is known by its guid, and stands on its own words where it has some."""
    guid = storable(entry.guid or "") or None
    title, url = storable(entry.title), storable(entry.url or "")
    hints = to_json(entry.hints)
    try:
        if not url:
            message = "the feed gives no address for it"
            raise BadUrl(message)
        canonical = canonical_url(url, feed["url"])
        shown = canonical if "://" not in url else url
        return Discovery(shown, canonical, host_of(canonical), guid, title, hints)
    except BadUrl as problem:
        mark = sha256((guid or f"{url}\n{title}").encode("utf-8", "replace")).hexdigest()[:32]
        canonical = f"{WITHOUT_ADDRESS}{feed['id']}:{mark}"
        refusal = None if has_words(entry.hints) and not url else f"bad_url: {problem}"
        return Discovery(url or f"{feed['url']}#{mark}", canonical, feed["host"], guid, title, hints, refusal)
