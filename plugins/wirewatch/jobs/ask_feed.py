"""Ask one feed: fetched, parsed, followed where it leads: to the sitemaps of an index, to the feed of a page, to its new home."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from wirewatch.core import moves, validators
from wirewatch.core.feed import FeedEntry, NotAFeed, ParsedFeed, parse_feed
from wirewatch.core.moves import Move
from wirewatch.io.http import Fetcher, Response
from wirewatch.jobs.politeness import RobotsForbid, ServerRefused

_BLOCKED = (401, 402, 403, 451)
_CHALLENGED = 202
_MOST_SITEMAPS = 8
_RECENT = timedelta(days=3)


class Blocked(Exception):
    """The site answers people, but not us."""


@dataclass(slots=True)
class Asked:
    """What asking a feed brought: the answers to keep, the feed where it is a new one, or what went wrong.

    `source` is the answer that the feed was read from. `unchanged`: 304, or the same body as before. `candidate`: another
    address that it names, looked at and not taken.
    """

    answers: list[Response] = field(default_factory=list)
    parsed: ParsedFeed | None = None
    problem: Exception | None = None
    unchanged: bool = False
    move: Move | None = None
    candidate: str | None = None
    source: Response | None = None

    @property
    def digest(self) -> str | None:
        """SHA-256 of the body that the feed was read from."""
        return sha256(self.source.body).hexdigest() if self.source else None

    @property
    def answer(self) -> Response | None:
        """The answer to the feed's own address."""
        return self.answers[0] if self.answers else None


async def ask(client: Fetcher, feed: dict[str, Any]) -> Asked:
    """Ask the feed of a row of ingest.feed. It raises nothing but what stops the whole run: what goes wrong is in Asked."""
    asked = Asked()
    try:
        await _ask(client, feed, asked)
    except Exception as problem:  # noqa: BLE001  (one feed must not stop the others; it is recorded)
        asked.problem = problem
    return asked


async def _ask(client: Fetcher, feed: dict[str, Any], asked: Asked) -> None:
    is_index = feed["kind"] == "sitemapindex"
    believed = not is_index and validators.conditional(
        now=datetime.now(UTC), whole_at=feed["whole_at"], caught_at=feed["caught_at"]
    )
    etag, date = (feed["etag"], feed["last_modified"]) if believed else (None, None)
    answer = await client.get(feed["url"], etag=etag, last_modified=date, kind="feed")
    asked.answers.append(answer)
    if answer.status == 304:
        asked.unchanged = True
        return
    if answer.status in _BLOCKED:
        raise Blocked(f"the server answered {answer.status}: it does not let us in")
    if answer.status >= 400:
        raise ServerRefused(answer.status)
    asked.source = answer
    if answer.moved_to:
        asked.move = Move(answer.moved_to, "a permanent redirect leads there")
    if asked.digest == feed["body_digest"] and not is_index:
        asked.unchanged = True
        return
    await _read(client, feed, asked, answer)


async def _read(client: Fetcher, feed: dict[str, Any], asked: Asked, answer: Response) -> None:
    try:
        asked.parsed = await _parsed(answer)
    except NotAFeed as problem:
        asked.move = None
        if answer.status == _CHALLENGED:
            raise Blocked("the server answered 202 with a page: it wants a browser") from problem
        if not problem.links:
            raise
        await _take_feed_of_page(client, asked, problem)
        return
    if asked.parsed.kind == "sitemapindex":
        await _read_sitemaps(client, asked)
        return
    named = moves.candidate(
        polled=answer.moved_to or feed["url"],
        self_url=asked.parsed.self_url,
        new_url=asked.parsed.new_url,
        looked_at=feed["candidate"],
    )
    if named:
        await _look_at(client, asked, named)


async def _take_feed_of_page(client: Fetcher, asked: Asked, page: NotAFeed) -> None:
    """The address is a web page: the first feed that it names and that is one takes its place."""
    for link in page.links[:3]:
        try:
            found = await client.get(link, kind="feed")
            parsed = await _parsed(found)
        except Exception as problem:  # noqa: BLE001  (the next one may do)
            page.add_note(str(problem))
            continue
        asked.answers.append(found)
        asked.source, asked.parsed, asked.move = (
            found,
            parsed,
            Move(link, "the page at its address names it (rel=alternate)"),
        )
        return
    raise page


async def _look_at(client: Fetcher, asked: Asked, named: Move) -> None:
    """Follow another address that the feed names, where the same feed is there."""
    assert asked.parsed is not None
    asked.candidate = named.to
    try:
        found = await client.get(named.to, kind="feed")
        parsed = await _parsed(found) if found.status < 400 else None
    except Exception:  # noqa: BLE001  (what is polled stays good, whatever is there)
        return
    if parsed and moves.same_feed((e.url for e in asked.parsed.entries), (e.url for e in parsed.entries)):
        asked.answers.append(found)
        asked.source, asked.parsed, asked.move, asked.candidate = found, parsed, named, None


async def _read_sitemaps(client: Fetcher, asked: Asked) -> None:
    """The entries of an index are sitemaps: those that are of news, or changed of late, are read in its place."""
    assert asked.parsed is not None
    entries: list[FeedEntry] = []
    problem: Exception | None = None
    for url in news_sitemaps(asked.parsed, datetime.now(UTC)):
        try:
            found = await client.get(url, kind="sitemap")
            parsed = await _parsed(found)
        except Exception as failure:  # noqa: BLE001  (the others of the index may do)
            problem = failure
            continue
        asked.answers.append(found)
        if parsed.kind == "sitemap":
            entries.extend(parsed.entries)
    if problem is not None and not entries:
        raise problem
    asked.parsed = ParsedFeed(asked.parsed.title, "sitemapindex", tuple(entries))


def news_sitemaps(index: ParsedFeed, now: datetime) -> list[str]:
    """The sitemaps of an index that are worth a look, at most eight: those called news, else those changed of late."""
    named = [entry for entry in index.entries if entry.url and "news" in entry.url.rsplit("/", 1)[-1].lower()]
    recent = [entry for entry in index.entries if entry.url and entry.updated and now - entry.updated < _RECENT]
    recent.sort(key=lambda entry: entry.updated or now, reverse=True)
    unknown = [entry for entry in index.entries if entry.url and entry.updated is None]
    chosen = named or recent or unknown[-2:]
    return [entry.url for entry in chosen[:_MOST_SITEMAPS] if entry.url]


async def _parsed(answer: Response) -> ParsedFeed:
    if answer.status >= 400:
        raise ServerRefused(answer.status)
    return await asyncio.to_thread(
        parse_feed, answer.body, url=answer.final_url, content_type=answer.headers.get("content-type")
    )


def is_blocked(problem: Exception) -> bool:
    """Whether a failure means that the site keeps us out."""
    return isinstance(problem, Blocked | RobotsForbid)
