"""Poll: the feeds that are due, in buckets by host; what they show is entered in the ledger."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

from aiohttp.abc import AbstractResolver

from wirewatch.io import feeds, postgres
from wirewatch.io.archive import Archive, Original
from wirewatch.io.fetch_failures import HostBusy
from wirewatch.jobs.ask_feed import Asked, ask
from wirewatch.jobs.crowd import NotStarted, handfuls
from wirewatch.jobs.politeness import Politeness, fetcher
from wirewatch.jobs.poll_record import Feed, Polled, record
from wirewatch.settings import settings

_LIMIT, _BUCKETS, _LEASE_MINUTES = 25_000, 4, 20.0
_LOADED, _HANDFUL, _SECONDS = 1000, 50, 2.0


def due_buckets(dsn: str, limit: int = _LIMIT, buckets: int = _BUCKETS) -> list[list[int]]:
    """Take the feeds that are due and spread them by host: lists of feed keys, none empty."""
    with postgres.transaction(dsn) as db:
        due = feeds.due(db, limit, _LEASE_MINUTES)
    spread: dict[int, list[int]] = {}
    for feed in due:
        bucket = int.from_bytes(sha256(feed["host"].encode()).digest()[:4], "big") % buckets
        spread.setdefault(bucket, []).append(feed["id"])
    return [sorted(ids) for _, ids in sorted(spread.items())]


def poll_bucket(dsn: str, ids: list[int], run_id: str, names: AbstractResolver | None = None) -> dict[str, int]:
    """Poll these feeds. Counts: polls by outcome, entries seen, new entries, gaps. `names` looks host names up."""
    return asyncio.run(_poll(dsn, ids, run_id, names))


async def _poll(dsn: str, ids: list[int], run_id: str, names: AbstractResolver | None) -> dict[str, int]:
    chosen = settings()
    archive = Archive(chosen.archive_url)
    counts: Counter[str] = Counter(ok=0, not_modified=0, held=0, failed=0, entries=0, new_entries=0, gaps=0)
    async with Politeness(dsn, chosen, run_id) as politeness, fetcher(chosen, politeness, names) as client:
        end = time.monotonic() + chosen.fetch_minutes * 60
        for start in range(0, len(ids), _LOADED):
            with postgres.transaction(dsn) as db:
                due = feeds.named(db, ids[start : start + _LOADED])
            coming = handfuls(
                due,
                lambda feed: ask(client, feed),
                lambda feed: str(feed["host"]),
                at_once=chosen.at_once,
                seconds=max(0.0, end - time.monotonic()),
                most=_HANDFUL,
                within=_SECONDS,
            )
            async for done in coming:
                asked = [(feed, _asked(feed, result)) for feed, result in done]
                counts.update(await asyncio.to_thread(_settle, dsn, archive, asked, run_id))
    return dict(counts)


def _asked(feed: Feed, result: Asked | Exception) -> Asked:
    if isinstance(result, NotStarted):
        return Asked(problem=HostBusy(feed["host"], datetime.now(UTC)))
    return result if isinstance(result, Asked) else Asked(problem=result)


def _settle(dsn: str, archive: Archive, asked: list[tuple[Feed, Asked]], run_id: str) -> Counter[str]:
    """Keep what came in the archive, then write all polls in one transaction: no row points at nothing."""
    polled = _archived(dsn, archive, asked)
    with postgres.transaction(dsn) as db:
        return record(db, polled, run_id)


def _archived(dsn: str, archive: Archive, asked: list[tuple[Feed, Asked]]) -> list[Polled]:
    """Each poll with where its answer is; of a body that is there already, a record says so."""
    name = f"{datetime.now(UTC):%Y/%m/%d}/feeds-{uuid4().hex[:12]}.warc.gz"
    with postgres.transaction(dsn) as db:
        unchanged = [(feed["id"], one.digest) for feed, one in asked if one.unchanged and one.digest]
        archived = feeds.archived(db, unchanged) if unchanged else {}
    polled = []
    with archive.writer(name) as writer:
        for feed, one in asked:
            if one.unchanged and one.source:
                at = archived.get(feed["id"])
                writer.add_revisit(one.source, Original(one.source.final_url, at) if at else None)
                polled.append(Polled(feed, one))
                continue
            kept = [writer.add(answer) for answer in one.answers if answer.body]
            polled.append(Polled(feed, one, kept[0] if kept else None))
    return polled
