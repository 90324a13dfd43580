"""The press's web servers: one for the index, one for each publisher, all on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from newsroom import articles, captured, render
from newsroom.publishers import PUBLISHERS, Publisher

_EARLY_GAP = timedelta(minutes=11)
_CORRECTED_AFTER = 6
_ERRORS_BEFORE_PAGE = 2
_STATUS = {"not_found": 404, "gone": 410, "challenge": 202}


class PortTaken(OSError):
    """A port that the press needs is in use."""


@dataclass(slots=True)
class Site:
    """One publisher's server: its address, its feed's path, and how it answers."""

    name: str
    host: str
    port: int
    answer: Any
    feed_path: str

    @property
    def home(self) -> str:
        """Scheme, host and port."""
        return f"http://{self.host}:{self.port}"


@dataclass(slots=True)
class Press:
    """The whole press: what is out now, and what it was asked for."""

    begun: datetime
    pace: float = 0.0
    sites: list[Site] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    frozen: set[str] = field(default_factory=set)
    """Hosts that take requests and never answer, for as long as they are in here."""
    index: str = ""
    open: bool = False
    _printed: list[articles.Article] = field(default_factory=articles.load)

    @property
    def opml_url(self) -> str:
        """The list of all feeds."""
        return f"{self.index}/feeds.opml"

    def feeds(self) -> list[tuple[str, str]]:
        """Title and address of each feed."""
        return [(site.name, site.home + site.feed_path) for site in self.sites]

    def truth(self) -> list[dict[str, Any]]:
        """What a perfect desk would make of each address: the manifest's `truth`, with addresses in place of slugs."""
        homes = {publisher.key: site.home for publisher, site in zip(PUBLISHERS, self.sites, strict=False)}
        first: dict[str, str] = {}
        rows = []
        for article in self._printed:
            publisher = next(item for item in PUBLISHERS if item.key == article.by)
            url = homes[article.by] + self._path(publisher, article)
            if "same_as" in article.truth:
                rows.append({"url": url + article.again, "same_as": first[article.truth["same_as"]]})
                continue
            first[article.slug] = url
            known = {**article.truth, "slug": article.slug, "title": article.title, "url": url}
            known["of"] = first.get(known["of"], known["of"]) if "of" in known else None
            rows.append(known)
        return rows

    def out_now(self, publisher: Publisher, home: str) -> list[render.Printed]:
        """What the publisher has published by now."""
        now, found, late = datetime.now(UTC), [], 0
        waiting = sum(article.early for article in self._printed)
        for article in self._printed:
            if article.early:
                at = self.begun - _EARLY_GAP * waiting
                waiting -= 1
            else:
                late += 1
                at = self.begun + timedelta(seconds=self.pace * late)
            if article.by == publisher.key and at <= now:
                found.append(self._print(publisher, home, article, at.replace(microsecond=0), now))
        return found

    def _print(
        self, publisher: Publisher, home: str, article: articles.Article, at: datetime, now: datetime
    ) -> render.Printed:
        corrected_at = self.begun + timedelta(seconds=self.pace * _CORRECTED_AFTER)
        url = home + self._path(publisher, article) + article.again
        if article.updated and now >= corrected_at and self.pace:
            return render.Printed(article.corrected(), url, at, corrected_at.replace(microsecond=0))
        return render.Printed(article, url, at, at)

    def _path(self, publisher: Publisher, article: articles.Article) -> str:
        number = next(item.number for item in self._printed if item.slug == article.slug)
        return publisher.path.format(
            section=article.section.lower().replace(" ", "-"),
            slug=article.slug,
            number=number,
            date=f"{2024 + number % 2}/{number % 12 + 1:02}",
        )

    def publisher_answers(self, publisher: Publisher, home: str, request: web.Request) -> web.Response:
        """The answer of a fictional publisher."""
        items = self.out_now(publisher, home)
        feed_path, content_type = render.KINDS[publisher.feed]
        if request.path == feed_path:
            return web.Response(text=render.feed(publisher, home, items), content_type=content_type, charset="utf-8")
        if request.path == "/robots.txt":
            sitemap = f"Sitemap: {home}{feed_path}\n" if publisher.feed == "sitemap" else ""
            return web.Response(text=f"User-agent: *\nDisallow: /admin/\n{sitemap}")
        wanted = home + request.path_qs
        item = next((item for item in items if _plain(item.url) == _plain(wanted)), None)
        if item is None:
            return web.Response(status=404, text="Not found")
        kind = item.article.answer
        if kind == "feed_only":
            return web.Response(status=403, text="This page is for the app only.")
        if kind == "error_twice" and self.asked[wanted] <= _ERRORS_BEFORE_PAGE:
            return web.Response(status=500, text="Internal server error")
        if kind in ("not_found", "gone"):
            return web.Response(status=_STATUS[kind], text="This page is gone.")
        html = render.page(publisher, home, item, items)
        return web.Response(text=html, content_type="text/html", status=_STATUS.get(kind, 200))


def _plain(url: str) -> str:
    """The address without tracking parameters, as a publisher's server reads it."""
    base, _, query = url.partition("#")[0].partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("utm_")]
    return f"{base}?{'&'.join(kept)}" if kept else base


@contextmanager
def press(
    port: int = 0, *, pace: float = 0.0, folder: Path | None = None, begun: datetime | None = None
) -> Iterator[Press]:
    """A press that runs in a thread until the block ends. `port` 0: free ones. `folder`: captured pages in place of ours."""
    made = Press(begun or datetime.now(UTC), pace)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="press", daemon=True)
    thread.start()
    runners = asyncio.run_coroutine_threadsafe(_start(made, port, folder), loop).result()
    try:
        yield made
    finally:
        for runner in runners:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(made: Press, port: int, folder: Path | None) -> list[web.AppRunner]:
    runners: list[web.AppRunner] = []
    try:
        index, bound = await _serve(made, "127.0.0.1", port, lambda request: _index_answers(made, request))
        runners.append(index)
        made.index = f"http://127.0.0.1:{bound}"
        for number, (name, feed_path, host, answer) in enumerate(_publishers(made, folder), 1):
            wanted = 0 if port == 0 else bound if host != "127.0.0.1" else bound + number
            site = Site(name, host, wanted, None, feed_path)
            runner, site.port = await _serve(made, host, wanted, lambda request, a=answer, s=site: a(s.home, request))
            runners.append(runner)
            made.sites.append(site)
        made.open = True
    except OSError:
        for runner in runners:
            await runner.cleanup()
        raise
    return runners


def _publishers(made: Press, folder: Path | None) -> Iterator[tuple[str, str, str, Any]]:
    """Name, feed path, host and answers of each site. Linux has a loopback address for each captured publisher."""
    if folder is None:
        for publisher in PUBLISHERS:
            answer = lambda home, request, p=publisher: made.publisher_answers(p, home, request)  # noqa: E731
            yield publisher.name, render.KINDS[publisher.feed][0], "127.0.0.1", answer
        return
    for number, (name, pages) in enumerate(captured.read(folder).items(), 1):
        host = f"127.1.{number // 250}.{number % 250 + 1}" if sys.platform == "linux" else "127.0.0.1"
        answer = lambda home, request, n=name, p=pages: _captured_answers(n, p, home, request)  # noqa: E731
        yield name, "/feed.xml", host, answer


def _captured_answers(name: str, pages: list[captured.CapturedPage], home: str, request: web.Request) -> web.Response:
    if request.path == "/feed.xml":
        return web.Response(text=captured.feed(name, home, pages), content_type="application/rss+xml", charset="utf-8")
    found = next((page for page in pages if request.raw_path in (page.path, page.path.split("#")[0])), None)
    found = found or next((page for page in pages if page.path.split("?")[0] == request.raw_path.split("?")[0]), None)
    if found is None:
        return web.Response(status=404, text="Not found")
    return web.Response(body=found.body(), headers={"Content-Type": "text/html"})


def _index_answers(made: Press, request: web.Request) -> web.Response:
    if not made.open:
        return web.Response(status=503, text="The press is still opening.")
    if request.path == "/healthz":
        return web.Response(text="ok")
    if request.path == "/feeds.opml":
        return web.Response(text=render.opml(made.feeds()), content_type="text/x-opml", charset="utf-8")
    if request.path == "/truth.json":
        return web.json_response(made.truth())
    if request.path == "/":
        rows = "".join(f"<li><a href='{address}'>{name}</a></li>" for name, address in made.feeds())
        return web.Response(text=f"<h1>The demonstration press</h1><ul>{rows}</ul>", content_type="text/html")
    return web.Response(status=404, text="Not found")


async def _serve(made: Press, host: str, port: int, answer: Any) -> tuple[web.AppRunner, int]:
    async def handle(request: web.Request) -> web.Response:
        made.asked[f"http://{request.host}{request.path_qs}"] += 1
        while request.host in made.frozen:
            await asyncio.sleep(0.05)
        return _with_validator(request, answer(request))

    app = web.Application()
    app.router.add_get("/{tail:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
    except OSError as problem:
        await runner.cleanup()
        message = f"Port {port} on {host} is taken: give the press another with --port."
        raise PortTaken(message) from problem
    return runner, runner.addresses[0][1]


def _with_validator(request: web.Request, answer: web.Response) -> web.Response:
    if answer.status != 200 or not answer.body:
        return answer
    body = answer.body if isinstance(answer.body, bytes) else b""
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    answer.headers["ETag"] = tag
    return answer
