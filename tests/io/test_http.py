"""Fetching over real HTTP: packed bodies, caps, deadlines, redirects, refused addresses, holds."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import zlib
from datetime import UTC, datetime, timedelta

import brotli
import pytest
from aiohttp import web
from backports import zstd

from wirewatch.io import fetch_failures as failures
from wirewatch.io import http
from wirewatch.io.http import Fetcher

PLAIN = "Grüße aus dem Norden. ".encode() * 50
BOMB = b"0" * 60_000_000
CAP, DEADLINE = 1_000_000, 3.0


class Gate:
    """Manners that only remember."""

    def __init__(self) -> None:
        self.entered, self.held, self.noted = [], {}, []

    async def enter(self, url: str, host: str, kind: str) -> float:
        self.entered.append(host)
        return 0.0

    async def hold(self, host: str, until: datetime, reason: str) -> None:
        self.held[host] = until

    def note(self, request: http.Request) -> None:
        self.noted.append(request)


def packed(encoding: str, body: bytes) -> web.Response:
    return web.Response(body=body, headers={"Content-Encoding": encoding, "Content-Type": "text/html; charset=utf-8"})


async def drip(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    for _ in range(100):
        await answer.write(b"x")
        await asyncio.sleep(0.2)
    return answer


async def endless(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b"x" * 65536)


async def reset(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "1000"})
    await answer.prepare(request)
    await answer.write(b"x" * 10)
    request.transport.abort()
    return answer


def redirect(target: str):
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": target})

    return answer


def fixed(make):
    async def answer(_request: web.Request) -> web.Response:
        return make()

    return answer


async def tagged(request: web.Request) -> web.Response:
    if request.headers.get("If-None-Match") == '"v1"':
        return web.Response(status=304, headers={"ETag": '"v1"'})
    return web.Response(text="new", headers={"ETag": '"v1"'})


def in_five_minutes() -> str:
    return (datetime.now(UTC) + timedelta(minutes=5)).strftime("%a, %d %b %Y %H:%M:%S GMT")


ANSWERS = {
    "/plain": fixed(lambda: web.Response(body=PLAIN)),
    "/gzip": fixed(lambda: packed("gzip", gzip.compress(PLAIN))),
    "/deflate": fixed(lambda: packed("deflate", zlib.compress(PLAIN))),
    "/br": fixed(lambda: packed("br", brotli.compress(PLAIN))),
    "/zstd": fixed(lambda: packed("zstd", zstd.compress(PLAIN))),
    "/two-members": fixed(lambda: packed("gzip", gzip.compress(PLAIN[:300]) + gzip.compress(PLAIN[300:]))),
    "/two-frames": fixed(lambda: packed("zstd", zstd.compress(PLAIN[:300]) + zstd.compress(PLAIN[300:]))),
    "/raw-deflate": fixed(lambda: packed("deflate", zlib.compress(PLAIN)[2:-4])),
    "/packed-twice": fixed(lambda: packed("gzip, br", brotli.compress(gzip.compress(PLAIN)))),
    "/says-gzip": fixed(lambda: packed("gzip", PLAIN)),
    "/says-zstd": fixed(lambda: packed("zstd", PLAIN)),
    "/unheard-of": fixed(lambda: packed("utf-8", PLAIN)),
    "/zstd-bomb": fixed(lambda: packed("zstd", zstd.compress(BOMB))),
    "/bomb-in-a-bomb": fixed(lambda: packed("gzip, gzip", gzip.compress(gzip.compress(BOMB)))),
    "/half-gzip": fixed(lambda: packed("gzip", gzip.compress(PLAIN)[:-20])),
    "/half-br": fixed(lambda: packed("br", brotli.compress(PLAIN)[:-3])),
    "/half-zstd": fixed(lambda: packed("zstd", zstd.compress(PLAIN)[:-3])),
    "/packed-ten-times": fixed(lambda: packed(", ".join(["gzip"] * 10), PLAIN)),
    "/gzip-bomb": fixed(lambda: packed("gzip", gzip.compress(BOMB))),
    "/br-bomb": fixed(lambda: packed("br", brotli.compress(BOMB, quality=1))),
    "/broken-gzip": fixed(lambda: packed("gzip", b"\x1f\x8b\x08 this is no gzip")),
    "/drip": drip,
    "/endless": endless,
    "/reset": reset,
    "/loop": redirect("/loop"),
    "/to-plain": redirect("/plain"),
    "/to-loopback": redirect("http://127.0.0.2/"),
    "/to-metadata": redirect("http://169.254.169.254/latest/meta-data/"),
    "/to-ipv6": redirect("http://[::1]/"),
    "/to-decimal": redirect("http://2130706434/"),
    "/to-hex": redirect("http://0x7f000002/"),
    "/to-file": redirect("file:///etc/passwd"),
    "/tagged": tagged,
    "/wait": fixed(lambda: web.Response(status=503, headers={"Retry-After": "120"})),
    "/wait-until": fixed(lambda: web.Response(status=200, headers={"Retry-After": in_five_minutes()})),
    "/too-many": fixed(lambda: web.Response(status=429)),
    "/headers": fixed(lambda: web.Response(text="ok", headers={f"X-{n}": "v" for n in range(200)})),
}


@pytest.fixture(scope="module")
def site():
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> tuple[web.AppRunner, int]:
        application = web.Application()
        for path, answer in ANSWERS.items():
            application.router.add_get(path, answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner, runner.addresses[0][1]

    runner, port = asyncio.run_coroutine_threadsafe(start(), loop).result()
    yield f"http://127.0.0.1:{port}"
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    loop.call_soon_threadsafe(loop.stop)


def get(url: str, gate: Gate | None = None, allow: str = "127.0.0.1", **more: str) -> http.Response:
    async def fetch() -> http.Response:
        known = {"user_agent": "Test/1", "allow_private": allow, "deadline": DEADLINE, "max_bytes": CAP}
        async with Fetcher(**known, gate=gate or Gate()) as client:
            return await client.get(url, **more)

    return asyncio.run(fetch())


@pytest.mark.parametrize(
    "path",
    [
        "/plain",
        "/gzip",
        "/deflate",
        "/br",
        "/zstd",
        "/two-members",
        "/two-frames",
        "/raw-deflate",
        "/packed-twice",
        "/says-gzip",
        "/says-zstd",
        "/unheard-of",
    ],
)
def test_bodies_are_unpacked(site, path):
    assert get(site + path).body == PLAIN


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/gzip-bomb", failures.TooLarge),
        ("/br-bomb", failures.TooLarge),
        ("/zstd-bomb", failures.TooLarge),
        ("/bomb-in-a-bomb", failures.TooLarge),
        ("/half-gzip", failures.ConnectionFailed),
        ("/half-br", failures.ConnectionFailed),
        ("/half-zstd", failures.ConnectionFailed),
        ("/packed-ten-times", failures.ConnectionFailed),
        ("/endless", failures.TooLarge),
        ("/drip", failures.DeadlineExceeded),
        ("/broken-gzip", failures.ConnectionFailed),
        ("/reset", failures.ConnectionFailed),
        ("/loop", failures.TooManyRedirects),
        ("/to-loopback", failures.RefusedAddress),
        ("/to-metadata", failures.RefusedAddress),
        ("/to-ipv6", failures.RefusedAddress),
        ("/to-decimal", failures.RefusedAddress),
        ("/to-hex", failures.RefusedAddress),
        ("/to-file", failures.RefusedAddress),
    ],
)
def test_what_hostile_servers_do_ends_in_an_error_of_its_kind(site, path, problem):
    with pytest.raises(problem):
        get(site + path)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/",
        "http://0/",
        "http://127.1/",
        "ftp://example.org/",
        "http://",
    ],
)
def test_inside_addresses_are_refused_before_anything_is_sent(url):
    gate = Gate()
    with pytest.raises(failures.RefusedAddress):
        get(url, gate)


@pytest.mark.parametrize("name", ["localhost", "LocalHost.", "warehouse.localhost"])
def test_this_machines_own_names_are_refused_whatever_the_servers_of_names_say(name):
    with pytest.raises(failures.RefusedAddress, match="loopback"):
        get(f"http://{name}:1/", allow="")


def test_this_machines_own_names_are_reached_where_its_addresses_are_allowed(site):
    assert get(site.replace("127.0.0.1", "desk.localhost") + "/plain").status == 200


def test_a_name_that_is_not_found_says_so():
    with pytest.raises(failures.DnsFailed, match="name of the host was not found"):
        get("http://no-such-host.invalid/")


def test_a_refused_connection_says_so():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(failures.ConnectionFailed):
        get(f"http://127.0.0.1:{port}/")


def test_redirects_are_followed_and_each_host_is_asked_through_the_gate(site):
    gate = Gate()
    found = get(site + "/to-plain", gate)
    assert (found.final_url, found.redirects) == (site + "/plain", 1)
    assert len(gate.entered) == 2


def test_validators_are_sent_and_304_comes_back(site):
    first = get(site + "/tagged")
    assert get(site + "/tagged", etag=first.header("etag")).status == 304


@pytest.mark.parametrize(("path", "seconds"), [("/wait", 120), ("/wait-until", 300)])
def test_retry_after_on_any_status_holds_the_host(site, path, seconds):
    gate = Gate()
    try:
        get(site + path, gate)
    except failures.HostHeld:
        pass
    (until,) = gate.held.values()
    assert abs((until - datetime.now(UTC)).total_seconds() - seconds) < 10


def test_too_many_requests_holds_the_host_even_where_it_does_not_say_how_long(site):
    gate = Gate()
    with pytest.raises(failures.HostHeld):
        get(site + "/too-many", gate)
    assert gate.held


def test_many_headers_are_no_problem(site):
    assert get(site + "/headers").body == b"ok"
