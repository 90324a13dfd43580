"""Coverage: news sitemaps, found and read; gaps of feeds repaired from them, and the list that capture is measured against."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver

from wirewatch.core import gaps, robots
from wirewatch.core.canonical import BadUrl, canonical_url, host_of
from wirewatch.core.feed import FeedEntry, parse_feed
from wirewatch.core.storable import storable
from wirewatch.io import gaps as gap_table
from wirewatch.io import listings, postgres
from wirewatch.io.discovery import Discovery, discover
from wirewatch.io.fetch_failures import HostHeld
from wirewatch.io.http import Fetcher
from wirewatch.jobs import feed_pages
from wirewatch.jobs.ask_feed import news_sitemaps
from wirewatch.jobs.crowd import as_done
from wirewatch.jobs.failures import sentence
from wirewatch.jobs.hints import to_json
from wirewatch.jobs.politeness import Politeness, ServerRefused, fetcher
from wirewatch.settings import settings

_GAPS, _HOSTS, _EVERY_HOURS = 200, 500, 6.0
_TRIES, _AGAIN_HOURS = 4, 2.0
_WELL_KNOWN = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml")
_MOST_SITEMAPS = 6
_KEPT = timedelta(days=7)


class NoSitemap(Exception):
    """The site has no sitemap that could be read."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the news sitemaps of a site list, or the older pages of a feed: `sitemap` is the first that was read."""

    sitemap: str
    entries: tuple[FeedEntry, ...]
    pages: bool = False


def repair(dsn: str, run_id: str, names: AbstractResolver | None = None) -> dict[str, int]:
    """Fill the open gaps from older pages of the feeds, else from sitemaps. Counts: gaps, repaired, listed, found, unrepaired.

    What a sitemap lists for the interval, in the sections that the feed is of, and no feed has shown, is entered in the
    ledger as of that feed. A gap that no sitemap reaches back to is tried again, and said to be unrepairable in the end.
    """
    return asyncio.run(_repair(dsn, run_id, names))


def survey(dsn: str, run_id: str, names: AbstractResolver | None = None) -> dict[str, int]:
    """Read the news sitemaps of the sources that are at work. Counts: hosts, read, without, listed (articles new to the list)."""
    return asyncio.run(_survey(dsn, run_id, names))


async def _repair(dsn: str, run_id: str, names: AbstractResolver | None) -> dict[str, int]:
    chosen = settings()
    counts: Counter[str] = Counter(gaps=0, repaired=0, listed=0, found=0, unrepaired=0)
    with postgres.transaction(dsn) as db:
        due = gap_table.due(db, _GAPS)
        shown = {gap["id"]: listings.addresses_of_feed(db, gap["feed_id"]) for gap in due}
    async with Politeness(dsn, chosen, run_id) as politeness, fetcher(chosen, politeness, names) as client:

        async def one(gap: dict[str, Any]) -> Read:
            pages = await feed_pages.older(client, gap["feed_url"], gap["from_at"])
            if pages is not None and pages.reached:
                return Read(gap["feed_url"], pages.entries, pages=True)
            return await _read_site(dsn, client, politeness, _site(shown[gap["id"]], gap["feed_url"]))

        async for gap, result in as_done(
            due, one, lambda gap: str(gap["feed_host"]), at_once=chosen.at_once, per_host=1
        ):
            counts["gaps"] += 1
            with postgres.transaction(dsn) as db:
                if isinstance(result, Read):
                    counts.update(_fill(db, gap, result, shown[gap["id"]]))
                else:
                    gap_table.try_again(db, gap["id"], note=sentence(result), hours=_AGAIN_HOURS, most=_TRIES)
                    counts["unrepaired"] += 1
    return dict(counts)


def _fill(db: postgres.Connection, gap: dict[str, Any], read: Read, shown: Sequence[str]) -> dict[str, int]:
    """Enter what the sitemap lists for a gap, and close it where the sitemap reaches back to its beginning.

    All that a feed's own pages show is the feed's; of a sitemap, which is the independent list that capture is measured
    against, what is of the sections that the feed shows.
    """
    if not read.pages:
        listings.record(db, read.sitemap, _listed(read.entries))
    typical = gaps.sections(shown) if not read.pages else frozenset()
    within = [
        item
        for entry in read.entries
        if (at := entry.hints.published) and gap["from_at"] < at < gap["until_at"] and (item := _discovery(entry))
        and gaps.belongs(item.canonical_url, typical)
    ]  # fmt: skip
    found = discover(db, {gap["feed_id"]: within})[gap["feed_id"]].new
    oldest = min((entry.hints.published for entry in read.entries if entry.hints.published), default=None)
    counts = {"listed": len(within), "found": found}
    if oldest is None or oldest > gap["from_at"]:
        note = f"{read.sitemap} goes back to {oldest or 'no date'} only; {found} articles were found so far"
        gap_table.try_again(db, gap["id"], note=note, hours=_AGAIN_HOURS, most=_TRIES)
        return {**counts, "unrepaired": 1}
    note = f"{len(within)} articles are listed for it, {found} of them no feed had shown"
    gap_table.close(db, gap["id"], listed=len(within), found=found, source=read.sitemap, note=note)
    return {**counts, "repaired": 1}


async def _survey(dsn: str, run_id: str, names: AbstractResolver | None) -> dict[str, int]:
    chosen = settings()
    counts: Counter[str] = Counter(hosts=0, read=0, without=0, listed=0)
    with postgres.transaction(dsn) as db:
        due = listings.to_survey(db, _EVERY_HOURS, _HOSTS)
    async with Politeness(dsn, chosen, run_id) as politeness, fetcher(chosen, politeness, names) as client:

        async def one(host: dict[str, Any]) -> Read:
            return await _read_site(dsn, client, politeness, _site([host["url"]], host["url"]))

        async for _, result in as_done(due, one, lambda host: str(host["host"]), at_once=chosen.at_once, per_host=1):
            counts["hosts"] += 1
            if not isinstance(result, Read):
                counts["without"] += 1
                continue
            counts["read"] += 1
            since = datetime.now(UTC) - _KEPT
            fresh = [entry for entry in result.entries if entry.hints.published and entry.hints.published > since]
            with postgres.transaction(dsn) as db:
                counts["listed"] += listings.record(db, result.sitemap, _listed(fresh))
    return dict(counts)


def _site(urls: Sequence[str], otherwise: str) -> str:
    """Scheme and host that most of these addresses have."""
    homes = Counter(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, urls or [otherwise]))
    return homes.most_common(1)[0][0]


async def _read_site(dsn: str, client: Fetcher, politeness: Politeness, home: str) -> Read:
    """The news sitemaps of a site, as its robots.txt names them, else where they usually are. NoSitemap where none is."""
    host = host_of(home)
    with postgres.transaction(dsn) as db:
        known = listings.sitemaps(db, host)
    if known is None:
        rules = await politeness.robots_of(f"{home}/")
        named = robots.sitemaps(rules.body, f"{home}/robots.txt")
        newsy = [url for url in named if "news" in url.lower()]
        known = newsy or list(named) or [home + path for path in _WELL_KNOWN]
    entries: list[FeedEntry] = []
    read: list[str] = []
    problem: Exception | None = None
    for url in known[:_MOST_SITEMAPS]:
        try:
            entries.extend(await _entries(client, url))
            read.append(url)
        except HostHeld:
            raise
        except Exception as failure:  # noqa: BLE001  (the others of the site may do; what is left is said)
            problem = failure
    note = f"{len(entries)} articles listed" if read else f"none could be read ({problem and sentence(problem)})"
    with postgres.transaction(dsn) as db:
        listings.keep_sitemaps(db, host, read, note)
    if not read:
        raise NoSitemap(f"{home} has no news sitemap that could be read")
    return Read(read[0], tuple(entries))


async def _entries(client: Fetcher, url: str) -> list[FeedEntry]:
    found = await client.get(url, kind="sitemap")
    if found.status >= 400:
        raise ServerRefused(found.status)
    parsed = await asyncio.to_thread(parse_feed, found.body, url=found.final_url)
    if parsed.kind != "sitemapindex":
        return list(parsed.entries)
    entries: list[FeedEntry] = []
    for child in news_sitemaps(parsed, datetime.now(UTC)):
        answer = await client.get(child, kind="sitemap")
        if answer.status < 400:
            inner = await asyncio.to_thread(parse_feed, answer.body, url=answer.final_url)
            entries.extend(inner.entries if inner.kind == "sitemap" else ())
    return entries


def _listed(entries: Sequence[FeedEntry]) -> list[listings.Listed]:
    found = ((entry, _discovery(entry)) for entry in entries)
    return [
        listings.Listed(item.canonical_url, item.host, entry.hints.published, item.title)
        for entry, item in found
        if item
    ]


def _discovery(entry: FeedEntry) -> Discovery | None:
    try:
        canonical = canonical_url(storable(entry.url or ""))
    except BadUrl:
        return None
    title = storable(entry.title)
    return Discovery(entry.url or canonical, canonical, host_of(canonical), None, title, to_json(entry.hints))
