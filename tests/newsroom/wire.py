"""A packet capture: every TCP connection that is begun on this machine, as the kernel puts it on the wire (AF_PACKET; root only)."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

_ALL, _IPV4, _IPV6, _TCP = 0x0003, 0x0800, 0x86DD, 6
_SYN, _ACK = 0x02, 0x10
_ROOM = 64 * 1024 * 1024
_BUFFER, _PACKETS, _STATISTICS = 33, 263, 6
"""SO_RCVBUFFORCE, SOL_PACKET and PACKET_STATISTICS of Linux, which the socket module does not name."""


class Capture:
    """What was seen: (address, port) of every connection that was begun. `whole`: no packet was lost."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int]] = []
        self.whole = True


def possible() -> bool:
    """Whether this process may capture packets."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL)).close()
    except (AttributeError, PermissionError, OSError):
        return False
    return True


@contextmanager
def capture() -> Iterator[Capture]:
    """Capture on all interfaces until the block ends: up to a packet that is sent for that, so that none is missed."""
    found, last = Capture(), uuid.uuid4().bytes
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
    wire.setsockopt(socket.SOL_SOCKET, _BUFFER, _ROOM)
    listener = threading.Thread(target=_listen, args=(wire, found, last), daemon=True)
    listener.start()
    try:
        yield found
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            while listener.is_alive():
                end.sendto(last, ("127.0.0.1", 9))
                listener.join(0.2)
        _, dropped = struct.unpack("II", wire.getsockopt(_PACKETS, _STATISTICS, 8))
        found.whole = dropped == 0
        wire.close()


def _listen(wire: socket.socket, found: Capture, last: bytes) -> None:
    while True:
        packet, (_, kind, *_) = wire.recvfrom(256)
        if last in packet:
            return
        begun = _begun(packet[14:], kind)  # after the Ethernet header, which loopback has too
        if begun:
            found.begun.append(begun)


def _begun(packet: bytes, kind: int) -> tuple[str, int] | None:
    """Where a packet begins a connection to, or None where it does not."""
    if kind == _IPV4 and len(packet) >= 40 and packet[9] == _TCP:
        address, segment = packet[16:20], packet[(packet[0] & 0x0F) * 4 :]
    elif kind == _IPV6 and len(packet) >= 60 and packet[6] == _TCP:
        address, segment = packet[24:40], packet[40:]
    else:
        return None
    if len(segment) < 14 or segment[13] & (_SYN | _ACK) != _SYN:
        return None
    return str(ipaddress.ip_address(address)), int.from_bytes(segment[2:4], "big")
