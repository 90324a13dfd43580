"""What one poll costs: feeds of ten entries on forty hosts of this machine, polled when all is new, when two are new, and unchanged.

CPU is of this process and of Postgres; the server that answers is a process of its own and not counted.
"""

from __future__ import annotations

import argparse
import os
import sys
import urllib.request
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench import loopback, report  # noqa: E402
from bench.clock import Clock  # noqa: E402
from bench.fetch import due_again, enter  # noqa: E402
from wirewatch.io import migrate, postgres  # noqa: E402
from wirewatch.jobs import poll  # noqa: E402
from wirewatch.local.postgres import temporary  # noqa: E402
from wirewatch.settings import ROOT, settings  # noqa: E402

HOSTS = 40


def measure(feeds: int) -> list[dict[str, object]]:
    """One row for each kind of poll."""
    os.environ.update(WIREWATCH_ALLOW_PRIVATE="127.0.0.0/8", WIREWATCH_HOST_SPACING="0")
    settings.cache_clear()
    rows: list[dict[str, object]] = []
    with temporary() as server, loopback.hosts(0.0) as port:
        dsn = server.dsn("warehouse")
        migrate.migrate(dsn, ROOT / "sql")
        enter(dsn, [f"http://{loopback.host(n % HOSTS)}:{port}/feed{n // HOSTS}" for n in range(feeds)])
        for kind, new in (("ten new entries", loopback.ITEMS), ("two new entries", 2), ("unchanged", 0)):
            clock = Clock(server)
            counts: dict[str, int] = {}
            for bucket in poll.due_buckets(dsn):
                for name, number in poll.poll_bucket(dsn, bucket, "bench").items():
                    counts[name] = counts.get(name, 0) + number
            wall, cpu = clock.lap(feeds)
            assert (counts["failed"], counts["held"], counts["new_entries"]) == (0, 0, new * feeds), counts
            rows.append(
                {"poll": kind, "feeds": feeds, "ms": round(wall, 2), "cpu_ms": round(cpu, 2), "new": new * feeds}
            )
            with postgres.transaction(dsn) as db:
                due_again(db)
            if kind == "ten new entries":
                urllib.request.urlopen(f"http://{loopback.host(0)}:{port}/next").read()
        postgres.close_idle()
    return rows


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=400)
    report.write("poll", __doc__ or "", measure(parser.parse_args().feeds))


if __name__ == "__main__":
    main()
