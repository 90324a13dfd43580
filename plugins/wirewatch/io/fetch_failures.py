"""What can go wrong with a fetch, each with a sentence, and how the errors of aiohttp and of unpacking become that."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import aiohttp

from wirewatch.io import guard
from wirewatch.io.unpack import BodyTooLarge, BrokenPacking


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


class HostBusy(HostHeld):
    """More waits for the host than can be asked now."""

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__(host, until)
        self.args = (f"more waits for {host} than may be asked of it now; its turn is after {until:%H:%M:%S} UTC",)


class BrokeOff(Exception):
    """A connection broke off; its cause is what aiohttp raised."""


async def asked_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """One request is one: aiohttp asks again by itself where a connection breaks off, past all manners and the audit.

    It does so for its own errors only.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as problem:
        raise BrokeOff from problem


@contextmanager
def as_fetch_failures(url: str, deadline: float, cap: int) -> Iterator[None]:
    """Turn what aiohttp and the unpacker raise into FetchFailed, with a sentence."""
    try:
        yield
    except BodyTooLarge as problem:
        raise TooLarge(f"{url}: the body is larger than {cap:,} bytes (WIREWATCH_MAX_BYTES)") from problem
    except BrokenPacking as problem:
        raise ConnectionFailed(f"{url}: broken compression ({problem})") from problem
    except TimeoutError as problem:
        raise DeadlineExceeded(f"{url}: not done after {deadline:g} seconds (WIREWATCH_FETCH_DEADLINE)") from problem
    except BrokeOff as problem:
        raise _failure(url, problem.__cause__ or problem) from problem
    except (aiohttp.ClientError, OSError, ValueError) as problem:
        raise _failure(url, problem) from problem


def _failure(url: str, problem: BaseException) -> FetchFailed:
    cause = getattr(problem, "os_error", problem)
    if isinstance(cause, guard.Refused | aiohttp.InvalidURL):
        return RefusedAddress(f"{url}: {cause}")
    if isinstance(problem, aiohttp.ClientConnectorDNSError) or isinstance(cause, socket.gaierror):
        return DnsFailed(f"{url}: the name of the host was not found")
    if isinstance(problem, aiohttp.ClientSSLError | ssl.SSLError):
        return TlsFailed(f"{url}: the certificate does not verify ({cause})")
    return ConnectionFailed(f"{url}: {type(problem).__name__}: {problem}")
