"""Older pages of a feed: where it is paged or archived (RFC 5005), it goes on itself to what a gap hides."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from wirewatch.core.canonical import BadUrl, host_of
from wirewatch.core.feed import FeedEntry, NotAFeed, parse_feed
from wirewatch.io.fetch_failures import FetchFailed, HostHeld
from wirewatch.io.http import Fetcher

_MOST_PAGES = 12


@dataclass(frozen=True, slots=True)
class Pages:
    """The entries of a feed's pages, newest page first; `reached`: they go back to where was asked for."""

    entries: tuple[FeedEntry, ...]
    reached: bool


async def older(client: Fetcher, url: str, since: datetime) -> Pages | None:
    """Follow a feed to older pages, at most twelve on its own host, until one shows `since`; None where it has no such page."""
    entries: list[FeedEntry] = []
    visited: list[str] = []
    following: str | None = url
    while following and following not in visited and len(visited) < _MOST_PAGES:
        visited.append(following)
        try:
            answer = await client.get(following, kind="feed")
            if answer.status >= 400:
                break
            parsed = await asyncio.to_thread(
                parse_feed, answer.body, url=answer.final_url, content_type=answer.headers.get("content-type")
            )
        except HostHeld:
            raise
        except (FetchFailed, NotAFeed):
            break
        entries.extend(parsed.entries)
        dates = [entry.hints.published for entry in parsed.entries if entry.hints.published]
        if dates and min(dates) <= since:
            return Pages(tuple(entries), reached=True) if len(visited) > 1 else None
        following = parsed.older_url if _same_host(parsed.older_url, url) else None
    return Pages(tuple(entries), reached=False) if len(visited) > 1 else None


def _same_host(one: str | None, other: str) -> bool:
    try:
        return one is not None and host_of(one) == host_of(other)
    except BadUrl:
        return False
