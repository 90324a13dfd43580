"""The manners that all fetching shares: spacing and holds through Postgres, robots.txt read once a day a host, an audit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver

from wirewatch.core import robots
from wirewatch.core.canonical import host_of
from wirewatch.core.storable import storable
from wirewatch.io import hosts, postgres, requests
from wirewatch.io.fetch_failures import FetchFailed, HostBusy, HostHeld
from wirewatch.io.http import Fetcher, Request
from wirewatch.jobs.rounds import Rounds
from wirewatch.settings import Settings

_ROBOTS_TTL = timedelta(hours=24)
_ROBOTS_RETRY = timedelta(minutes=30)
_SERVER_ERROR = 500
_LONGEST_WAIT = 120.0
"""Seconds that a request waits for its turn inside a run; what would wait longer is left to a later run."""
_NOTES_EVERY = 1.0

Answer = TypeVar("Answer")


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

    An async context manager; it is the `gate` of the Fetcher that `fetcher` makes with it. Requests are noted for the
    audit every second and at the end: a worker that is killed takes with it what it noted in its last second.
    """

    def __init__(self, dsn: str, chosen: Settings, run_id: str) -> None:
        self._db = postgres.connect(dsn, autocommit=True)
        self._thread = ThreadPoolExecutor(1, "manners")
        self._chosen, self._run_id = chosen, run_id
        self._client: Fetcher | None = None
        self._robots: dict[str, hosts.Robots] = {}
        self._unreachable: dict[str, FetchFailed] = {}
        self._reading: dict[str, asyncio.Lock] = {}
        self._manners: dict[str, tuple[float, str]] = {}
        self._notes: list[requests.Noted] = []
        self._book: Rounds[tuple[str, float], hosts.Turn] = Rounds(
            lambda asked: hosts.book(self._db, asked, _LONGEST_WAIT), self._thread
        )
        self._stored: Rounds[str, hosts.Robots | None] = Rounds(
            lambda asked: hosts.robots(self._db, asked), self._thread
        )
        self._store: Rounds[tuple[str, hosts.Robots], None] = Rounds(
            lambda found: hosts.store_robots(self._db, found), self._thread
        )

    async def __aenter__(self) -> Politeness:
        self._writing = asyncio.create_task(self._write_notes())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writing.cancel()
        with suppress(asyncio.CancelledError):
            await self._writing
        try:
            await self._write()
        finally:
            self._thread.shutdown()
            self._db.close()

    async def enter(self, url: str, host: str, kind: str) -> float:
        """Book the host's next free moment: seconds to wait for it.

        HostHeld where the host asked for a pause, or more wait for it than can be asked in this run; RobotsForbid where
        its robots.txt forbids `url` to us (it is read first where that is due); RobotsUnread where it does not give its
        rules, FetchFailed where it cannot be reached: nothing is asked of it then (RFC 9309, section 2.3.1.4).
        """
        found = await self._ask_robots(url, host) if kind != "robots" else None
        spacing = max(self._chosen.host_spacing, found.delay or 0.0) if found else self._chosen.host_spacing
        turn = await self._book.ask((host, spacing))
        if turn.held is not None:
            raise HostHeld(host, turn.held)
        if turn.wait is None:
            raise HostBusy(host, datetime.now(UTC) + timedelta(seconds=_LONGEST_WAIT))
        self._manners[url] = spacing, found.words if found else "robots.txt is always asked for"
        return turn.wait

    async def hold(self, host: str, until: datetime, reason: str) -> None:
        """No request to the host before `until`, from any worker."""
        await self._in_thread(lambda: hosts.hold(self._db, host, until, reason))

    def note(self, request: Request) -> None:
        """Note a request for the audit."""
        self._notes.append(requests.Noted(request, *self._manners.pop(request.url, (0.0, ""))))

    async def robots_of(self, url: str) -> hosts.Robots:
        """The robots.txt of the host of `url`, read where that is due."""
        return await self._robots_of(url, host_of(url))

    async def _robots_of(self, url: str, host: str) -> hosts.Robots:
        known = self._robots.get(host)
        if known is not None and not self._stale(known):
            return known
        async with self._reading.setdefault(host, asyncio.Lock()):
            if host in self._unreachable:
                raise self._unreachable[host]
            known = self._robots.get(host) or await self._stored.ask(host)
            if known is None or self._stale(known):
                known = await self._read(url, host)
            self._robots[host] = known
        return known

    async def _ask_robots(self, url: str, host: str) -> robots.Rule:
        known = await self._robots_of(url, host)
        rule = robots.rule(known.body, known.status, url, self._chosen.user_agent)
        if not rule.allowed:
            if known.status is None or known.status >= _SERVER_ERROR:
                raise RobotsUnread(known.status)
            message = f"its robots.txt forbids it ({host})"
            raise RobotsForbid(message)
        return rule

    def _stale(self, known: hosts.Robots) -> bool:
        answered = known.status is not None and known.status < _SERVER_ERROR
        return datetime.now(UTC) - known.fetched_at > (_ROBOTS_TTL if answered else _ROBOTS_RETRY)

    async def _read(self, url: str, host: str) -> hosts.Robots:
        assert self._client is not None, "fetcher() gives the manners their client"
        parts = urlsplit(url)
        try:
            address = f"{parts.scheme}://{parts.netloc}/robots.txt"
            found = await self._client.get(address, kind="robots", first=robots.READ)
            body = storable(found.body.decode("utf-8", "replace")) if found.status == 200 else None
            read = hosts.Robots(body, found.status, datetime.now(UTC))
        except HostHeld:
            raise
        except FetchFailed as problem:
            self._unreachable[host] = problem
            raise
        await self._store.ask((host, read))
        return read

    async def _write_notes(self) -> None:
        while True:
            await asyncio.sleep(_NOTES_EVERY)
            await self._write()

    async def _write(self) -> None:
        notes, self._notes = self._notes, []
        if notes:
            await self._in_thread(lambda: requests.record(self._db, self._run_id, notes))

    async def _in_thread(self, work: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def attach(self, client: Fetcher) -> None:
        """Read robots.txt with this client."""
        self._client = client


def fetcher(chosen: Settings, gate: Politeness, names: AbstractResolver | None = None) -> Fetcher:
    """A Fetcher as the settings want it, with `gate` as its manners."""
    client = Fetcher(
        user_agent=chosen.user_agent,
        allow_private=chosen.allow_private,
        deadline=chosen.fetch_deadline,
        max_bytes=chosen.max_bytes,
        gate=gate,
        names=names,
        at_once=chosen.at_once,
    )
    gate.attach(client)
    return client
