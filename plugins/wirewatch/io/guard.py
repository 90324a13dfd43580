"""Where connections may go: names are resolved to allowed addresses only, and the address is looked at again when connecting."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from wirewatch.core.addresses import Network, is_localhost, refused


class Refused(OSError):
    """Raised where a connection would go to an address that may not be connected to."""


Look = Callable[[str], str | None]
"""Why no connection is made to an IP address, or None (see core.addresses.refused)."""


def look(allow: tuple[Network, ...]) -> Look:
    """The rule of addresses with these networks allowed; it remembers what it said of the last ones."""
    return lru_cache(maxsize=4096)(partial(refused, allow=allow))


class GuardedResolver(AbstractResolver):
    """Gives only addresses that may be connected to; aiohttp connects to just those. `names` does the look-ups."""

    def __init__(self, look: Look, names: AbstractResolver | None = None) -> None:
        self._names, self._look = names or ThreadedResolver(), look

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The allowed addresses of a host; Refused where it has others only."""
        found = _of_this_machine(host, port) if is_localhost(host) else await self._names.resolve(host, port, family)
        reasons = [self._look(str(item["host"])) for item in found]
        kept = [item for item, reason in zip(found, reasons, strict=True) if reason is None]
        if found and not kept:
            raise Refused(f"{host}: {reasons[0]}")
        return kept

    async def close(self) -> None:
        """Close the resolver below."""
        await self._names.close()


def _of_this_machine(host: str, port: int) -> list[ResolveResult]:
    """What localhost is, which nobody is asked for: some servers of names say that there is none, or that it is elsewhere."""
    return [
        ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0),
        ResolveResult(hostname=host, host="::1", port=port, family=socket.AF_INET6, proto=0, flags=0),
    ]


def guarded_socket(look: Look) -> Any:
    """A socket factory for aiohttp: the last look, at the address that the connection is really made to."""

    def make(address: Any) -> socket.socket:
        family, kind, protocol, _, target = address
        reason = look(str(target[0]))
        if reason:
            raise Refused(reason)
        return socket.socket(family, kind, protocol)

    return make
