"""Fetch: the bucket's pages, asynchronously and politely, into the archive; each entry moved on, put off, or rejected."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiohttp.abc import AbstractResolver

from wirewatch.core.canonical import BadUrl, host_of
from wirewatch.core.model import Rejected
from wirewatch.io import ledger, pages, postgres
from wirewatch.io.archive import Archive, PageRef
from wirewatch.io.discovery import WITHOUT_ADDRESS
from wirewatch.io.fetch_failures import HostBusy, HostHeld, RefusedAddress, TooLarge
from wirewatch.io.http import Response
from wirewatch.jobs.crowd import NotStarted, handfuls
from wirewatch.jobs.failures import give_back_or_quarantine
from wirewatch.jobs.hints import from_json, has_words
from wirewatch.jobs.politeness import Politeness, RobotsForbid, ServerRefused, fetcher
from wirewatch.settings import Settings, settings

_HANDFUL, _SECONDS = 40, 2.0
_REDIRECT = 300
"""From here on a status is no page: what was redirected has been followed by now."""
_FINAL = {404: Rejected.NOT_FOUND, 410: Rejected.GONE, 451: Rejected.FORBIDDEN}
_FORBIDDEN = (401, 402, 403)
_FEED_STANDS_IN = (Rejected.FORBIDDEN, Rejected.ROBOTS)

Entry = dict[str, Any]
Outcome = Response | Exception | None
"""What came of an entry; None where there is no page to fetch, and the feed's own words stand in."""


def fetch(dsn: str, batch_id: int, bucket: int, run_id: str, names: AbstractResolver | None = None) -> dict[str, int]:
    """Move the bucket's entries from claimed to fetched. Counts: fetched, rejected, pending, quarantined.

    `names` looks host names up.
    """
    return asyncio.run(_fetch(dsn, batch_id, bucket, run_id, names))


async def _fetch(dsn: str, batch_id: int, bucket: int, run_id: str, names: AbstractResolver | None) -> dict[str, int]:
    chosen = settings()
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, chosen.lease_minutes)
        entries = ledger.at_stage(db, batch_id, "claimed", bucket)
    counts: Counter[str] = Counter(fetched=0, rejected=0, pending=0, quarantined=0)
    archive = Archive(chosen.archive_url)
    async with Politeness(dsn, chosen, run_id) as politeness, fetcher(chosen, politeness, names) as client:

        async def one(entry: Entry) -> Response | None:
            if entry["canonical_url"].startswith(WITHOUT_ADDRESS):
                return None
            return await client.get(_address(entry))

        coming = handfuls(
            entries,
            one,
            lambda entry: str(entry["host"]),
            at_once=chosen.at_once,
            seconds=chosen.fetch_minutes * 60,
            most=_HANDFUL,
            within=_SECONDS,
        )
        async for done in coming:
            counts.update(await asyncio.to_thread(_settle, dsn, batch_id, run_id, done, archive, chosen))
    return dict(counts)


def _address(entry: Entry) -> str:
    """Where the page is: the address as the feed gave it, but not that of a counter on another host."""
    if entry["url"] == entry["canonical_url"]:
        return str(entry["url"])
    try:
        return str(entry["url"] if host_of(entry["url"]) == entry["host"] else entry["canonical_url"])
    except BadUrl:
        return str(entry["canonical_url"])


def _settle(
    dsn: str,
    batch_id: int,
    run_id: str,
    done: list[tuple[Entry, Outcome]],
    archive: Archive,
    chosen: Settings,
) -> Counter[str]:
    """Archive what came, then move each entry: pages first, rows after, so that no row points at nothing."""
    name = f"{datetime.now(UTC):%Y/%m/%d}/pages-{batch_id}-{uuid4().hex[:12]}.warc.gz"
    kept: list[tuple[int, Response, PageRef]] = []
    with archive.writer(name) as writer:
        for entry, result in done:
            if isinstance(result, Response):
                kept.append((entry["id"], result, writer.add(result)))
    counts: Counter[str] = Counter()
    on: list[int] = []
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, chosen.lease_minutes)
        pages.save(db, kept)
    for entry, result in done:
        if _goes_on(entry, result):
            on.append(entry["id"])
        else:
            counts[_settle_one(dsn, batch_id, run_id, entry, result, chosen)] += 1
    if on:
        with postgres.transaction(dsn) as db:
            ledger.advance(db, on, batch_id, "claimed", "fetched")
        counts["fetched"] += len(on)
    return counts


def _goes_on(entry: Entry, result: Outcome) -> bool:
    """Whether there is something to clean: a page, or the feed's own words where the page is closed to us."""
    if result is None:
        return True
    rejection = _rejection(result)
    if rejection:
        return rejection[0] in _FEED_STANDS_IN and has_words(from_json(entry["hints"]))
    return isinstance(result, Response) and result.status < _REDIRECT


def _settle_one(dsn: str, batch_id: int, run_id: str, entry: Entry, result: Outcome, chosen: Settings) -> str:
    rejection = _rejection(result)
    if rejection:
        with postgres.transaction(dsn) as db:
            ledger.decide(db, entry["id"], batch_id, "rejected", f"{rejection[0]}: {rejection[1]}")
        return "rejected"
    if isinstance(result, HostHeld | NotStarted):
        until = result.until if isinstance(result, HostHeld) else datetime.now(UTC)
        wait = (until - datetime.now(UTC)).total_seconds()
        reason = f"its host asked for a pause until {until:%Y-%m-%d %H:%M:%S} UTC"
        if isinstance(result, HostBusy | NotStarted):
            reason = f"{result}"
        with postgres.transaction(dsn) as db:
            ledger.postpone(db, entry["id"], batch_id, reason=reason, seconds=max(1.0, wait), failed=False)
        return "pending"
    problem = result if isinstance(result, Exception) else ServerRefused(result.status if result else 0)
    return give_back_or_quarantine(
        dsn,
        entry,
        batch_id,
        run_id,
        stage="fetch",
        back_to="discovered",
        problem=problem,
        max_attempts=chosen.max_attempts,
    )


def _rejection(result: Outcome) -> tuple[Rejected, str] | None:
    """Why no later try would help, or None."""
    if isinstance(result, Response):
        reason = Rejected.FORBIDDEN if result.status in _FORBIDDEN else _FINAL.get(result.status)
        return (reason, f"the server answered {result.status}") if reason else None
    for kind, reason in _REFUSALS.items():
        if isinstance(result, kind):
            return reason, str(result)
    return None


_REFUSALS: dict[type[Exception], Rejected] = {
    RobotsForbid: Rejected.ROBOTS,
    RefusedAddress: Rejected.REFUSED_ADDRESS,
    TooLarge: Rejected.TOO_LARGE,
}
