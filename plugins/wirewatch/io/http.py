"""The HTTP client: one deadline, one byte cap and one rule of addresses for a whole fetch, redirects included."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import urljoin

import aiohttp
import brotli
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from wirewatch.core import http_rules
from wirewatch.core.addresses import Network, parse_networks, refused
from wirewatch.core.canonical import BadUrl, canonical_url, host_of

_REDIRECTS = (301, 302, 303, 307, 308)
_PAUSES = (429, 503)
_PAUSE_UNSAID = timedelta(minutes=1)
_PIECE = 64 * 1024
_ACCEPT = (
    "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,application/feed+json,"
    "application/xml;q=0.9,*/*;q=0.8"
)


class FetchFailed(Exception):
    """A fetch brought no response."""


class RefusedAddress(FetchFailed):
    """The address is, or leads to, one that may not be connected to."""


class TooLarge(FetchFailed):
    """The body is larger than the setting allows."""


class DeadlineExceeded(FetchFailed):
    """The whole fetch took longer than the setting allows."""


class TooManyRedirects(FetchFailed):
    """The redirects do not end."""


class DnsFailed(FetchFailed):
    """The host's name was not found."""


class TlsFailed(FetchFailed):
    """The server's certificate does not verify."""


class ConnectionFailed(FetchFailed):
    """The connection was refused, reset, or broke off."""


class HostHeld(FetchFailed):
    """The host asked for a pause."""

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__(f"{host} asked for a pause until {until:%Y-%m-%d %H:%M:%S} UTC")
        self.host, self.until = host, until


class HostGate(Protocol):
    """The manners that all workers share."""

    async def enter(self, host: str) -> float:
        """Seconds to wait before a request to the host; raises HostHeld where it asked for a pause."""

    async def hold(self, host: str, until: datetime, reason: str) -> None:
        """No request to the host before `until`."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a fetch brought. Header names are lower case; `body` is decompressed; `elapsed` in seconds."""

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

    def header(self, name: str) -> str | None:
        """A header's value, or None."""
        return self.headers.get(name.lower())

    @property
    def charset(self) -> str | None:
        """The character set that the Content-Type names."""
        return http_rules.charset(self.header("content-type"))


class _Refused(OSError):
    """Raised where a name resolves to refused addresses only."""


class _GuardedResolver(AbstractResolver):
    """Gives only addresses that may be connected to; aiohttp connects to just those."""

    def __init__(self, allow: tuple[Network, ...]) -> None:
        self._names, self._allow = ThreadedResolver(), allow

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        reasons = [refused(str(item["host"]), self._allow) for item in found]
        kept = [item for item, reason in zip(found, reasons, strict=True) if reason is None]
        if found and not kept:
            raise _Refused(f"{host}: {reasons[0]}")
        return kept

    async def close(self) -> None:
        await self._names.close()


class Fetcher:
    """An asynchronous client for pages and feeds; use it as an async context manager.

    `deadline` (seconds) is for the whole fetch but the waiting that manners ask for; `max_bytes` is for the body,
    compressed and decompressed; `allow_private` names networks that may be fetched although they are not public.
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
    ) -> None:
        self._headers = {"User-Agent": user_agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate, br"}
        self._allow = parse_networks(allow_private)
        self._deadline, self._max_bytes, self._max_redirects = deadline, max_bytes, max_redirects
        self._gate = gate
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Fetcher:
        connector = aiohttp.TCPConnector(
            resolver=_GuardedResolver(self._allow), limit=64, limit_per_host=2, socket_factory=self._socket
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._deadline, sock_read=self._deadline),
            max_line_size=16_384,
            max_field_size=65_536,
            max_headers=1000,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Response:
        """Fetch `url`, following redirects; conditionally where validators are given. FetchFailed says why not."""
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        conditions = {name: value for name, value in validators.items() if value}
        started, spent, here = datetime.now(UTC), 0.0, url
        for hop in range(self._max_redirects + 1):
            await self._wait_for_turn(here)
            begun = time.monotonic()
            with _as_fetch_failures(here, self._deadline):
                async with asyncio.timeout(max(0.01, self._deadline - spent)):
                    answer = await self._once(here, conditions if hop == 0 else {})
            spent += time.monotonic() - begun
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not target:
                await self._keep_pause(here, answer)
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
                    redirects=hop,
                )
            here = _redirected(here, target)
        message = f"{url} redirects more than {self._max_redirects} times"
        raise TooManyRedirects(message)

    async def _wait_for_turn(self, url: str) -> None:
        try:
            host = host_of(canonical_url(url))
        except BadUrl as problem:
            raise RefusedAddress(str(problem)) from problem
        name = (URL(url).host or "").strip("[]")
        if name and (name[0].isdigit() or ":" in name):
            reason = refused(name, self._allow)
            if reason and "no IP address" not in reason:
                raise RefusedAddress(f"{url}: {reason}")
        if self._gate is not None:
            await asyncio.sleep(await self._gate.enter(host))

    async def _once(self, url: str, conditions: Mapping[str, str]) -> _Answer:
        assert self._session is not None, "use the Fetcher as a context manager"
        async with self._session.get(URL(url, encoded=True), headers=conditions, allow_redirects=False) as response:
            raw = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.raw_headers)
            headers = {name.lower(): ", ".join(response.headers.getall(name)) for name in response.headers}
            body = b"" if response.status in _REDIRECTS else await self._body(response, url)
            return _Answer(response.status, response.reason or "", headers, raw, body)

    async def _body(self, response: aiohttp.ClientResponse, url: str) -> bytes:
        declared = response.headers.get("Content-Length", "")
        if declared.isdigit() and int(declared) > self._max_bytes:
            raise _too_large(url, self._max_bytes)
        unpack = _Unpacker(response.headers.get("Content-Encoding", ""), self._max_bytes, url)
        received = 0
        async for piece in response.content.iter_chunked(_PIECE):
            received += len(piece)
            if received > self._max_bytes:
                raise _too_large(url, self._max_bytes)
            unpack.feed(piece)
        return unpack.body()

    async def _keep_pause(self, url: str, answer: _Answer) -> None:
        now = datetime.now(UTC)
        until = http_rules.retry_after(answer.headers.get("retry-after"), now)
        if until is None and answer.status in _PAUSES:
            until = now + _PAUSE_UNSAID
        if until is None or self._gate is None:
            return
        host = host_of(url)
        await self._gate.hold(host, until, f"it answered {answer.status} and asked for a pause")
        if answer.status in _PAUSES:
            raise HostHeld(host, until)

    def _socket(self, address: Any) -> socket.socket:
        """The last look, at the address that the connection is really made to."""
        family, kind, protocol, _, target = address
        reason = refused(str(target[0]), self._allow)
        if reason:
            raise _Refused(reason)
        return socket.socket(family, kind, protocol)


@dataclass(slots=True)
class _Answer:
    status: int
    reason: str
    headers: dict[str, str]
    raw_headers: tuple[tuple[str, str], ...]
    body: bytes


class _Unpacker:
    """Undoes Content-Encoding piece by piece, so that a bomb is stopped at the cap and not in memory."""

    def __init__(self, encoding: str, cap: int, url: str) -> None:
        self._cap, self._url = cap, url
        self._out = bytearray()
        name = encoding.strip().lower()
        self._inflate = zlib.decompressobj(wbits=47) if name in ("gzip", "x-gzip", "deflate") else None
        self._brotli = brotli.Decompressor() if name == "br" else None
        self._raw_deflate = name == "deflate"

    def feed(self, piece: bytes) -> None:
        if self._inflate is not None:
            self._feed_zlib(piece)
        elif self._brotli is not None:
            self._feed_brotli(piece)
        else:
            self._out += piece
        if len(self._out) > self._cap:
            raise _too_large(self._url, self._cap)

    def body(self) -> bytes:
        return bytes(self._out)

    def _feed_zlib(self, piece: bytes) -> None:
        assert self._inflate is not None
        try:
            self._out += self._inflate.decompress(piece, self._cap + 1 - len(self._out))
        except zlib.error as problem:
            if not (self._raw_deflate and not self._out):
                raise ConnectionFailed(f"{self._url}: broken compression ({problem})") from problem
            self._raw_deflate = False
            self._inflate = zlib.decompressobj(wbits=-15)
            self._feed_zlib(piece)

    def _feed_brotli(self, piece: bytes) -> None:
        assert self._brotli is not None
        try:
            self._out += self._brotli.process(piece, output_buffer_limit=_PIECE)
            while not self._brotli.can_accept_more_data() and len(self._out) <= self._cap:
                self._out += self._brotli.process(b"", output_buffer_limit=_PIECE)
        except brotli.error as problem:
            raise ConnectionFailed(f"{self._url}: broken compression ({problem})") from problem


def _too_large(url: str, cap: int) -> TooLarge:
    return TooLarge(f"{url}: the body is larger than {cap:,} bytes (WIREWATCH_MAX_BYTES)")


def _redirected(here: str, target: str) -> str:
    try:
        text = target.encode("latin-1", "ignore").decode("utf-8", "replace")
        found = urljoin(here, text.strip())
        canonical_url(found)
    except (BadUrl, ValueError) as problem:
        raise RefusedAddress(f"{here} redirects to no http address: {target[:200]!r}") from problem
    return str(URL(found))


@contextmanager
def _as_fetch_failures(url: str, deadline: float) -> Iterator[None]:
    """Turn what aiohttp raises into FetchFailed, with a sentence."""
    try:
        yield
    except FetchFailed:
        raise
    except TimeoutError as problem:
        raise DeadlineExceeded(f"{url}: not done after {deadline:g} seconds (WIREWATCH_FETCH_DEADLINE)") from problem
    except (aiohttp.ClientError, OSError, ValueError) as problem:
        cause = getattr(problem, "os_error", problem)
        if isinstance(cause, _Refused | aiohttp.InvalidURL):
            raise RefusedAddress(f"{url}: {cause}") from problem
        if isinstance(problem, aiohttp.ClientConnectorDNSError) or isinstance(cause, socket.gaierror):
            raise DnsFailed(f"{url}: the name of the host was not found") from problem
        if isinstance(problem, aiohttp.ClientSSLError | ssl.SSLError):
            raise TlsFailed(f"{url}: the certificate does not verify ({cause})") from problem
        raise ConnectionFailed(f"{url}: {type(problem).__name__}: {problem}") from problem
