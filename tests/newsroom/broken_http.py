"""The hostile side of the press: servers that break HTTP itself, lie about lengths, and pack what nobody can unpack."""

from __future__ import annotations

import asyncio
import gzip

import brotli
from backports import zstd

from newsroom.hostile import (
    CLEANED,
    FAILED,
    FEED_ONCE_PAGE_ONCE,
    OK,
    ONE,
    ROBOTS,
    Case,
    endless,
    page,
    says,
    site,
)
from newsroom.raw import Answer, Asked

_ZEROS = b"0" * 100_000_000
_HTML = "Content-Type: text/html; charset=utf-8"
_PAGE_THRICE = {**ROBOTS, "/feed": 3, "/1": 3}


def raw(*pieces: bytes, pause: float = 0.0) -> Answer:
    """Just these bytes, and the end."""

    async def answer(_: Asked, out: asyncio.StreamWriter) -> None:
        for piece in pieces:
            out.write(piece)
            await out.drain()
            if pause:
                await asyncio.sleep(pause)

    return answer


def again_and_again(first: bytes, piece: bytes, pause: float = 0.0) -> Answer:
    """The same piece for as long as anybody listens."""

    async def answer(_: Asked, out: asyncio.StreamWriter) -> None:
        out.write(first)
        while not out.is_closing():
            out.write(piece)
            await out.drain()
            await asyncio.sleep(pause)

    return answer


def full(head: bytes, body: bytes = page(1)) -> Answer:
    """An answer with a head of its own, and an article."""
    return raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + head + b"\r\n\r\n" + body)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> Answer:
    return full(b"Transfer-Encoding: chunked", b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in chunks) + end)


PAGE = page(1)
LENGTH = b"Content-Length: %d" % len(PAGE)

KEPT: dict[str, Answer] = {
    "without a length": raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE),
    "of HTTP/1.0": raw(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE),
    "in chunks": chunked(PAGE[:100], PAGE[100:]),
    "in chunks with extensions and a trailer": full(
        b"Transfer-Encoding: chunked", b"%x;a=b\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(PAGE), PAGE)
    ),
    "after hints": raw(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n\r\n" + PAGE
    ),
    "with another behind it": full(LENGTH, PAGE + b"HTTP/1.1 200 OK\r\n\r\nsmuggled"),
    "that says nothing of its kind": raw(b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n\r\n" + PAGE),
    "with cookies by the hundred": full(
        b"\r\n".join([LENGTH, *(b"Set-Cookie: c%d=%s" % (n, b"x" * 50) for n in range(300))])
    ),
    "with no reason": raw(b"HTTP/1.1 200\r\n" + LENGTH + b"\r\n\r\n" + PAGE),
}
"""Odd, but all there: the page is read."""

BROKEN: dict[str, Answer] = {
    "that is shorter than it says": full(b"Content-Length: 9000"),
    "that ends within a chunk": chunked(PAGE[:200], end=b"ff\r\nhalf"),
    "with a chunk of no size": chunked(PAGE[:200], end=b"zz\r\nmore\r\n"),
    "with a chunk of a negative size": chunked(PAGE[:200], end=b"-5\r\nmore\r\n"),
    "with a negative length": full(b"Content-Length: -1"),
    "with two lengths": full(b"Content-Length: 10\r\n" + LENGTH),
    "with a length that is no number": full(b"Content-Length: many"),
    "of a length beyond all disks": full(b"Content-Length: 99999999999999999999"),
    "of no HTTP": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "of HTTP/0.9": raw(PAGE),
    "of nothing": raw(),
    "with an endless header": again_and_again(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 65536),
    "with endless headers": again_and_again(b"HTTP/1.1 200 OK\r\n", b"".join(b"X-%d: y\r\n" % n for n in range(5000))),
    "with a header of a megabyte": full(LENGTH + b"\r\nX-Long: " + b"x" * 1_000_000),
    "whose head drips": again_and_again(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.2),
    "after hints without end": again_and_again(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.001),
    "with line breaks in its headers": full(LENGTH + b"\r\nX-Split: a\x00b\r\n bare\n\nContent-Length: 1"),
    "packed in gzip, cut off": full(b"Content-Encoding: gzip", gzip.compress(PAGE)[:-30]),
    "elsewhere, but not where": says("302 Found"),
    "that was not changed, though nobody asked": says("304 Not Modified"),
    "of a teapot": says("418 I'm a teapot"),
    "of a status beyond all": says("999 Request denied"),
}
"""Broken, or no answer to what was asked: fetched again later."""

TOO_LARGE: dict[str, Answer] = {
    "that is a bomb of brotli": says("200 OK", brotli.compress(_ZEROS, quality=1), _HTML, "Content-Encoding: br"),
    "that is a bomb of zstd": says("200 OK", zstd.compress(_ZEROS), _HTML, "Content-Encoding: zstd"),
    "that is a bomb in a bomb": says(
        "200 OK", gzip.compress(gzip.compress(_ZEROS)), _HTML, "Content-Encoding: gzip, gzip"
    ),
    "in endless chunks": again_and_again(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"
    ),
}
"""More than anybody wants: given up at once."""


def cases() -> list[Case]:
    """All of them, as pages; a few as robots.txt."""

    def of(name: str, answer: Answer, becomes: str, requests: dict[str, int] = FEED_ONCE_PAGE_ONCE) -> Case:
        return Case(f"a page {name}", site(ONE, {"/1": answer}), OK, "healthy", {"/1": becomes}, requests)

    return [
        *(of(name, answer, "cleaned") for name, answer in KEPT.items()),
        *(of(name, answer, "fetch failed", _PAGE_THRICE) for name, answer in BROKEN.items()),
        *(of(name, answer, "too_large") for name, answer in TOO_LARGE.items()),
        of("with no content", says("204 No Content"), "empty"),
        Case("an endless robots.txt", site(ONE, robots=endless), OK, "healthy", CLEANED, FEED_ONCE_PAGE_ONCE),
        Case(
            "a robots.txt that drips",
            site(ONE, robots=BROKEN["whose head drips"]),
            FAILED,
            "failing",
            {},
            {"/robots.txt": 3},
        ),
    ]
