"""Poll: the feeds that are due, in buckets by host; what they show is entered in the ledger."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

import psycopg2

from wirewatch.core import http_rules, schedule
from wirewatch.core.canonical import BadUrl, canonical_url, host_of
from wirewatch.core.feed import FeedEntry, NotAFeed, ParsedFeed, parse_feed
from wirewatch.core.storable import storable
from wirewatch.io import feeds, ledger, postgres
from wirewatch.io.archive import Archive, PageRef
from wirewatch.io.http import DnsFailed, Fetcher, HostHeld, Response
from wirewatch.jobs.failures import sentence
from wirewatch.jobs.hints import to_json
from wirewatch.jobs.politeness import Politeness, RobotsForbid, ServerRefused, fetcher
from wirewatch.settings import settings

_LIMIT, _BUCKETS, _CHUNK, _AT_ONCE, _LEASE_MINUTES = 2000, 4, 100, 32, 15.0


def due_buckets(dsn: str, limit: int = _LIMIT, buckets: int = _BUCKETS) -> list[list[int]]:
    """Take the feeds that are due and spread them by host: lists of feed keys, none empty."""
    with postgres.transaction(dsn) as db:
        due = feeds.due(db, limit, _LEASE_MINUTES)
    spread: dict[int, list[int]] = {}
    for feed in due:
        bucket = int.from_bytes(sha256(feed["host"].encode()).digest()[:4], "big") % buckets
        spread.setdefault(bucket, []).append(feed["id"])
    return [sorted(ids) for _, ids in sorted(spread.items())]


def poll_bucket(dsn: str, ids: list[int], run_id: str) -> dict[str, int]:
    """Poll these feeds. Counts: polls by outcome, entries seen, new entries."""
    return asyncio.run(_poll(dsn, ids, run_id))


async def _poll(dsn: str, ids: list[int], run_id: str) -> dict[str, int]:
    chosen = settings()
    archive = Archive(chosen.archive_url)
    counts: Counter[str] = Counter(ok=0, not_modified=0, held=0, failed=0, entries=0, new_entries=0)
    async with Politeness(dsn, chosen) as politeness, fetcher(chosen, politeness) as client:
        for start in range(0, len(ids), _CHUNK):
            with postgres.transaction(dsn) as db:
                due = feeds.named(db, ids[start : start + _CHUNK])
            found = await _gather(client, politeness, due)
            name = f"{datetime.now(UTC):%Y/%m/%d}/feeds-{uuid4().hex[:12]}.warc.gz"
            refs: list[PageRef | None] = [None] * len(due)
            if any(_has_body(result) for result in found):
                with archive.writer(name) as writer:
                    refs = [writer.add(r) if isinstance(r, Response) and _has_body(r) else None for r in found]
            for feed, result, ref in zip(due, found, refs, strict=True):
                counts.update(_record_or_say_why(dsn, feed, result, ref, run_id))
    return dict(counts)


async def _gather(client: Fetcher, politeness: Politeness, due: list[dict[str, Any]]) -> list[Response | Exception]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(feed: dict[str, Any]) -> Response | Exception:
        async with places:
            try:
                await politeness.ask_robots(client, feed["url"])
                return await client.get(feed["url"], etag=feed["etag"], last_modified=feed["last_modified"])
            except Exception as problem:  # noqa: BLE001  (one feed must not stop the others; it is recorded)
                return problem

    return list(await asyncio.gather(*(one(feed) for feed in due)))


def _has_body(result: Response | Exception) -> bool:
    return isinstance(result, Response) and bool(result.body)


def _record_or_say_why(
    dsn: str, feed: dict[str, Any], result: Response | Exception, ref: PageRef | None, run_id: str
) -> dict[str, int]:
    """_record; where what the feed shows cannot be entered, that is recorded as its failure, and the others go on."""
    try:
        return _record(dsn, feed, result, ref, run_id)
    except (postgres.WarehouseUnreachable, psycopg2.OperationalError):
        raise
    except Exception as problem:  # noqa: BLE001  (one feed must not stop the others; it is recorded)
        return _record(dsn, feed, problem, ref, run_id)


def _record(
    dsn: str, feed: dict[str, Any], result: Response | Exception, ref: PageRef | None, run_id: str
) -> dict[str, int]:
    """Write one poll and all that follows from it, in one transaction. Counts, as poll_bucket gives them."""
    now = datetime.now(UTC)
    outcome, changes, parsed = _read(feed, result)
    with postgres.transaction(dsn) as db:
        new = ledger.discover(db, feed["id"], _discoveries(parsed, feed)) if parsed else 0
        if new:
            changes["last_new_at"] = now
        plan = schedule.next_poll(
            now=now,
            previous=feed["poll_interval"],
            published=[entry.hints.published for entry in parsed.entries if entry.hints.published] if parsed else [],
            new_entries=new,
            ttl=parsed.ttl if parsed else None,
            cache_max_age=http_rules.cache_max_age(result.headers) if isinstance(result, Response) else None,
            failures=float(changes.get("failure_weight", feed["failure_weight"])),
            retry_after=result.until if isinstance(result, HostHeld) else None,
            jitter=random.random(),
        )
        feeds.schedule(db, feed["id"], next_poll_at=plan.at, interval=plan.interval, changes=changes)
        feeds.record_poll(
            db,
            {
                "feed_id": feed["id"],
                "run_id": run_id,
                "polled_at": now,
                "outcome": outcome,
                "status": result.status if isinstance(result, Response) else None,
                "entries": len(parsed.entries) if parsed else 0,
                "new_entries": new,
                "bytes": len(result.body) if isinstance(result, Response) else 0,
                "seconds": result.elapsed if isinstance(result, Response) else None,
                "error": changes.get("last_error"),
                "archive_file": ref.file if ref else None,
                "archive_offset": ref.offset if ref else None,
                "archive_length": ref.length if ref else None,
                "digest": ref.digest if ref else None,
            },
        )
    return {outcome: 1, "entries": len(parsed.entries) if parsed else 0, "new_entries": new}


def _read(feed: dict[str, Any], result: Response | Exception) -> tuple[str, dict[str, Any], ParsedFeed | None]:
    """The poll's outcome, the columns of ingest.feed that it changes, and the feed where there is a new one."""
    now = datetime.now(UTC)
    if isinstance(result, HostHeld):
        reason = f"its host asked for a pause until {result.until:%Y-%m-%d %H:%M:%S} UTC"
        return "held", {"last_polled_at": now, "last_error": reason}, None
    if isinstance(result, Exception):
        return "failed", _failure(feed, result, _weight(result)), None
    good = {
        "last_polled_at": now,
        "last_success_at": now,
        "failure_weight": 0,
        "last_error": None,
        "state": "healthy",
    }
    if result.status == 304:
        return "not_modified", good, None
    if result.status >= 400:
        gone = {"state": "gone"} if result.status == 410 else {}
        return "failed", {**_failure(feed, ServerRefused(result.status), schedule.HARD), **gone}, None
    digest = sha256(result.body).hexdigest()
    validators = {
        "etag": result.headers.get("etag"),
        "last_modified": result.headers.get("last-modified"),
        "body_digest": digest,
    }
    if digest == feed["body_digest"]:
        return "not_modified", {**good, **validators}, None
    try:
        parsed = parse_feed(result.body, url=result.final_url, content_type=result.headers.get("content-type"))
    except NotAFeed as problem:
        return "failed", _failure(feed, problem, schedule.HARD), None
    title = {"title": storable(parsed.title)} if parsed.title and feed["title"] in ("", feed["url"]) else {}
    state = {"kind": parsed.kind, "state": "healthy" if parsed.entries else "empty"}
    return "ok", {**good, **validators, **state, **title}, parsed


def _failure(feed: dict[str, Any], problem: Exception, weight: float) -> dict[str, Any]:
    state = "blocked" if isinstance(problem, RobotsForbid) else "failing"
    return {
        "last_polled_at": datetime.now(UTC),
        "failure_weight": feed["failure_weight"] + weight,
        "last_error": sentence(problem),
        "state": state,
    }


def _weight(problem: Exception) -> float:
    if isinstance(problem, DnsFailed):
        return schedule.DNS
    return schedule.HARD if isinstance(problem, RobotsForbid) else schedule.SOFT


def _discoveries(parsed: ParsedFeed, feed: dict[str, Any]) -> list[ledger.Discovery]:
    """Oldest first: by date where there is one, else from the feed's end, since feeds show the newest first."""
    now = datetime.now(UTC)
    oldest_first = parsed.entries[::-1]
    ordered = sorted(oldest_first, key=lambda entry: entry.hints.published or now)
    return [_discovery(entry, feed, parsed) for entry in ordered]


def _discovery(entry: FeedEntry, feed: dict[str, Any], parsed: ParsedFeed) -> ledger.Discovery:
    guid = storable(entry.guid or "") or None
    title, url = storable(entry.title), storable(entry.url or "")
    try:
        if not url:
            message = "the feed gives no address for it"
            raise BadUrl(message)
        canonical = canonical_url(url, parsed.self_url or feed["url"])
        refusal = None
    except BadUrl as problem:
        mark = sha256(f"{url}\n{guid}\n{title}".encode("utf-8", "replace")).hexdigest()[:32]
        canonical, refusal = f"urn:wirewatch:feed:{feed['id']}:{mark}", f"bad_url: {problem}"
    host = feed["host"] if refusal else host_of(canonical)
    shown = canonical if not refusal and "://" not in url else url
    return ledger.Discovery(shown or canonical, canonical, host, guid, title, to_json(entry.hints), refusal)
