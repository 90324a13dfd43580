"""What a large export holds in memory: articles with their texts, as each format, from the warehouse of tests/bench/queries.py.

The command line is `wirewatch export` as a process of its own; the page is its route in a web server of its own, without the
login, read by a client at its own pace. `peak_mb` is the most that the process held (its own, not the client's nor Postgres's);
that it grows little from a thousand rows to all is what is to be seen.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench import report  # noqa: E402
from bench.queries import filled_warehouse  # noqa: E402
from bench.served import newsroom  # noqa: E402
from wirewatch.io import postgres  # noqa: E402

SIZES = (1_000, 200_000)
_FORMS = ("csv", "jsonl", "parquet")


@dataclass(frozen=True)
class Export:
    """One export: by what, rows, size of the file, seconds, and the most memory that its process held."""

    by: str
    form: str
    rows: int
    file_mb: float
    seconds: float
    peak_mb: float


def peak(pid: int) -> float:
    """The most memory a process has held so far, in MB (VmHWM of Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def by_command(dsn: str, form: str, since: datetime, rows: int, folder: Path) -> Export:
    """`wirewatch export` into a file."""
    file = folder / f"articles.{form}"
    command = [
        sys.executable,
        "-m",
        "wirewatch",
        "export",
        "--since",
        since.isoformat(),
        "--text",
        "--output",
        str(file),
    ]
    start = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, "WIREWATCH_DSN": dsn})
    _, status, used = os.wait4(process.pid, 0)
    if status:
        message = f"{' '.join(command)} ended with {status}"
        raise RuntimeError(message)
    size = file.stat().st_size / 1e6
    file.unlink()
    return Export("command line", form, rows, size, time.perf_counter() - start, used.ru_maxrss / 1024)


def by_page(dsn: str, form: str, since: datetime, rows: int) -> Export:
    """The page's answer, read to its end."""
    with newsroom(dsn) as (port, pid):
        start = time.perf_counter()
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        asked.request("GET", f"/export/articles.{form}?text=true&since={since.date()}")
        answer = asked.getresponse()
        size = 0
        while piece := answer.read(1 << 16):
            size += len(piece)
        if answer.status != http.client.OK:
            message = f"The page answered {answer.status}"
            raise RuntimeError(message)
        return Export("page", form, rows, size / 1e6, time.perf_counter() - start, peak(pid))


def since_which(db: postgres.Connection, articles: int) -> tuple[datetime, int]:
    """The day from which on there are at least so many articles, and how many there are."""
    found = postgres.one(
        db,
        """
        with since as (
            select date_trunc('day', first_seen_at at time zone 'UTC') at time zone 'UTC' as at
            from (select first_seen_at from media.article order by first_seen_at desc limit %(articles)s) x
            order by first_seen_at limit 1
        )
        select at, (select count(*)::int from media.article where first_seen_at >= at) as rows from since
        """,
        {"articles": articles},
    )
    assert found is not None
    return found["at"], int(found["rows"])


def main() -> None:
    """Measure and print a table."""
    with filled_warehouse(__doc__ or "") as dsn, tempfile.TemporaryDirectory() as folder:
        db = postgres.connect(dsn, autocommit=True)
        found = []
        for size in SIZES:
            since, rows = since_which(db, size)
            for form in _FORMS:
                found.append(by_command(dsn, form, since, rows, Path(folder)))
                found.append(by_page(dsn, form, since, rows))
                print(*found[-2:], sep="\n", file=sys.stderr, flush=True)
        db.close()
    report.write("exported", __doc__ or "", found)


if __name__ == "__main__":
    main()
