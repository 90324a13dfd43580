"""A web server that can say anything: each answer is written byte by byte by the case that is served."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Asked:
    """One request: its path, its headers in lower case, and how often the path was asked for, this time included."""

    path: str
    headers: dict[str, str]
    time: int
    home: str


Answer = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Journal:
    """What all servers were asked for, and in which order requests began and ended: ("begun" or "ended", home, path)."""

    events: list[tuple[str, str, str]] = field(default_factory=list)

    def requests(self, home: str) -> Counter[str]:
        """How often each path of a server was asked for."""
        return Counter(path for kind, at, path in self.events if kind == "begun" and at == home)

    def place(self, kind: str, home: str, path: str) -> int:
        """Where an event is in the order."""
        return self.events.index((kind, home, path))


class Servers:
    """Servers in a thread, each on its own address."""

    def __init__(self) -> None:
        self.journal = Journal()
        self._loop = asyncio.new_event_loop()
        self._open: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def serve(self, host: str, answer: Answer, *, tls: ssl.SSLContext | None = None, name: str = "") -> str:
        """Serve on a free port of `host`: the server's address, under `name` where it has one."""
        return asyncio.run_coroutine_threadsafe(self._serve(host, answer, tls, name), self._loop).result()

    async def _serve(self, host: str, answer: Answer, tls: ssl.SSLContext | None, name: str) -> str:
        homes: list[str] = []
        times: Counter[str] = Counter()

        async def connected(reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
            self._tasks.add(asyncio.current_task())
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                path = head[0].split(" ")[1]
                headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
                times[path] += 1
                self.journal.events.append(("begun", homes[0], path))
                try:
                    await answer(Asked(path, headers, times[path], homes[0]), out)
                    await out.drain()
                finally:
                    self.journal.events.append(("ended", homes[0], path))
                    out.close()

        server = await asyncio.start_server(connected, host, 0, ssl=tls)
        self._open.append(server)
        port = server.sockets[0].getsockname()[1]
        homes.append(f"http{'s' if tls else ''}://{name or host}:{port}")
        return homes[0]

    def trap(self, host: str) -> int:
        """A port of `host` that nobody may connect to: it writes down who does, as ("begun", "trap", host)."""

        async def start() -> int:
            async def caught(_reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
                self.journal.events.append(("begun", "trap", host))
                out.close()

            server = await asyncio.start_server(caught, host, 0)
            self._open.append(server)
            return int(server.sockets[0].getsockname()[1])

        return asyncio.run_coroutine_threadsafe(start(), self._loop).result()

    @contextmanager
    def running(self) -> Iterator[Servers]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._loop.run_forever, name="hostile press", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    async def _stop(self) -> None:
        for server in self._open:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def send(out: asyncio.StreamWriter, status: str, body: bytes = b"", *headers: str) -> None:
    """Write a whole answer; `status` like "200 OK", headers as lines."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    out.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


def http_date(ahead: timedelta) -> str:
    """An HTTP date that is so far from now."""
    return (datetime.now(UTC) + ahead).strftime("%a, %d %b %Y %H:%M:%S GMT")
