"""What an analyst waits for in a warehouse of a million articles of two years: every example in sql/queries, and the views.

The warehouse is made by tests/bench/filled.py; each query is run once to warm up and five times to be measured, on the shipped
configuration, read-only. `scans` are the large tables that its plan reads whole. Vectors are asked for in the windows of
tests/bench/deduplicate.py, where they are there already (the last rows): an index over a million vectors takes longer to build
than all else here.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench import report  # noqa: E402
from bench.clock import Clock  # noqa: E402
from bench.filled import fill  # noqa: E402
from wirewatch.io import migrate, postgres  # noqa: E402
from wirewatch.local.postgres import Server, free_port  # noqa: E402
from wirewatch.settings import ROOT  # noqa: E402

_TIMES = 5
_LARGE = 20_000
VIEWS = {
    "media.latest, one day": "select * from media.latest where first_seen_at > now() - interval '1 day' limit 200",
    "media.latest, one story": "select * from media.latest where story_id = (select max(id) - 500 from media.story)",
    "media.why": "select * from media.why((select url from media.article order by id desc offset 5000 limit 1))",
    "media.daily_topic, 30 days": "select * from media.daily_topic where day > (now() at time zone 'UTC')::date - 30",
    "media.daily_topic, one old day": "select * from media.daily_topic where day = (now() at time zone 'UTC')::date - 400",
    "media.daily_source, today": "select * from media.daily_source where day = (now() at time zone 'UTC')::date",
    "media.daily_source, one host": "select * from media.daily_source where host = 'source9.example' and day > now()::date - 30",
    "media.topic_rollup, 30 days": "select * from media.topic_rollup where day > (now() at time zone 'UTC')::date - 30",
    "media.topic_trend": "select * from media.topic_trend",
    "media.share_of_voice": "select * from media.share_of_voice",
    "media.story_timeline, one story": "select * from media.story_timeline where story_id = (select max(id) - 500 from media.story)",
    "media.syndication, one original": "select * from media.syndication where id = (select max(duplicate_of) from media.article)",
    "media.syndication, a week": "select * from media.syndication where last_copied_at > now() - interval '7 days' limit 50",
    "media.watermark": "select * from media.watermark",
    "media.capture": "select * from media.capture",
    "media.search, a common word": "select * from media.search('train', most => 20)",
    "media.search, a rare word": "select * from media.search('stormwater', most => 20)",
    "media.search, a month": "select * from media.search('parade -train', now() - interval '30 days')",
    "ingest.funnel, 30 days": "select * from ingest.funnel where day > (now() at time zone 'UTC')::date - 30",
    "ingest.freshness": "select * from ingest.freshness",
    "ingest.source_health": "select * from ingest.source_health",
    "ingest.extraction_drift": "select * from ingest.extraction_drift",
    "ingest.fetch_audit": "select * from ingest.fetch_audit",
    "media.change from a cursor": "select * from media.change where cursor > (select max(cursor) - 500 from media.change)",
}
"""The main views with the filters that people ask them with."""


@dataclass(frozen=True)
class Answer:
    """One query: rows, milliseconds (the middle of five; of the clock, and of CPU), indexes, and large tables read whole."""

    query: str
    rows: int
    p50_ms: float
    longest_ms: float
    cpu_ms: float
    indexes: str
    scans: str


def measure(server: Server, db: postgres.Connection, name: str, query: str) -> Answer:
    """Run a query and look at its plan."""
    with db.cursor() as cursor:
        cursor.execute(f"explain (format json) {query.rstrip().rstrip(';')}")
        plan = cursor.fetchone()[0][0]["Plan"]  # type: ignore[index]
        cursor.execute(query)
        took = []
        clock = Clock(server)
        for _ in range(_TIMES):
            start = time.perf_counter()
            cursor.execute(query)
            rows = len(cursor.fetchall())
            took.append((time.perf_counter() - start) * 1000)
    cpu = clock.lap(_TIMES)[1]
    found = list(nodes(plan))
    indexes = sorted({node["Index Name"] for node in found if "Index Name" in node})
    scans = sorted(
        {node["Relation Name"] for node in found if node["Node Type"] == "Seq Scan" and node["Plan Rows"] > _LARGE}
    )
    return Answer(name, rows, statistics.median(took), max(took), cpu, " ".join(indexes), " ".join(scans))


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan's nodes, all of them."""
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


def warehouse(folder: Path, articles: int) -> Server:
    """A running server with the filled warehouse, made where it is not there yet."""
    server = Server(folder, free_port(), throw_away=True)
    server.start()
    dsn = server.dsn("warehouse")
    migrate.migrate(dsn, ROOT / "sql")
    db = postgres.connect(dsn, autocommit=True)
    known = postgres.one(db, "select exists (select from media.article) as there")
    if known and not known["there"]:
        fill(db, articles, said=lambda step: print(step, file=sys.stderr, flush=True))
    db.close()
    postgres.close_idle()
    server.stop()
    server = Server(folder, free_port())
    server.start()
    return server


@contextmanager
def filled_warehouse(description: str) -> Iterator[str]:
    """The filled warehouse that the command line names, running for the block: its connection string."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--folder", type=Path, default=ROOT / ".wirewatch" / "bench", help="where queries.py keeps the warehouse"
    )
    parser.add_argument("--articles", type=int, default=1_000_000)
    chosen = parser.parse_args()
    server = warehouse(chosen.folder / f"queries-{chosen.articles}", chosen.articles)
    try:
        yield server.dsn("warehouse")
    finally:
        postgres.close_idle()
        server.stop()


def run(folder: Path, articles: int, only: str = "") -> list[Answer]:
    """Every example and view, on a warehouse of that size."""
    asked = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "sql" / "queries").glob("*.sql"))}
    asked |= VIEWS
    server = warehouse(folder, articles)
    try:
        db = postgres.connect(server.dsn("warehouse"), autocommit=True)
        postgres.execute(db, "set default_transaction_read_only = on")
        found = []
        for name, query in asked.items():
            if only in name:
                found.append(measure(server, db, name, query))
                print(found[-1], file=sys.stderr, flush=True)
        db.close()
    finally:
        server.stop()
    return found


def vectors(folder: Path) -> list[Answer]:
    """similar_to in each window that tests/bench/deduplicate.py has left."""
    found = []
    for window in sorted(folder.glob("[0-9]*/data"), key=lambda path: int(path.parent.name)):
        server = Server(window.parent, free_port())
        server.start()
        try:
            migrate.migrate(server.dsn("warehouse"), ROOT / "sql")
            postgres.close_idle()
            db = postgres.connect(server.dsn("warehouse"), autocommit=True)
            name = f"media.similar_to, {int(window.parent.name):,} vectors"
            found.append(measure(server, db, name, "select * from media.similar_to(4321)"))
            db.close()
        finally:
            server.stop()
    return found


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=ROOT / ".wirewatch" / "bench", help="where the warehouse is kept"
    )
    parser.add_argument(
        "--windows", type=Path, default=ROOT / ".wirewatch" / "bench", help="the windows of deduplicate.py"
    )
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help="queries whose name has this in it")
    chosen = parser.parse_args()
    found = run(chosen.folder / f"queries-{chosen.articles}", chosen.articles, chosen.only)
    if not chosen.only:
        windows = [path for path in chosen.windows.glob("*") if path.name.isdecimal()]
        report.write("queries", __doc__ or "", found + (vectors(chosen.windows) if windows else []))


if __name__ == "__main__":
    main()
