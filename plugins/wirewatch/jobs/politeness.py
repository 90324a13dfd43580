"""The manners that all fetching shares: spacing and holds through Postgres, robots.txt read once a day a host."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from wirewatch.core import http_rules, robots
from wirewatch.core.canonical import host_of
from wirewatch.core.storable import storable
from wirewatch.io import hosts, postgres
from wirewatch.io.http import Fetcher, FetchFailed, HostHeld, TooLarge
from wirewatch.settings import Settings

_ROBOTS_TTL = timedelta(hours=24)
_ROBOTS_RETRY = timedelta(minutes=30)
_SERVER_ERROR = 500


class RobotsForbid(Exception):
    """The site's robots.txt forbids the address."""


class RobotsUnread(Exception):
    """The site does not give its robots.txt for now."""

    def __init__(self, status: int | None) -> None:
        answer = f"answered {status}" if status else "gave no readable answer"
        super().__init__(f"its robots.txt {answer}, so nothing else is asked for now (RFC 9309)")


class ServerRefused(Exception):
    """The server answered with an error that may pass."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server answered {status}")
        self.status = status


class Politeness:
    """What this process knows of hosts, shared with all others through the table ingest.host.

    An async context manager; it is also the `gate` of a Fetcher.
    """

    def __init__(self, dsn: str, chosen: Settings) -> None:
        self._db = postgres.connect(dsn, autocommit=True)
        self._turn = asyncio.Lock()
        self._chosen = chosen
        self._robots: dict[str, hosts.Robots] = {}
        self._unreachable: dict[str, FetchFailed] = {}
        self._reading: dict[str, asyncio.Lock] = {}

    async def __aenter__(self) -> Politeness:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._db.close()

    async def enter(self, host: str) -> float:
        """Book the host's next free moment: seconds to wait for it. HostHeld where the host asked for a pause."""
        spacing = max(self._chosen.host_spacing, self._crawl_delay(host))
        async with self._turn:
            wait, held_until = await asyncio.to_thread(hosts.book, self._db, host, spacing)
        if held_until is not None:
            raise HostHeld(host, held_until)
        return wait

    async def hold(self, host: str, until: datetime, reason: str) -> None:
        """No request to the host before `until`, from any worker."""
        async with self._turn:
            await asyncio.to_thread(hosts.hold, self._db, host, until, reason)

    async def ask_robots(self, client: Fetcher, url: str) -> None:
        """RobotsForbid where the site's robots.txt forbids `url` to us; it is read first where that is due.

        FetchFailed where the host cannot be reached, RobotsUnread where it does not give its rules: nothing is asked
        of it then (RFC 9309, section 2.3.1.4).
        """
        host = host_of(url)
        async with self._reading.setdefault(host, asyncio.Lock()):
            if host in self._unreachable:
                raise self._unreachable[host]
            known = self._robots.get(host) or await self._stored(host)
            if known is None or self._stale(known):
                known = await self._read(client, url, host)
            self._robots[host] = known
        if not robots.allowed(known.body, known.status, url, self._chosen.user_agent):
            if known.status is None or known.status >= _SERVER_ERROR:
                raise RobotsUnread(known.status)
            message = "its robots.txt forbids it"
            raise RobotsForbid(message)

    def _crawl_delay(self, host: str) -> float:
        known = self._robots.get(host)
        return robots.crawl_delay(known.body, self._chosen.user_agent) or 0.0 if known else 0.0

    async def _stored(self, host: str) -> hosts.Robots | None:
        async with self._turn:
            return await asyncio.to_thread(hosts.robots, self._db, host)

    def _stale(self, known: hosts.Robots) -> bool:
        answered = known.status is not None and known.status < _SERVER_ERROR
        return datetime.now(UTC) - known.fetched_at > (_ROBOTS_TTL if answered else _ROBOTS_RETRY)

    async def _read(self, client: Fetcher, url: str, host: str) -> hosts.Robots:
        parts = urlsplit(url)
        try:
            found = await client.get(f"{parts.scheme}://{parts.netloc}/robots.txt")
            body = storable(found.body.decode("utf-8", "replace")) if found.status == 200 else None
            read = hosts.Robots(body, found.status, datetime.now(UTC))
        except HostHeld:
            raise
        except TooLarge:
            read = hosts.Robots(None, None, datetime.now(UTC))
        except FetchFailed as problem:
            self._unreachable[host] = problem
            raise
        async with self._turn:
            await asyncio.to_thread(hosts.store_robots, self._db, host, read)
        return read


def fetcher(chosen: Settings, gate: Politeness) -> Fetcher:
    """A Fetcher as the settings want it, with `gate` as its manners."""
    return Fetcher(
        user_agent=chosen.user_agent,
        allow_private=chosen.allow_private,
        deadline=chosen.fetch_deadline,
        max_bytes=chosen.max_bytes,
        gate=gate,
    )


def retry_after(headers: dict[str, str], now: datetime) -> datetime | None:
    """Until when a response asks for a pause, on any status."""
    return http_rules.retry_after(headers.get("retry-after"), now)
