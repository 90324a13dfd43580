"""Which network addresses may be connected to."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_METADATA = ipaddress.IPv4Address("169.254.169.254")


class BadNetwork(ValueError):
    """A setting names something that is no address or network."""


def parse_networks(setting: str) -> tuple[Network, ...]:
    """The networks of a comma-separated setting, such as "127.0.0.0/8, 10.1.2.3". BadNetwork names what is none."""
    found: list[Network] = []
    for part in (piece.strip() for piece in setting.split(",")):
        if not part:
            continue
        try:
            found.append(ipaddress.ip_network(part, strict=False))
        except ValueError as problem:
            message = f"WIREWATCH_ALLOW_PRIVATE: {part!r} is no address or network ({problem})"
            raise BadNetwork(message) from problem
    return tuple(found)


def refused(text: str, allow: Sequence[Network] = ()) -> str | None:
    """Why no connection is made to the IP address `text`, or None where it may be.

    Only globally reachable unicast addresses may (IANA special-purpose registries, as `ipaddress` knows them), and
    those in `allow`. IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo) is judged by the IPv4 address.
    """
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return f"{text!r} is no IP address"
    address = _inner(address)
    if any(address.version == network.version and address in network for network in allow):
        return None
    if address == _METADATA:
        return f"{address} is a cloud's metadata service"
    kinds = {
        "loopback": address.is_loopback,
        "link-local": address.is_link_local,
        "unspecified": address.is_unspecified,
        "multicast": address.is_multicast,
        "private": address.is_private,
        "reserved": address.is_reserved or not address.is_global,
    }
    found = next((kind for kind, is_so in kinds.items() if is_so), None)
    return f"{address} is a {found} address" if found else None


def is_localhost(name: str) -> bool:
    """Whether a host's name is this machine's by definition: localhost, and all below it (RFC 6761, section 6.3)."""
    plain = name.rstrip(".").lower()
    return plain == "localhost" or plain.endswith(".localhost")


def _inner(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        return address.sixtofour
    return address.teredo[1] if address.teredo is not None else address
