"""The whole run on captured or printed pages: articles a minute from claimed to loaded, and where the time goes.

Without Airflow, whose part is about a second a task (see tests/bench/simulate.py). CPU is that of this process and of
Postgres; the share of embedding and cleaning is of all of it but fetching, which waits on the network.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench import report  # noqa: E402
from bench.clock import Clock  # noqa: E402
from newsroom.server import press  # noqa: E402
from wirewatch.io import embedding, migrate, postgres  # noqa: E402
from wirewatch.jobs import batches, clean, deduplicate, embed, fetch, load, poll, reference, seeds, tag  # noqa: E402
from wirewatch.jobs import report as said  # noqa: E402
from wirewatch.local.postgres import temporary  # noqa: E402
from wirewatch.settings import ROOT, settings  # noqa: E402

CAPTURED = ROOT.parent / "shared" / "newsroom"


@dataclass(frozen=True)
class Stage:
    """What one stage of the run costs: milliseconds for an article, by the clock and of CPU; its share of the CPU."""

    stage: str
    articles: int
    ms: float
    cpu_ms: float
    share: float


def run(folder: Path | None, limit: int) -> list[Stage]:
    """Take in the press (or a folder of captured pages) once, measured stage by stage."""
    with temporary() as server, press(folder=folder) as running:
        dsn = server.dsn("warehouse")
        migrate.migrate(dsn, ROOT / "sql")
        reference.load_reference(dsn)
        seeds.load_seeds(dsn, settings().seeds / "articles")
        reference.enter_opml(dsn, urlopen(running.opml_url).read(), origin="demo")
        embedding.embed(["the model is loaded before the clock runs"])
        for bucket in poll.due_buckets(dsn):
            poll.poll_bucket(dsn, bucket, "bench")
        work = batches.claim(dsn, "bench", limit)
        clock = Clock(server)
        laps = []
        for name, job in (("fetch", fetch.fetch), ("clean", clean.clean), ("embed", _embed)):
            for item in work:
                job(dsn, item["batch"], item["bucket"], "bench")
            laps.append((name, *clock.lap(1)))
        for name, whole in (("deduplicate", deduplicate.deduplicate), ("tag", tag.tag), ("load", load.load)):
            whole(dsn, work[0]["batch"], "bench")
            laps.append((name, *clock.lap(1)))
        counts = batches.reconcile(dsn, work[0]["batch"])
        laps.append(("reconcile", *clock.lap(1)))
        done = counts["loaded"] + counts["duplicate"] + counts["rejected"]
        print(f"{said.summary_line(dsn)}", file=sys.stderr)
        postgres.close_idle()
    cpu = sum(lap[2] for lap in laps if lap[0] != "fetch")
    return [
        Stage(name, done, wall / done, used / done, 0.0 if name == "fetch" else used / cpu) for name, wall, used in laps
    ]


def _embed(dsn: str, batch: int, bucket: int, _run: str) -> dict[str, int]:
    return embed.embed(dsn, batch, bucket)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captured", type=Path, default=CAPTURED if CAPTURED.is_dir() else None)
    parser.add_argument("--limit", type=int, default=200)
    chosen = parser.parse_args()
    os.environ.update(WIREWATCH_ALLOW_PRIVATE="127.0.0.0/8", WIREWATCH_HOST_SPACING="0")
    settings.cache_clear()
    found = run(chosen.captured, chosen.limit)
    total, cpu = sum(row.ms for row in found), sum(row.cpu_ms for row in found)
    report.write("ingest", __doc__ or "", found)
    heavy = sum(row.share for row in found if row.stage in ("clean", "embed"))
    begun = time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{60_000 / total:.0f} articles a minute by the clock, {60_000 / cpu:.0f} for each minute of CPU; embedding and "
        f"cleaning are {heavy:.0%} of the CPU; {memory:.0f} MB at most; {begun:.0f} s of CPU in all"
    )


if __name__ == "__main__":
    main()
