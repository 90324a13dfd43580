"""What one poll costs: feeds of twenty entries on forty hosts of this machine, polled when all is new, when two are new, and unchanged.

CPU is of this process and of Postgres; the server that answers is a process of its own and not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench import report  # noqa: E402
from bench.clock import Clock  # noqa: E402
from wirewatch.io import migrate, postgres  # noqa: E402
from wirewatch.jobs import poll  # noqa: E402
from wirewatch.local.postgres import free_port, temporary  # noqa: E402
from wirewatch.settings import ROOT, settings  # noqa: E402

HOSTS, ENTRIES = 40, 20


async def serve(port: int) -> None:
    """Feeds at /<number>/<edition>: an edition has the last ENTRIES of the entries that are out by then. Until killed."""
    from aiohttp import web

    editions = {"n": 0}

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/next":
            editions["n"] += 2
            return web.Response(text="ok")
        if not request.path.startswith("/feed"):
            return web.Response(status=404)
        tag = f'"{editions["n"]}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        last = ENTRIES + editions["n"]
        home = f"http://{request.host}{request.path}"
        items = "".join(
            f"<item><title>Report number {n} of this feed</title><link>{home}/{n}</link><guid>{home}/{n}</guid>"
            f"<description>{'Words of a summary. ' * 12}</description></item>"
            for n in range(last - ENTRIES, last)
        )
        body = f"<rss version='2.0'><channel><title>Feed</title>{items}</channel></rss>"
        return web.Response(text=body, content_type="application/rss+xml", headers={"ETag": tag})

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    for number in range(1, HOSTS + 1):
        await web.TCPSite(runner, f"127.2.0.{number}", port).start()
    print("open", flush=True)
    await asyncio.Event().wait()


def measure(feeds: int) -> list[dict[str, object]]:
    """One row for each kind of poll."""
    os.environ.update(WIREWATCH_ALLOW_PRIVATE="127.0.0.0/8", WIREWATCH_HOST_SPACING="0")
    settings.cache_clear()
    port = free_port()
    command = [sys.executable, __file__, "--serve", str(port)]
    rows: list[dict[str, object]] = []
    with temporary() as server, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as press:
        try:
            assert press.stdout is not None
            press.stdout.readline()
            dsn = server.dsn("warehouse")
            migrate.migrate(dsn, ROOT / "sql")
            with postgres.transaction(dsn) as db:
                postgres.execute(
                    db,
                    "insert into ingest.feed (title, url, host) select 'f' || n, 'http://' || h || '/feed' || n, h "
                    "from (select n, '127.2.0.' || (n %% %s + 1) || ':' || %s as h from generate_series(1, %s) n) x",
                    (HOSTS, port, feeds),
                )
            for kind in ("twenty new entries", "two new entries", "unchanged"):
                with postgres.transaction(dsn) as db:
                    postgres.execute(db, "update ingest.feed set next_poll_at = now(), lease_until = null")
                clock = Clock(server)
                counts: dict[str, int] = {}
                for bucket in poll.due_buckets(dsn):
                    for name, number in poll.poll_bucket(dsn, bucket, "bench").items():
                        counts[name] = counts.get(name, 0) + number
                wall, cpu = clock.lap(feeds)
                assert counts["failed"] == counts["held"] == 0, counts
                rows.append(
                    {
                        "poll": kind,
                        "feeds": feeds,
                        "ms": round(wall, 2),
                        "cpu_ms": round(cpu, 2),
                        "new": counts["new_entries"],
                    }
                )
                if kind == "twenty new entries":
                    import urllib.request

                    urllib.request.urlopen(f"http://127.2.0.1:{port}/next").read()
            postgres.close_idle()
        finally:
            press.kill()
    return rows


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=400)
    parser.add_argument("--serve", type=int)
    chosen = parser.parse_args()
    if chosen.serve:
        asyncio.run(serve(chosen.serve))
        return
    report.write("poll", __doc__ or "", measure(chosen.feeds))


if __name__ == "__main__":
    main()
