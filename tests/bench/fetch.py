"""Fetching from loopback, every rule on, beside the bare client, feedparser, Scrapy and news-please as people use them.

`number` feeds or pages, each on a host of its own up to 2,000 hosts. Ours is a task of the pipeline as Airflow would run it:
robots.txt, spacing and holds through Postgres, guarded addresses, caps, audit, WARC archive, parsing, ledger. `aiohttp alone`
asks for the same addresses with the same number at once and reads the whole answers: the ceiling. `of_ceiling` is the share of its
speed, `of_its_cpu` its CPU time as a share of ours; both come from the same minutes, since other work on the machine slows both.
Hosts answer after `latency` ms; without latency the ceiling is the CPU's, which nobody's network is. `again`: the feeds are
polled once more, and answer 304. `archiving alone` is the part of `pages: ours` that the bare client does not do at all.

feedparser fetches and parses one after the other; Scrapy obeys robots.txt, 64 at once, and writes items; news-please (from_urls)
also extracts the articles, which ours leaves to the next task. Memory is the most that the measured process held (not known of
Scrapy and news-please, which run by themselves; nor their CPU).
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import aiohttp  # noqa: E402
import feedparser  # noqa: E402

from bench import loopback, peers, report  # noqa: E402
from wirewatch.io import migrate, postgres  # noqa: E402
from wirewatch.io.archive import Archive  # noqa: E402
from wirewatch.io.http import Response  # noqa: E402
from wirewatch.jobs import batches, fetch, poll  # noqa: E402
from wirewatch.local.postgres import temporary  # noqa: E402
from wirewatch.settings import ROOT, settings  # noqa: E402

AT_ONCE, HOSTS = 64, 2000
_SPIDER = """
import sys, scrapy
from scrapy.crawler import CrawlerProcess
class Feeds(scrapy.Spider):
    name = "feeds"
    async def start(self):
        for url in open(sys.argv[1]).read().split():
            yield scrapy.Request(url, dont_filter=True)
    def parse(self, response):
        for item in response.xpath("//item"):
            yield {"title": item.xpath("title/text()").get(), "link": item.xpath("link/text()").get()}
process = CrawlerProcess({"ROBOTSTXT_OBEY": True, "CONCURRENT_REQUESTS": 64, "DOWNLOAD_DELAY": 0, "LOG_LEVEL": "ERROR",
    "FEEDS": {sys.argv[2]: {"format": "jsonlines"}}})
process.crawl(Feeds)
process.start()
"""
_NEWS_PLEASE = """
import sys
from newsplease import NewsPlease
urls = open(sys.argv[1]).read().split()
found = NewsPlease.from_urls(urls, request_args={"timeout": 30}, fetch_images=False)
open(sys.argv[2], "w").write("\\n".join(url for url, one in found.items() if getattr(one, "maintext", None)))
"""
_SLOW = 100
"""How many are asked of what takes its time."""


@dataclass(frozen=True)
class Measured:
    """What was asked for how often, how long it took, on how much CPU and memory, and its share of the ceiling's speed."""

    what: str
    latency_ms: int
    number: int
    seconds: float
    per_second: float
    cpu_ms: float
    most_mb: int
    of_ceiling: str = ""
    of_its_cpu: str = ""


def feeds_of(port: int, number: int) -> list[str]:
    """Addresses of feeds, one after the other on each host."""
    return [f"http://{loopback.host(n % HOSTS)}:{port}/feed{n // HOSTS}" for n in range(number)]


def alone(work: Callable[..., Any], *arguments: Any) -> tuple[float, float, int]:
    """Run something in a process of its own: seconds, seconds of CPU, most megabytes."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_timed, args=(queue, work, arguments))
    process.start()
    found = queue.get()
    process.join()
    if isinstance(found, str):
        raise RuntimeError(found)
    return found


def _timed(queue: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        begun, cpu = time.perf_counter(), time.process_time()
        work(*arguments)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        queue.put((time.perf_counter() - begun, time.process_time() - cpu, most))
    except BaseException as problem:
        queue.put(repr(problem))
        raise


def bare(urls: list[str]) -> None:
    """aiohttp and nothing else."""

    async def run() -> None:
        waiting = iter(urls)
        connector = aiohttp.TCPConnector(limit=AT_ONCE, limit_per_host=2)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def worker() -> None:
                for url in waiting:
                    async with session.get(url) as answer:
                        await answer.read()

            await asyncio.gather(*(worker() for _ in range(AT_ONCE)))

    asyncio.run(run())


def parse(number: int) -> None:
    """feedparser and nothing else."""
    for n in range(number):
        assert len(feedparser.parse(loopback.feed(f"http://{loopback.host(n)}", "feed0")).entries) == loopback.ITEMS


def poll_all(dsn: str, number: int, new: int) -> None:
    """One task that polls what is due, which must be `number` feeds and bring `new` entries."""
    (bucket,) = poll.due_buckets(dsn, limit=number, buckets=1)
    counts = poll.poll_bucket(dsn, bucket, "bench")
    assert (len(bucket), counts["new_entries"], counts.get("failed", 0)) == (number, new, 0), counts


def fetch_all(dsn: str, number: int) -> None:
    """One task that fetches `number` pages."""
    (work,) = batches.claim(dsn, "bench", number)
    counts = fetch.fetch(dsn, work["batch"], work["bucket"], "bench")
    assert counts["fetched"] == number, counts


def enter(dsn: str, urls: list[str]) -> None:
    """Enter feeds that are due now."""
    with postgres.transaction(dsn) as db:
        postgres.insert(
            db,
            "ingest.feed",
            [{"url": url, "title": "", "host": url.split("/")[2]} for url in urls],
            "on conflict (url) do nothing",
        )
        due_again(db)


def due_again(db: postgres.Connection) -> None:
    """All feeds are due, their hosts free."""
    postgres.execute(db, "update ingest.feed set next_poll_at = now(), lease_until = null, whole_at = now()")
    postgres.execute(db, "update ingest.host set next_request_at = null")


Found = tuple[float, float, int]
"""Seconds, seconds of CPU, most megabytes."""


def row(what: str, latency: float, number: int, found: Found, ceiling: tuple[Found, int] | None = None) -> Measured:
    """A line of the table; `ceiling` is what the bare client took, and for how many."""
    seconds, cpu, most = found
    one = Measured(what, round(latency * 1000), number, seconds, number / seconds, cpu * 1000 / number, most)
    if ceiling is None:
        return one
    (its_seconds, its_cpu, _), its_number = ceiling
    share = f"{its_cpu / its_number / (cpu / number):.0%}" if most else ""
    return replace(one, of_ceiling=f"{number / seconds / (its_number / its_seconds):.0%}", of_its_cpu=share)


def speed(latency: float, number: int, server: Any, theirs: Path) -> list[Measured]:
    """Feeds and pages a second, ours beside the others; the bare client before and after, and the quicker counts."""
    name = f"speed{round(latency * 1000)}"
    with loopback.hosts(latency) as port:
        dsn = made(server, name)
        urls = feeds_of(port, number)
        pages = [url.replace("/feed0", "/page/1") for url in urls]
        enter(dsn, urls)
        first = alone(bare, urls)
        ours = alone(poll_all, dsn, number, number * loopback.ITEMS)
        with postgres.transaction(dsn) as db:
            due_again(db)
        again = alone(poll_all, dsn, number, 0)
        top = min(first, alone(bare, urls)), number
        found = [
            row("feeds: aiohttp alone", latency, number, top[0]),
            row("feeds: ours, all new", latency, number, ours, top),
            row("feeds: ours, again", latency, number, again, top),
            row("feeds: feedparser alone", latency, _SLOW, alone(fetch_and_parse, urls[:_SLOW]), top),
        ]
        took = alone(by_itself, theirs, _SPIDER, urls, number * loopback.ITEMS)
        found.append(row("feeds: Scrapy", latency, number, (took[0], 0.0, 0), top))
        first, fetched = alone(bare, pages), alone(fetch_all, dsn, number)
        top = min(first, alone(bare, pages)), number
        found.append(row("pages: aiohttp alone", latency, number, top[0]))
        found.append(row("pages: ours", latency, number, fetched, top))
        few = pages[:_SLOW]
        took = alone(by_itself, theirs, _NEWS_PLEASE, few, len(few))
        found.append(row("pages: news-please", latency, len(few), (took[0], 0.0, 0), top))
    return found


def fetch_and_parse(urls: list[str]) -> None:
    """feedparser as its documentation has it."""
    for url in urls:
        assert len(feedparser.parse(url).entries) == loopback.ITEMS


def archive_all(number: int) -> None:
    """What a fetched page costs in the archive."""
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "14000"))
    response = Response(
        url="http://127.20.0.1:40000/page/1", final_url="http://127.20.0.1:40000/page/1", status=200, reason="OK",
        headers=dict(headers), raw_headers=headers, body=loopback.page("/page/1"), fetched_at=datetime.now(UTC),
        elapsed=0.1, redirects=0, sent=(("Host", "127.20.0.1:40000"), ("User-Agent", "Wirewatch"), ("Accept", "text/html")),
    )  # fmt: skip
    archive = Archive(settings().archive_url)
    for start in range(0, number, 40):
        with archive.writer(f"alone-{start}.warc.gz") as writer:
            for _ in range(min(40, number - start)):
                writer.add(response)


def size(numbers: list[int], latency: float, server: Any) -> list[Measured]:
    """One interval's poll of ever more feeds that have nothing new: time and memory."""
    found = []
    for number in numbers:
        with loopback.hosts(latency) as port:
            dsn = made(server, f"size{number}")
            urls = feeds_of(port, number)
            enter(dsn, urls)
            with postgres.transaction(dsn) as db:
                postgres.execute(db, "update ingest.feed set etag = '\"0\"', kind = 'rss', body_digest = 'known'")
            found.append(row(f"{number:,} feeds in one interval", latency, number, alone(poll_all, dsn, number, 0)))
    return found


def by_itself(python: Path, script: str, urls: list[str], lines: int) -> None:
    """A peer as a user would run it, in its own environment, which must bring so many lines."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "peer.py").write_text(script)
        (Path(folder) / "urls").write_text("\n".join(urls))
        out = Path(folder) / "out.jsonl"
        subprocess.run([str(python), f"{folder}/peer.py", f"{folder}/urls", str(out)], check=True)
        found = len(out.read_text().splitlines())
        assert found == lines, f"{found} of {lines}"


def made(server: Any, name: str) -> str:
    """A warehouse."""
    db = postgres.connect(server.dsn("postgres"), autocommit=True)
    postgres.execute(db, f"create database {name}")
    db.close()
    dsn = server.dsn(name)
    migrate.migrate(dsn, ROOT / "sql")
    return str(dsn)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=HOSTS)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000, 50_000])
    parser.add_argument(
        "--venv", type=Path, default=ROOT / ".wirewatch" / "bench-venv", help="of Scrapy and news-please"
    )
    chosen = parser.parse_args()
    theirs = peers.environment(chosen.venv)
    archive = tempfile.mkdtemp(prefix="wirewatch-bench-")
    os.environ.update(
        WIREWATCH_ALLOW_PRIVATE="127.0.0.0/8",
        WIREWATCH_HOST_SPACING="0",
        WIREWATCH_BUCKETS="1",
        WIREWATCH_FETCH_MINUTES="60",
        WIREWATCH_AT_ONCE=str(AT_ONCE),
        WIREWATCH_ARCHIVE=archive,
    )
    settings.cache_clear()
    rows = [
        row("parsing: feedparser alone", 0.0, chosen.number, alone(parse, chosen.number)),
        row("pages: archiving alone", 0.0, chosen.number, alone(archive_all, chosen.number)),
    ]
    with temporary() as server:
        for latency in (0.0, 0.1):
            rows += speed(latency, chosen.number, server, theirs)
        rows += size(chosen.sizes, 0.1, server)
        postgres.close_idle()
    shutil.rmtree(archive)
    report.write("fetch", __doc__ or "", rows)


if __name__ == "__main__":
    main()
