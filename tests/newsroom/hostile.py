# ruff: noqa: E501  (the cases are a table: one a line)
"""The hostile side of the press: servers that lie, hang, flood, point inward and break off, each with what must come of it."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from newsroom.raw import Answer, Asked, http_date, send

TEXT = (
    "The council of the harbour town has voted to rebuild the north pier after the storm of last winter, its chair said. "
    "Work begins in spring, costs are put at four million, and the ferry will land at the south pier until it is done. "
    "Fishermen had asked for the repair for years; the chair called the vote late, but right, and thanked the engineers."
)
_MORNING = datetime.now(UTC) - timedelta(hours=5)
_XML, _HTML = "Content-Type: application/xml", "Content-Type: text/html; charset=utf-8"
_BOMB = gzip.compress(b"0" * 100_000_000)
_CONSENT = "<html><head><title>Before you continue</title></head><body><p>We value your privacy.</p><button>Accept all cookies</button></body></html>"
_CHALLENGE = (
    "<html><head><title>Just a moment...</title></head><body>Enable JavaScript and cookies to continue</body></html>"
)
_MISSING = "<html><head><title>Page not found</title></head><body><h1>404</h1><p>The page you are looking for does not exist.</p></body></html>"


def page(number: object) -> bytes:
    """An article that can be read."""
    title = f"The north pier, part {number}"
    return (
        f"<html lang=en><head><title>{title}</title><meta property='og:type' content='article'></head>"
        f"<body><article><h1>{title}</h1><p>{number}. {TEXT}</p></article></body></html>"
    ).encode()


def item(link: str, number: int = 1, text: str = "") -> str:
    """An item of an RSS feed."""
    date = format_datetime(_MORNING + timedelta(minutes=number))
    words = f"<description>{text}</description>" if text else ""
    return f"<item><title>Part {number}</title>{link and f'<link>{link}</link>'}<guid>{number}</guid><pubDate>{date}</pubDate>{words}</item>"


def rss(*items: str, head: str = "", title: str = "Paper") -> bytes:
    """An RSS feed."""
    return f"<rss version='2.0'><channel><title>{title}</title>{head}{''.join(items)}</channel></rss>".encode()


@dataclass(frozen=True, slots=True)
class Case:
    """How one server behaves, and what must come of it.

    It is polled three times, entries are fetched and cleaned after each; before the third, the whole body is due again.
    `polls` are the outcomes, `state` is that of ingest.source_health at the end, `ledger` says by path what became of each
    entry ("cleaned", or the reason's beginning), `requests` how often each path was asked for in all.
    """

    name: str
    answer: Answer
    polls: tuple[str, str, str]
    state: str
    ledger: dict[str, str] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    tls: bool = False
    host_name: str = ""
    path: str = "/feed"


ROBOTS = {"/robots.txt": 1}
OK = ("ok", "not_modified", "not_modified")
FAILED = ("failed", "failed", "failed")


def site(feed: Answer | bytes, pages: dict[str, Answer | bytes] | None = None, robots: str | Answer = "") -> Answer:
    """A server with robots.txt, a feed at /feed, and pages; articles at /1, /2 … where nothing else is said."""

    async def answer(asked: Asked, out: asyncio.StreamWriter) -> None:
        known: dict[str, Answer | bytes] = {"/feed": feed, **(pages or {})}
        if asked.path == "/robots.txt" and not isinstance(robots, str):
            await robots(asked, out)
        elif asked.path == "/robots.txt":
            send(out, "200 OK" if robots else "404 Not Found", robots.encode())
        elif asked.path in known:
            found = known[asked.path]
            if isinstance(found, bytes):
                send(out, "200 OK", found, _XML if asked.path == "/feed" else _HTML)
            else:
                await found(asked, out)
        elif asked.path.strip("/").isdigit():
            send(out, "200 OK", page(asked.path), _HTML)
        else:
            send(out, "404 Not Found")

    return answer


def says(status: str, body: bytes = b"", *headers: str) -> Answer:
    """Always the same answer."""

    async def answer(_: Asked, out: asyncio.StreamWriter) -> None:
        send(out, status, body, *headers)

    return answer


def at_first(times: int, before: Answer, then: Answer) -> Answer:
    """One answer for the first so many requests, another afterwards."""

    async def answer(asked: Asked, out: asyncio.StreamWriter) -> None:
        await (before if asked.time <= times else then)(asked, out)

    return answer


def to(target: str, status: str = "302 Found") -> Answer:
    """A redirect; {home} is the server itself."""

    async def answer(asked: Asked, out: asyncio.StreamWriter) -> None:
        send(out, status, b"", f"Location: {target.format(home=asked.home)}".encode().decode("latin-1"))

    return answer


async def drip(_: Asked, out: asyncio.StreamWriter) -> None:
    """A byte at a time, for as long as anybody listens."""
    out.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n")
    while not out.is_closing():
        out.write(b"<")
        await out.drain()
        await asyncio.sleep(0.2)


async def endless(_: Asked, out: asyncio.StreamWriter) -> None:
    """A body that does not end."""
    out.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n<rss>")
    while not out.is_closing():
        out.write(b" " * 65536)
        await out.drain()


async def reset(_: Asked, out: asyncio.StreamWriter) -> None:
    """Half of what was promised, then the connection is reset."""
    out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<rss version='2.0'>")
    await out.drain()
    out.transport.abort()


async def lying(asked: Asked, out: asyncio.StreamWriter) -> None:
    """One ETag for every body: who sends it gets 304 for ever."""
    if asked.headers.get("if-none-match") == '"same"':
        send(out, "304 Not Modified", b"", 'ETag: "same"')
    else:
        send(out, "200 OK", rss(*(item(f"/{n}", n) for n in range(asked.time, 0, -1))), 'ETag: "same"', _XML)


async def weak(asked: Asked, out: asyncio.StreamWriter) -> None:
    """A weak ETag, kept honestly."""
    if asked.headers.get("if-none-match") == 'w/"v1"':
        send(out, "304 Not Modified", b"", 'ETag: W/"v1"')
    else:
        send(out, "200 OK", rss(item("/1")), 'ETag: W/"v1"', _XML)


async def first_42_stay(asked: Asked, out: asyncio.StreamWriter) -> None:
    """Forty-two old entries on top; what is new comes below them."""
    new = [item(f"/{n}", n) for n in range(43, 43 + asked.time)]
    send(out, "200 OK", rss(*(item(f"/{n}", n) for n in range(1, 43)), *new), _XML)


def with_entities(declared: str, used: str) -> bytes:
    return f"<!DOCTYPE rss [{declared}]>".encode() + rss(item("/1"), title=used)


LAUGHS = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10 if n else 'ha' * 10}'>" for n in range(10))
NO_LINK = rss(item("", 1, TEXT), item("", 2, "Too few words."))
INDEX = "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{home}/news.xml</loc></sitemap><sitemap><loc>{home}/old.xml</loc></sitemap></sitemapindex>"
NEWS = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:i='http://www.google.com/schemas/sitemap-image/1.1'><url><i:image><i:loc>{home}/picture</i:loc></i:image><loc>{home}/1</loc></url></urlset>"
NAMED = "<html><head><link rel=alternate type='application/rss+xml' href='/real'></head><body>Welcome</body></html>"


def filled(text: str, kind: str = _XML) -> Answer:
    """A body with {home} in it."""

    async def answer(asked: Asked, out: asyncio.StreamWriter) -> None:
        send(out, "200 OK", text.format(home=asked.home).encode(), kind)

    return answer


async def two_addresses(asked: Asked, out: asyncio.StreamWriter) -> None:
    """A feed that says it moved within the site."""
    new = f"<itunes:new-feed-url xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'>{asked.home}/new</itunes:new-feed-url>"
    send(out, "200 OK", rss(item("/1"), head=new if asked.path == "/feed" else ""), _XML)


ONE = rss(item("/1"))
CLEANED = {"/1": "cleaned"}
FEED_ONCE_PAGE_ONCE = {**ROBOTS, "/feed": 3, "/1": 1}


def cases(traps: dict[str, int]) -> list[Case]:
    """All cases; `traps` are the ports that nobody may connect to, by address."""
    inside = f"http://127.0.0.1:{traps['127.0.0.1']}/"
    # fmt: off
    return [
        Case("403", site(says("403 Forbidden")), FAILED, "blocked", {}, {**ROBOTS, "/feed": 3}),
        Case("404", site(says("404 Not Found")), FAILED, "failing", {}, {**ROBOTS, "/feed": 3}),
        Case("410", site(says("410 Gone")), FAILED, "gone", {}, {**ROBOTS, "/feed": 3}),
        Case("429 for some seconds", site(says("429 Too Many Requests", b"", "Retry-After: 7200")), ("held",) * 3, "held", {}, {**ROBOTS, "/feed": 1}),
        Case("429 until a date", site(says("429 Too Many Requests", b"", f"Retry-After: {http_date(timedelta(hours=2))}")), ("held",) * 3, "held", {}, {**ROBOTS, "/feed": 1}),
        Case("a page that asks for a pause", site(ONE, {"/1": says("503 Unavailable", b"", "Retry-After: 7200")}), ("ok", "held", "held"), "held", {"/1": "its host asked for a pause"}, {**ROBOTS, "/feed": 1, "/1": 1}),
        Case("500 then 200", site(at_first(1, says("500 Oops"), says("200 OK", ONE, _XML)), {"/1": at_first(1, says("500 Oops"), says("200 OK", page(1), _HTML))}), ("failed", "ok", "not_modified"), "healthy", CLEANED, {**ROBOTS, "/feed": 3, "/1": 2}),
        Case("a challenge for a feed", site(says("202 Accepted", _CHALLENGE.encode(), _HTML)), FAILED, "blocked", {}, {**ROBOTS, "/feed": 3}),
        Case("a challenge for a page", site(ONE, {"/1": says("202 Accepted", _CHALLENGE.encode(), _HTML)}), OK, "healthy", {"/1": "challenge"}, FEED_ONCE_PAGE_ONCE),
        Case("a consent wall", site(ONE, {"/1": says("200 OK", _CONSENT.encode(), _HTML)}), OK, "healthy", {"/1": "consent_wall"}, FEED_ONCE_PAGE_ONCE),
        Case("a soft 404", site(ONE, {"/1": says("200 OK", _MISSING.encode(), _HTML)}), OK, "healthy", {"/1": "soft_404"}, FEED_ONCE_PAGE_ONCE),
        Case("pages 403, 404, 410, 451", site(rss(*(item(f"/p{n}", n) for n in range(4))), {f"/p{n}": says(status) for n, status in enumerate(("403 No", "404 No", "410 No", "451 No"))}), OK, "healthy", {"/p0": "forbidden", "/p1": "not_found", "/p2": "gone", "/p3": "forbidden"}, {**ROBOTS, "/feed": 3, "/p0": 1, "/p1": 1, "/p2": 1, "/p3": 1}),
        Case("a feed that drips", site(drip), FAILED, "failing", {}, {**ROBOTS, "/feed": 3}),
        Case("a page that drips", site(ONE, {"/1": drip}), OK, "healthy", {"/1": "fetch failed"}, {**ROBOTS, "/feed": 3, "/1": 3}),
        Case("an endless body", site(endless), FAILED, "failing", {}, {**ROBOTS, "/feed": 3}),
        Case("an endless page", site(ONE, {"/1": endless}), OK, "healthy", {"/1": "too_large"}, FEED_ONCE_PAGE_ONCE),
        Case("a gzip bomb", site(says("200 OK", _BOMB, "Content-Encoding: gzip", _XML)), FAILED, "failing", {}, {**ROBOTS, "/feed": 3}),
        Case("a gzip file that is a bomb", site(says("200 OK", _BOMB, "Content-Type: application/gzip")), FAILED, "failing", {}, {**ROBOTS, "/feed": 3}),
        Case("a redirect loop", site(to("{home}/feed")), FAILED, "failing", {}, {**ROBOTS, "/feed": 27}),
        Case("a page to loopback", site(ONE, {"/1": to(inside)}), OK, "healthy", {"/1": "refused_address"}, FEED_ONCE_PAGE_ONCE),
        Case("a feed to loopback", site(to(inside)), FAILED, "failing", {}, {**ROBOTS, "/feed": 3}),
        Case("a page to a name that is inside", site(ONE, {"/1": to(f"http://inside.test:{traps['127.0.0.1']}/")}), OK, "healthy", {"/1": "refused_address"}, FEED_ONCE_PAGE_ONCE),
        Case("an entry that is inside", site(rss(item(inside))), OK, "healthy", {inside: "refused_address"}, {**ROBOTS, "/feed": 3}),
        Case("a name that turns private", site(ONE), ("ok", "failed", "failed"), "failing", {"/1": "refused_address"}, {**ROBOTS, "/feed": 1}, host_name="turns.test"),
        Case("a lying ETag", site(lying), ("ok", "not_modified", "ok"), "healthy", {"/1": "cleaned", "/2": "cleaned", "/3": "cleaned"}, {**ROBOTS, "/feed": 3, "/1": 1, "/2": 1, "/3": 1}),
        Case("a weak ETag", site(weak), OK, "healthy", CLEANED, FEED_ONCE_PAGE_ONCE),
        Case("UTF-16 without a mark", site(ONE.decode().encode("utf-16-le")), OK, "healthy", CLEANED, FEED_ONCE_PAGE_ONCE),
        Case("a wrong charset header", site(says("200 OK", rss(item("/1"), title="Zürich"), "Content-Type: text/xml; charset=iso-8859-1")), OK, "healthy", CLEANED, FEED_ONCE_PAGE_ONCE),
        Case("200 headers", site(says("200 OK", ONE, *(f"X-{n}: v" for n in range(200)))), OK, "healthy", CLEANED, FEED_ONCE_PAGE_ONCE),
        Case("an entity bomb", site(with_entities(LAUGHS, "&e9;")), OK, "healthy", CLEANED, FEED_ONCE_PAGE_ONCE),
        Case("an external entity", site(with_entities("<!ENTITY x SYSTEM 'file:///etc/passwd'>", "&x;")), OK, "healthy", CLEANED, FEED_ONCE_PAGE_ONCE),
        Case("a DTD elsewhere", site(f"<!DOCTYPE rss SYSTEM '{inside}x.dtd'>".encode() + ONE), OK, "healthy", CLEANED, FEED_ONCE_PAGE_ONCE),
        Case("NUL bytes", site(ONE.replace(b"Part", b"Pa\x00rt"), {"/1": says("200 OK", page(1).replace(b"council", b"coun\x00cil"), _HTML)}), OK, "healthy", CLEANED, FEED_ONCE_PAGE_ONCE),
        Case("a feed that is a PDF", site(says("200 OK", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "Content-Type: application/rss+xml")), FAILED, "failing", {}, {**ROBOTS, "/feed": 3}),
        Case("TLS that does not verify", site(ONE), FAILED, "failing", {}, {}, tls=True),
        Case("a feed that is reset half-way", site(at_first(1, reset, says("200 OK", ONE, _XML))), ("failed", "ok", "not_modified"), "healthy", CLEANED, FEED_ONCE_PAGE_ONCE),
        Case("a page that is reset half-way", site(ONE, {"/1": at_first(1, reset, says("200 OK", page(1), _HTML))}), OK, "healthy", CLEANED, {**ROBOTS, "/feed": 3, "/1": 2}),
        Case("42 entries that never change", site(first_42_stay), ("ok", "ok", "ok"), "healthy", {f"/{n}": "cleaned" for n in range(1, 46)}, {**ROBOTS, "/feed": 3, **{f"/{n}": 1 for n in range(1, 46)}}),
        Case("a page in place of a feed", site(NAMED.encode(), {"/real": says("200 OK", ONE, _XML)}), OK, "moved", CLEANED, {**ROBOTS, "/feed": 1, "/real": 3, "/1": 1}),
        Case("a page that names no feed", site(says("200 OK", page(1), _HTML)), FAILED, "failing", {}, {**ROBOTS, "/feed": 3}),
        Case("a feed that moved for good", site(to("{home}/new", "301 Moved"), {"/new": says("200 OK", ONE, _XML)}), OK, "moved", CLEANED, {**ROBOTS, "/feed": 1, "/new": 3, "/1": 1}),
        Case("a feed that moved for now", site(to("{home}/new", "307 Moved"), {"/new": says("200 OK", ONE, _XML)}), OK, "healthy", CLEANED, {**ROBOTS, "/feed": 3, "/new": 3, "/1": 1}),
        Case("a feed that says it moved", site(two_addresses, {"/new": two_addresses}), OK, "moved", CLEANED, {**ROBOTS, "/feed": 1, "/new": 3, "/1": 1}),
        Case("entries without links", site(NO_LINK), OK, "healthy", {"#1": "cleaned", "#2": "bad_url"}, {**ROBOTS, "/feed": 3}),
        Case("an index of sitemaps", site(filled(INDEX), {"/news.xml": filled(NEWS)}), ("ok", "ok", "ok"), "healthy", CLEANED, {**ROBOTS, "/feed": 3, "/news.xml": 3, "/1": 1}),
        Case("robots.txt forbids the feed", site(ONE, robots="User-agent: *\nDisallow: /feed"), FAILED, "blocked", {}, ROBOTS),
        Case("robots.txt forbids the page", site(rss(item("/1")), robots="User-agent: Wirewatch\nDisallow: /1"), OK, "healthy", {"/1": "robots"}, {**ROBOTS, "/feed": 3}),
        Case("robots.txt that fails", site(ONE, {}, says("500 Oops")), FAILED, "failing", {}, ROBOTS),
    ]
    # fmt: on
