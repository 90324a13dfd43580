"""Fetching from 2,000 hosts on loopback, every rule on, beside the bare client and feedparser alone.

Ours is a task of the pipeline as Airflow would run it: robots.txt, spacing and holds through Postgres, guarded addresses, caps,
audit, WARC archive, parsing, ledger. `aiohttp alone` asks for the same addresses with the same number at once and throws the
answers away: the ceiling. Hosts answer after `latency` ms; without latency, the ceiling is the CPU's, which nobody's network is.
`again`: the feeds are polled once more, and answer 304. Memory is the most that the measured process held.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import aiohttp  # noqa: E402
import feedparser  # noqa: E402

from bench import loopback, report  # noqa: E402
from wirewatch.io import migrate, postgres  # noqa: E402
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


def row(what: str, latency: float, number: int, found: tuple[float, float, int], ceiling: float = 0.0) -> Measured:
    """A line of the table; `ceiling` is in things a second."""
    seconds, cpu, most = found
    share = f"{number / seconds / ceiling:.0%}" if ceiling else ""
    return Measured(what, round(latency * 1000), number, seconds, number / seconds, cpu * 1000 / number, most, share)


def speed(latency: float, number: int, server: Any, spider: Path | None) -> list[Measured]:
    """Feeds and pages a second, ours beside the others."""
    name = f"speed{round(latency * 1000)}"
    with loopback.hosts(latency) as port:
        dsn = made(server, name)
        urls = feeds_of(port, number)
        pages = [url.replace("/feed0", "/page/1") for url in urls]
        ceiling, bare_pages = alone(bare, urls), alone(bare, pages)
        top, top_pages = number / ceiling[0], number / bare_pages[0]
        found = [row("feeds: aiohttp alone", latency, number, ceiling)]
        enter(dsn, urls)
        new = number * loopback.ITEMS
        found.append(row("feeds: ours, all new", latency, number, alone(poll_all, dsn, number, new), top))
        with postgres.transaction(dsn) as db:
            due_again(db)
        found.append(row("feeds: ours, again", latency, number, alone(poll_all, dsn, number, 0), top))
        if spider:
            found.append(row("feeds: Scrapy", latency, number, alone(scrapy, spider, urls), top))
        found.append(row("pages: aiohttp alone", latency, number, bare_pages))
        found.append(row("pages: ours", latency, number, alone(fetch_all, dsn, number), top_pages))
    return found


def size(numbers: list[int], latency: float, server: Any) -> list[Measured]:
    """One interval's poll of ever more feeds that have nothing new: time and memory."""
    found = []
    for number in numbers:
        with loopback.hosts(latency) as port:
            dsn = made(server, f"size{number}")
            urls = feeds_of(port, number)
            enter(dsn, urls)
            with postgres.transaction(dsn) as db:
                postgres.execute(db, "update ingest.feed set etag = '\"1\"', kind = 'rss', body_digest = 'known'")
            found.append(row(f"{number:,} feeds in one interval", latency, number, alone(poll_all, dsn, number, 0)))
    return found


def scrapy(python: Path, urls: list[str]) -> None:
    """Scrapy as a user would run it, in its own environment; its CPU and memory are not counted here."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "spider.py").write_text(_SPIDER)
        (Path(folder) / "urls").write_text("\n".join(urls))
        out = Path(folder) / "out.jsonl"
        subprocess.run([str(python), f"{folder}/spider.py", f"{folder}/urls", str(out)], check=True)
        assert len(out.read_text().splitlines()) == len(urls) * loopback.ITEMS


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
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 5000, 10_000])
    parser.add_argument("--scrapy", type=Path, help="Python of an environment that has Scrapy")
    chosen = parser.parse_args()
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
    rows = [row("parsing: feedparser alone", 0.0, chosen.number, alone(parse, chosen.number))]
    with temporary() as server:
        for latency in (0.0, 0.1):
            rows += speed(latency, chosen.number, server, chosen.scrapy)
        rows += size(chosen.sizes, 0.1, server)
        postgres.close_idle()
    shutil.rmtree(archive)
    report.write("fetch", __doc__ or "", rows)


if __name__ == "__main__":
    main()
