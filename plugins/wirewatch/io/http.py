"""The HTTP client: one deadline, one byte cap and one rule of addresses for a whole fetch, redirects included."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Protocol
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from wirewatch.core import http_rules
from wirewatch.core.addresses import parse_networks
from wirewatch.core.canonical import BadUrl, canonical_url, host_of
from wirewatch.io import guard
from wirewatch.io.fetch_failures import (
    FetchFailed,
    HostHeld,
    RefusedAddress,
    TooManyRedirects,
    as_fetch_failures,
    asked_once,
)
from wirewatch.io.unpack import ACCEPTED, BodyTooLarge, Unpacker

_REDIRECTS = (301, 302, 303, 307, 308)
_PERMANENT = (301, 308)
_PAUSES = (429, 503)
_PAUSE_UNSAID = timedelta(minutes=1)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_ACCEPT = (
    "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,application/feed+json,"
    "application/xml;q=0.9,*/*;q=0.8"
)


class HostGate(Protocol):
    """The manners that all workers share. It is asked before each request, those of redirects included."""

    async def enter(self, url: str, host: str, kind: str) -> float:
        """Seconds to wait before a request for `url`; raises where there may be none now, or none at all.

        `kind` says what the fetch is for: robots, feed, page, sitemap.
        """

    async def hold(self, host: str, until: datetime, reason: str) -> None:
        """No request to the host before `until`."""

    def note(self, request: Request) -> None:
        """A request was made: for the audit."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was made, and what came of it. `received` in bytes over the wire, `seconds` to the last of them."""

    host: str
    url: str
    kind: str
    at: datetime
    seconds: float
    received: int = 0
    status: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What a fetch brought. Header names are lower case; `body` is unpacked; `elapsed` in seconds.

    `moved_to` is where permanent redirects (301, 308) from the address lead, before any that may pass; None without.
    `sent` are the headers of the last request.
    """

    url: str
    final_url: str
    status: int
    reason: str
    headers: dict[str, str]
    raw_headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    elapsed: float
    redirects: int
    moved_to: str | None = None
    sent: tuple[tuple[str, str], ...] = ()

    def header(self, name: str) -> str | None:
        """A header's value, or None."""
        return self.headers.get(name.lower())

    @property
    def charset(self) -> str | None:
        """The character set that the Content-Type names."""
        return http_rules.charset(self.header("content-type"))


class Fetcher:
    """An asynchronous client for pages and feeds; use it as an async context manager.

    `deadline` (seconds) is for the whole fetch but the waiting that manners ask for; `max_bytes` is for the body,
    packed and unpacked; `allow_private` names networks that may be fetched although they are not public; `names`
    looks names up (the system's resolver where it is left out).
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow_private: str = "",
        deadline: float = 30.0,
        max_bytes: int = 10_000_000,
        max_redirects: int = 8,
        gate: HostGate | None = None,
        names: AbstractResolver | None = None,
        at_once: int = 64,
    ) -> None:
        self._headers = {"User-Agent": user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED}
        self._look = guard.look(parse_networks(allow_private))
        self._deadline, self._max_bytes, self._max_redirects = deadline, max_bytes, max_redirects
        self._gate, self._names, self._at_once = gate, names, at_once
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Fetcher:
        connector = aiohttp.TCPConnector(
            resolver=guard.GuardedResolver(self._look, self._names),
            limit=self._at_once,
            limit_per_host=2,
            socket_factory=guard.guarded_socket(self._look),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),  # none: each request is made within its deadline
            max_line_size=16_384,
            max_field_size=65_536,
            max_headers=1000,
            middlewares=(asked_once,),
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        kind: str = "page",
        first: int | None = None,
    ) -> Response:
        """Fetch `url`, following redirects; conditionally where validators are given. FetchFailed says why not.

        With `first`, only so many bytes of a body are read, and the rest is left where it is.
        """
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        conditions = {name: value for name, value in validators.items() if value}
        started, spent, here, moved_to = datetime.now(UTC), 0.0, url, None
        permanent = True
        for hop in range(self._max_redirects + 1):
            host = await self._wait_for_turn(here, kind)
            answer = await self._once(here, host, conditions if hop == 0 else {}, kind, self._deadline - spent, first)
            spent += answer.seconds
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not target:
                await self._keep_pause(host, answer)
                return _response(url, here, answer, started, spent, hop, moved_to)
            here = _redirected(here, target)
            permanent = permanent and answer.status in _PERMANENT
            moved_to = here if permanent else moved_to
        message = f"{url} redirects more than {self._max_redirects} times"
        raise TooManyRedirects(message)

    async def _wait_for_turn(self, url: str, kind: str) -> str:
        """Wait until `url` may be asked for; its host. RefusedAddress, and what the gate raises."""
        try:
            host = host_of(url)
        except BadUrl as problem:
            raise RefusedAddress(str(problem)) from problem
        if not _WEB.match(url):
            raise RefusedAddress(f"{url[:200]!r} is not an http or https address")
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        if name[:1].isdigit() or ":" in name:
            reason = self._look(name)
            if reason and "no IP address" not in reason:
                raise RefusedAddress(f"{url}: {reason}")
        if self._gate is not None:
            wait = await self._gate.enter(url, host, kind)
            if wait > 0.0:
                await asyncio.sleep(wait)
        return host

    async def _once(
        self, url: str, host: str, conditions: Mapping[str, str], kind: str, left: float, first: int | None
    ) -> _Answer:
        """One request and its answer, noted for the audit whatever comes of it."""
        at, begun = datetime.now(UTC), time.monotonic()
        answer, problem = _Answer(), None
        try:
            with as_fetch_failures(url, self._deadline, self._max_bytes):
                async with asyncio.timeout(max(0.01, left)):
                    await self._exchange(url, conditions, answer, first)
        except FetchFailed as failure:
            problem = type(failure).__name__
            raise
        finally:
            answer.seconds = time.monotonic() - begun
            if self._gate is not None and problem != RefusedAddress.__name__:
                self._gate.note(
                    Request(host, url, kind, at, answer.seconds, answer.received, answer.status or None, problem)
                )
        return answer

    async def _exchange(self, url: str, conditions: Mapping[str, str], answer: _Answer, first: int | None) -> None:
        assert self._session is not None, "use the Fetcher as a context manager"
        async with self._session.get(URL(url, encoded=True), headers=conditions, allow_redirects=False) as response:
            answer.status, answer.reason = response.status, response.reason or ""
            answer.raw_headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.raw_headers)
            answer.headers = _by_name(answer.raw_headers)
            answer.sent = tuple(response.request_info.headers.items())
            if response.status not in _REDIRECTS:
                await self._body(response, answer, first)

    async def _body(self, response: aiohttp.ClientResponse, answer: _Answer, first: int | None) -> None:
        declared = response.headers.get("Content-Length", "")
        if first is None and declared.isdigit() and int(declared) > self._max_bytes:
            raise BodyTooLarge
        unpack = Unpacker(response.headers.get("Content-Encoding", ""), first or self._max_bytes)
        try:
            while piece := await response.content.readany():
                answer.received += len(piece)
                unpack.feed(piece)
            answer.body = unpack.body()
        except BodyTooLarge:
            if first is None:
                raise
            answer.body = unpack.so_far()[:first]

    async def _keep_pause(self, host: str, answer: _Answer) -> None:
        if answer.status not in _PAUSES and "retry-after" not in answer.headers:
            return
        now = datetime.now(UTC)
        until = http_rules.retry_after(answer.headers.get("retry-after"), now)
        if until is None and answer.status in _PAUSES:
            until = now + _PAUSE_UNSAID
        if until is None or self._gate is None:
            return
        await self._gate.hold(host, until, f"it answered {answer.status} and asked for a pause")
        if answer.status in _PAUSES:
            raise HostHeld(host, until)


@dataclass(slots=True)
class _Answer:
    status: int = 0
    reason: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    raw_headers: tuple[tuple[str, str], ...] = ()
    sent: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    received: int = 0
    seconds: float = 0.0


def _response(
    url: str, here: str, answer: _Answer, started: datetime, spent: float, hops: int, moved_to: str | None
) -> Response:
    return Response(
        url=url,
        final_url=here,
        status=answer.status,
        reason=answer.reason,
        headers=answer.headers,
        raw_headers=answer.raw_headers,
        body=answer.body,
        fetched_at=started,
        elapsed=spent,
        redirects=hops,
        moved_to=moved_to,
        sent=answer.sent,
    )


def _by_name(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Header values by name in lower case; those of one name are joined by commas (RFC 9110, section 5.3)."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _redirected(here: str, target: str) -> str:
    try:
        text = target.encode("latin-1", "ignore").decode("utf-8", "replace")
        found = urljoin(here, text.strip())
        canonical_url(found)
        return str(URL(found))
    except (BadUrl, ValueError) as problem:
        raise RefusedAddress(f"{here} redirects to no http address: {target[:200]!r}") from problem
