"""Hosts on loopback, as many as are asked for, in a process of their own: feeds, robots.txt and pages on each, after a set latency.

A feed has an ETag; asking any host for /next brings two new entries to every feed.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

ITEMS = 10
_WORDS = (
    "The council of the harbour town has voted to rebuild the north pier after the storm of last winter, its chair said. "
    "Work begins in spring, costs are put at four million, and the ferry will land at the south pier until it is done. "
)


def host(number: int) -> str:
    """The loopback address of a host, from 0: Linux has 127.0.0.0/8 without being told."""
    return f"127.{20 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


def feed(home: str, name: str, edition: int = 0) -> bytes:
    """The RSS feed at `home`/`name`: ITEMS entries with summaries, from the one numbered `edition` on."""
    items = "".join(
        f"<item><title>{name} {n}</title><link>{home}/{name}/{n}</link><guid>{name}-{n}</guid>"
        f"<pubDate>Tue, 24 Nov 2026 {n:02}:00:00 GMT</pubDate><description>{_WORDS * 3}</description></item>"
        for n in range(edition, edition + ITEMS)
    )
    return f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>".encode()


def page(path: str) -> bytes:
    """A page of some 20 kB."""
    body = "".join(f"<p>{n}. {_WORDS}</p>" for n in range(60))
    return (
        f"<html><head><title>{path}</title></head><body><article><h1>{path}</h1>{body}</article></body></html>".encode()
    )


class _Server(asyncio.Protocol):
    """As little of HTTP/1.1 as a client needs, so that the server is not what is measured."""

    latency, edition = 0.0, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.rest = transport, b""

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while b"\r\n\r\n" in self.rest:
            head, _, self.rest = self.rest.partition(b"\r\n\r\n")
            answer = self._answer(head.decode("latin-1"))
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self._write, answer)
            else:
                self._write(answer)

    def _write(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)  # type: ignore[attr-defined]

    def _answer(self, head: str) -> bytes:
        lines = head.split("\r\n")
        path = lines[0].split(" ")[1]
        headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines[1:])}
        if path == "/robots.txt":
            return _with(b"User-agent: *\nDisallow: /admin/\n", "text/plain")
        if path == "/next":
            _Server.edition += 2
            return _with(b"", "text/plain")
        if path.startswith("/feed"):
            tag = f'"{_Server.edition}"'
            if headers.get("if-none-match") == tag:
                return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
            body = feed(f"http://{headers['host']}", path.strip("/"), _Server.edition)
            return _with(body, "application/rss+xml", f"ETag: {tag}\r\n")
        return _with(page(path), "text/html; charset=utf-8")


def _with(body: bytes, kind: str, more: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _serve(latency: float, told: Connection) -> None:
    async def run() -> None:
        _Server.latency = latency
        server = await asyncio.get_running_loop().create_server(_Server, "0.0.0.0", 0, backlog=4096)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def hosts(latency: float) -> Iterator[int]:
    """The port that every host answers on, each request after `latency` seconds, until the block ends."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(latency, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()
