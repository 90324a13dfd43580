"""What a large export holds in memory: articles with their texts, as each format, from the warehouse of tests/bench/queries.py.

The command line is `wirewatch export` as a process of its own; the page is its route in a web server of its own, without the
login, read by a client at its own pace. `peak_mb` is the most that the process held (its own, not the client's nor Postgres's);
that it grows little from a thousand rows to all is what is to be seen.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench import report  # noqa: E402
from bench.queries import warehouse  # noqa: E402
from wirewatch.io import postgres  # noqa: E402
from wirewatch.settings import ROOT  # noqa: E402

SIZES = (1_000, 200_000)
_FORMS = ("csv", "jsonl", "parquet")
_SERVER = """
import sys, uvicorn
from fastapi import FastAPI
from wirewatch.web import access
access.READER.clear(), access.WRITER.clear()
from wirewatch.web.pages import export
app = FastAPI()
app.state.dsn = lambda: sys.argv[1]
app.include_router(export.router)
uvicorn.run(app, fd=int(sys.argv[2]), log_level="warning")
"""


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


@contextmanager
def page(dsn: str) -> Iterator[tuple[int, int]]:
    """The page's export in a process of its own: its port and process."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        fd = listening.fileno()
        process = subprocess.Popen([sys.executable, "-c", _SERVER, dsn, str(fd)], pass_fds=[fd])
        try:
            yield listening.getsockname()[1], process.pid
        finally:
            process.terminate()
            process.wait(60)


def by_page(dsn: str, form: str, since: datetime, rows: int) -> Export:
    """The page's answer, read to its end."""
    with page(dsn) as (port, pid):
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".wirewatch" / "bench", help="that of queries.py")
    parser.add_argument("--articles", type=int, default=1_000_000)
    chosen = parser.parse_args()
    server = warehouse(chosen.folder / f"queries-{chosen.articles}", chosen.articles)
    try:
        dsn = server.dsn("warehouse")
        db = postgres.connect(dsn, autocommit=True)
        found = []
        for size in SIZES:
            since, rows = since_which(db, size)
            for form in _FORMS:
                found.append(by_command(dsn, form, since, rows, chosen.folder))
                found.append(by_page(dsn, form, since, rows))
                print(*found[-2:], sep="\n", file=sys.stderr, flush=True)
        db.close()
    finally:
        server.stop()
    report.write("exported", __doc__ or "", found)


if __name__ == "__main__":
    main()
