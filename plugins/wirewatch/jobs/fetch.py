"""Fetch: the bucket's pages, asynchronously and politely, into the archive; each entry moved on, put off, or rejected."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from wirewatch.core.model import Rejected
from wirewatch.io import ledger, pages, postgres
from wirewatch.io.archive import Archive, Writer
from wirewatch.io.http import Fetcher, HostHeld, RefusedAddress, Response, TooLarge
from wirewatch.jobs.failures import give_back_or_quarantine
from wirewatch.jobs.hints import from_json
from wirewatch.jobs.politeness import Politeness, RobotsForbid, ServerRefused, fetcher
from wirewatch.settings import Settings, settings

_CHUNK, _AT_ONCE = 40, 16
_FINAL = {404: Rejected.NOT_FOUND, 410: Rejected.GONE, 451: Rejected.FORBIDDEN}
_FORBIDDEN = (401, 402, 403)
_FEED_STANDS_IN = (Rejected.FORBIDDEN, Rejected.ROBOTS)
_FEED_WORDS = 25


def fetch(dsn: str, batch_id: int, bucket: int, run_id: str) -> dict[str, int]:
    """Move the bucket's entries from claimed to fetched. Counts: fetched, rejected, pending, quarantined."""
    return asyncio.run(_fetch(dsn, batch_id, bucket, run_id))


async def _fetch(dsn: str, batch_id: int, bucket: int, run_id: str) -> dict[str, int]:
    chosen = settings()
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, chosen.lease_minutes)
        entries = ledger.at_stage(db, batch_id, "claimed", bucket)
    counts = {"fetched": 0, "rejected": 0, "pending": 0, "quarantined": 0}
    archive = Archive(chosen.archive_url)
    async with Politeness(dsn, chosen) as politeness, fetcher(chosen, politeness) as client:
        for start in range(0, len(entries), _CHUNK):
            chunk = entries[start : start + _CHUNK]
            found = await _gather(client, politeness, chunk)
            for outcome in _settle(dsn, batch_id, run_id, chunk, found, archive, chosen):
                counts[outcome] += 1
    return counts


async def _gather(client: Fetcher, politeness: Politeness, entries: list[dict[str, Any]]) -> list[Response | Exception]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(entry: dict[str, Any]) -> Response:
        async with places:
            await politeness.ask_robots(client, entry["url"])
            return await client.get(entry["url"])

    results = await asyncio.gather(*(one(entry) for entry in entries), return_exceptions=True)
    return [result if isinstance(result, Response | Exception) else _stop(result) for result in results]


def _stop(problem: BaseException) -> Exception:
    raise problem


def _settle(
    dsn: str,
    batch_id: int,
    run_id: str,
    entries: list[dict[str, Any]],
    found: list[Response | Exception],
    archive: Archive,
    chosen: Settings,
) -> list[str]:
    """Archive what came, then move each entry: pages first, rows after, so that no row points at nothing."""
    name = f"{datetime.now(UTC):%Y/%m/%d}/pages-{batch_id}-{uuid4().hex[:12]}.warc.gz"
    with archive.writer(name) as writer:
        kept = [(entry, result, _keep(writer, result)) for entry, result in zip(entries, found, strict=True)]
    outcomes = []
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, chosen.lease_minutes)
    for entry, result, ref in kept:
        if isinstance(result, Response):
            assert ref is not None
            with postgres.transaction(dsn) as db:
                pages.save(db, entry["id"], result, ref)
        outcomes.append(_settle_one(dsn, batch_id, run_id, entry, result, chosen))
    return outcomes


def _keep(writer: Writer, result: Response | Exception) -> Any:
    return writer.add(result) if isinstance(result, Response) else None


def _settle_one(
    dsn: str,
    batch_id: int,
    run_id: str,
    entry: dict[str, Any],
    result: Response | Exception,
    chosen: Settings,
) -> str:
    rejection = _rejection(result)
    if rejection and not (rejection[0] in _FEED_STANDS_IN and _feed_has_text(entry)):
        with postgres.transaction(dsn) as db:
            ledger.decide(db, entry["id"], batch_id, "rejected", f"{rejection[0]}: {rejection[1]}")
        return "rejected"
    if rejection or (isinstance(result, Response) and result.status < 400):
        with postgres.transaction(dsn) as db:
            ledger.advance(db, [entry["id"]], batch_id, "claimed", "fetched")
        return "fetched"
    if isinstance(result, HostHeld):
        with postgres.transaction(dsn) as db:
            wait = max(1.0, (result.until - datetime.now(UTC)).total_seconds())
            reason = f"its host asked for a pause until {result.until:%Y-%m-%d %H:%M:%S} UTC"
            ledger.postpone(db, entry["id"], batch_id, reason=reason, seconds=wait, failed=False)
        return "pending"
    problem = result if isinstance(result, Exception) else ServerRefused(result.status)
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


def _rejection(result: Response | Exception) -> tuple[Rejected, str] | None:
    """Why no later try would help, or None."""
    if isinstance(result, Response):
        reason = Rejected.FORBIDDEN if result.status in _FORBIDDEN else _FINAL.get(result.status)
        return (reason, f"the server answered {result.status}") if reason else None
    for kind, reason in _REFUSALS.items():
        if isinstance(result, kind):
            return reason, str(result)
    return None


def _feed_has_text(entry: dict[str, Any]) -> bool:
    hints = from_json(entry["hints"])
    return len((hints.content_html or hints.summary_html or "").split()) >= _FEED_WORDS


_REFUSALS: dict[type[Exception], Rejected] = {
    RobotsForbid: Rejected.ROBOTS,
    RefusedAddress: Rejected.REFUSED_ADDRESS,
    TooLarge: Rejected.TOO_LARGE,
}
