"""Targets: what is given bytes, and what must be true of the answer. Each raises where it is not."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes
from urllib.request import urlopen

import numpy as np
from starlette.requests import Request  # where FastAPI can find it

from newsroom import articles, publishers, render
from wirewatch.settings import ROOT

NOW = datetime(2026, 1, 1, tzinfo=UTC)
URL = "https://gull.example/news"
Try = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """What is fuzzed: `open` makes the function that is given bytes; `seeds` are inputs to begin with, `words` its tokens."""

    name: str
    open: Callable[[], AbstractContextManager[Try]]
    seeds: Sequence[bytes]
    words: Sequence[str] = ()
    longest: int = 20_000


def holdable(text: str) -> None:
    """Postgres and UTF-8 can hold it."""
    text.encode("utf-8")
    assert "\x00" not in text


def _feed(data: bytes) -> None:
    from wirewatch.core.feed.model import NotAFeed
    from wirewatch.core.feed.parse import parse_feed
    from wirewatch.jobs.poll_record import discoveries

    first, _, body = data.partition(b"\n")
    content_type = first.decode("latin-1") if first.startswith(b"type:") else None
    try:
        found = parse_feed(body if content_type else data, url=URL, content_type=content_type)
    except NotAFeed as problem:
        holdable(str(problem).encode("utf-8", "replace").decode())
        return
    assert all(entry.hints.published is None or entry.hints.published.tzinfo for entry in found.entries)
    for one in discoveries(found, {"id": 1, "url": URL, "host": "gull.example"}, NOW):
        holdable(
            json.dumps([one.hints, one.title, one.url, one.canonical_url, one.guid, one.refusal], ensure_ascii=False)
        )


def _clean(data: bytes) -> None:
    from wirewatch.core.clean import clean
    from wirewatch.core.model import FeedHints

    first, _, body = data.partition(b"\n")
    hints = (
        FeedHints(summary_html=body[:2000].decode("utf-8", "replace")) if first.startswith(b"hints") else FeedHints()
    )
    found = clean(data, url=URL, crawled=NOW, hints=hints)
    assert found.rejected is not None or found.text.strip()
    assert found.published is None or found.published.tzinfo
    for text in (found.title, found.headline or "", found.text, found.detail or "", *found.authors):
        holdable(text)


def _canonical(data: bytes) -> None:
    from wirewatch.core.canonical import BadUrl, canonical_url, host_of

    url = data.decode("utf-8", "surrogateescape")
    try:
        found = canonical_url(url, URL if url.startswith(("/", "?", "#", ".")) else None)
    except BadUrl:
        return
    holdable(found)
    assert found.startswith(("http://", "https://"))
    assert host_of(found)
    assert canonical_url(found) == found


def _opml(data: bytes) -> None:
    from wirewatch.core.opml import OpmlError, parse_opml, print_opml

    try:
        found = parse_opml(data).feeds
    except OpmlError:
        return
    again = parse_opml(print_opml(found).encode("utf-8")).feeds
    assert {(one.url, one.title, one.category, one.site) for one in again} == {
        (one.url, one.title, one.category, one.site) for one in found
    }


def _headers(data: bytes) -> None:
    from wirewatch.core import http_rules, robots

    text = data.decode("latin-1")
    until = http_rules.retry_after(text, NOW)
    assert until is None or NOW < until <= NOW + http_rules.LONGEST_HOLD
    fresh = http_rules.fresh_for({"cache-control": text, "age": text, "expires": text, "date": text}, NOW)
    assert fresh is None or fresh >= 0
    http_rules.charset(text)
    body = data.decode("utf-8", "replace")
    robots.rule(body, 200, URL, "Wirewatch/0.1")
    delay = robots.crawl_delay(body, "Wirewatch/0.1")
    assert delay is None or delay >= 0
    for address in robots.sitemaps(body, URL):
        holdable(address)


@contextmanager
def _filters() -> Iterator[Try]:
    """The filters `clean` and `tag`, each line a record, by the code behind the commands."""
    from wirewatch.cli.filters import _record
    from wirewatch.core.watchlists import Matcher
    from wirewatch.io import taxonomy, watchlists
    from wirewatch.jobs import filters

    with without_the_model():
        from wirewatch.io import embedding

        matcher = Matcher(watchlists.read(ROOT / "seeds" / "watchlists.yaml"))
        tag = filters.Tagger(taxonomy.tagger_of_files(ROOT / "seeds", embedding.embed), matcher)

        def run(data: bytes) -> None:
            for number, line in enumerate(data.split(b"\n")[:4], 1):
                record = _record(line, number)
                if "__line" in record:
                    continue
                _answered(
                    record, [filters.clean({**record, "html_path": "/nowhere"} if "html_path" in record else record)]
                )
                _answered(record, list(tag([record])))

        yield run


@contextmanager
def _dedupe() -> Iterator[Try]:
    """The filter `dedupe` on a warehouse of its own."""
    from wirewatch.cli.filters import _record
    from wirewatch.io import migrate, postgres
    from wirewatch.jobs import filters
    from wirewatch.local.postgres import temporary

    with without_the_model(), temporary() as server:
        dsn = server.dsn("warehouse")
        migrate.migrate(dsn, ROOT / "sql")
        dedupe = filters.Deduplicator(dsn, {})

        def run(data: bytes) -> None:
            records = [_record(line, number) for number, line in enumerate(data.split(b"\n")[:4], 1)]
            whole = [record for record in records if "__line" not in record]
            answers = list(dedupe(whole)) if whole else []
            assert len(answers) == len(whole)
            for record, answer in zip(whole, answers, strict=True):
                _answered(record, [answer])
                assert "could not be judged" not in answer.get("error", ""), answer

        try:
            yield run
        finally:
            postgres.close_idle()


def _answered(record: dict[str, Any], answers: list[dict[str, Any]]) -> None:
    assert len(answers) == 1
    assert answers[0]["id"] == record.get("id") or record.get("id") != record.get("id")  # NaN
    json.dumps(answers[0], ensure_ascii=False)


MOST_PATHS = 40
MARK = "<script>fuzz"


@contextmanager
def _page() -> Iterator[Try]:
    """Every page of the Newsroom of the press, its login taken away, with any query string: answered, nothing of it unescaped."""
    from fastapi.testclient import TestClient

    from newsroom.server import press
    from web.addresses import address, existing
    from wirewatch.io import migrate, postgres
    from wirewatch.jobs import ingest, reference, seeds
    from wirewatch.local.postgres import temporary
    from wirewatch.web import access, application

    class Reader:
        def get_name(self) -> str:
            return "fuzz"

    def reader(request: Request) -> None:
        request.state.user, request.state.may_write = Reader(), True

    with without_the_model(), temporary() as server:
        dsn = server.dsn("warehouse")
        migrate.migrate(dsn, ROOT / "sql")
        reference.load_reference(dsn)
        seeds.load_seeds(dsn, ROOT / "seeds" / "articles")
        with press() as running, urlopen(running.opml_url) as opml:
            reference.enter_opml(dsn, opml.read(), origin="demo")
            ingest.ingest(dsn)
        app = application.create(lambda: dsn)
        for dependency in access.READER:
            app.dependency_overrides[dependency.dependency] = lambda: None
        app.dependency_overrides[access.remember] = reader
        values = existing(dsn)
        paths = sorted({address(route.path, values) for route in app.routes if "GET" in getattr(route, "methods", ())})
        client = TestClient(app, base_url="http://newsroom.test", follow_redirects=False)
        plain = {path: client.get(path, headers={"accept": "text/html"}).status_code for path in paths}
        assert {path for path, status in plain.items() if status != 200} <= {"/nowhere"}, plain

        def run(data: bytes) -> None:
            path = paths[data[0] % len(paths)] if data else "/"
            query = quote(data[1:], safe="=&%+?/:;,@!$'()*[]-._~")
            answer = client.get(f"{path}?{query}", headers={"accept": "text/html"})
            assert answer.status_code in (200, 303, 307, 400, 404), (answer.status_code, answer.text[:300])
            if "html" in answer.headers.get("content-type", ""):
                assert MARK not in answer.text
            sent = unquote_to_bytes(query).decode("utf-8", "replace")
            assert MARK not in answer.text or MARK in sent

        try:
            yield run
        finally:
            postgres.close_idle()


@contextmanager
def without_the_model() -> Iterator[None]:
    """Texts get made-up vectors, the same for the same text: the model is no target, and would be all of the time."""
    from wirewatch.io import embedding

    real = embedding.embed, embedding.dimensions

    def made_up(texts: Sequence[str], model: str = "") -> Any:
        rows = [np.random.default_rng(zlib.crc32(text.encode("utf-8", "replace"))).normal(size=384) for text in texts]
        found = np.array(rows, dtype=np.float32).reshape(len(texts), 384)
        return found / np.linalg.norm(found, axis=1, keepdims=True) if len(texts) else found

    embedding.embed, embedding.dimensions = made_up, lambda *_: 384
    try:
        yield
    finally:
        embedding.embed, embedding.dimensions = real


def plain(run: Try) -> Callable[[], AbstractContextManager[Try]]:
    """A target that needs nothing opened."""
    return lambda: nullcontext(run)


def _printed() -> tuple[list[bytes], list[bytes]]:
    """Feeds and pages as the press of the tests prints them."""
    home, known = "http://127.0.0.1", articles.load()
    printed = [render.Printed(article, f"{home}/{article.slug}", NOW, NOW) for article in known[:6]]
    feeds = [render.feed(publisher, home, printed[:2]).encode() for publisher in publishers.PUBLISHERS]
    by = zip(publishers.PUBLISHERS, printed, strict=False)
    return feeds, [render.page(publisher, home, item, printed).encode() for publisher, item in by]


FEEDS, PAGES = _printed()
OPML = (ROOT / "seeds" / "feeds.opml").read_bytes()
RECORD = {"id": "1", "title": "A bridge", "text": "The bridge was opened on Monday, said the mayor of Lissabon. " * 8}
RECORDS = (
    json.dumps({**RECORD, "url": URL, "published": "2025-01-01T00:00:00Z"}).encode(),
    json.dumps({"id": None, "html": PAGES[0].decode()[:1500], "url": URL, "crawled": "12 Jan 2025 7pm"}).encode(),
    b'{"id": 1, "text": "' + b"word " * 60 + b'"}\n{"text": null}\n[]\n{"id": {}, "text": "\\ud800 \\u0000"}',
)
ADDRESSES = (
    *(
        "https://Gull.example:443/a/../b?utm_source=x&b=2&a=1#f",
        "//gull.example/x",
        "HTTP://user:pw@gull.example/%7e%e9",
    ),
    *(
        "https://xn--bcher-kva.example/ü?q=%zz",
        "http://[::1]:8080/a",
        "http://0x7f.1/",
        "https://gull-example.cdn.ampproject.org/c/s/gull.example/a",
    ),
)
HEADERS = (
    *("120", "Wed, 21 Oct 2026 07:28:00 GMT", "max-age=60, public", "text/html; charset=utf-8"),
    "User-agent: *\nDisallow: /x\nCrawl-delay: 1.5\nAllow: /*.html$\nSitemap: https://gull.example/s.xml\n",
)
QUERIES = (
    *(
        "on=2025-01-01&source=1&topic=medtop:1&kind=copy&before=9",
        "q=bridge&by=meaning",
        "url=https%3A%2F%2Fgull.example%2F",
    ),
    *(
        f"q={MARK}",
        "day=yesterday&hours=x",
        "before=99999999999999999999",
        "q=%00%ff",
        "url=%00",
        "language=en&name=Kim+Jong-un",
    ),
)
_TAGS = (
    "<rss>",
    "<channel>",
    "<item>",
    "<link>",
    "<![CDATA[",
    "]]>",
    "&#0;",
    "&lt;",
    "<pubDate>",
    "<guid>",
    "<feed xmlns=",
    "<!DOCTYPE",
    "<!ENTITY",
)
_HTML = (
    "<p>",
    "</p>",
    "<article>",
    "<script type='application/ld+json'>",
    '{"@graph":[',
    "<meta property=",
    "<time datetime=",
    "<table>",
    "<!--",
    "\x00",
)

TARGETS = {
    target.name: target
    for target in (
        Target("feed", plain(_feed), FEEDS, _TAGS),
        Target("clean", plain(_clean), PAGES, _HTML),
        Target("canonical", plain(_canonical), [text.encode() for text in ADDRESSES], ("http://", "%", "[", "@", "xn--"), longest=2000),
        Target("opml", plain(_opml), [OPML], ("<outline ", "xmlUrl=", "title=", "category=", "<opml>")),
        Target("headers", plain(_headers), [text.encode() for text in HEADERS], ("max-age=", "User-agent:", "GMT"), longest=4000),
        Target("filters", _filters, RECORDS, ('"html":', '"text":', '"title":', "\\u0000", "\\ud800", "null")),
        Target("dedupe", _dedupe, RECORDS, ('"text":', '"published":', '"url":', "\\u0000")),
        Target("page", _page, [bytes([n]) + text.encode() for n in range(MOST_PATHS) for text in QUERIES[n % 3 :: 3]],
               ("on=", "before=", "source=", "q=", "%00", "%27", "&", "kind="), 400),
    )
}  # fmt: skip


def regressions(name: str) -> list[Path]:
    """Inputs that broke a target once."""
    return sorted((Path(__file__).parent / "regressions" / name).glob("*"))
