"""The cluster (Airflow, Celery, Redis, Postgres) with 1, 2 and 4 workers that embed: how long the stages take of a first run.

Every article is out when the cluster begins, so that one run of `ingest_articles` takes them all. Times are Airflow's own, from its
task instances: of a mapped stage from its first start to its last end. On two cores more than two workers share what there is; the
figure that matters there is how little is lost, not how much is won.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench import report  # noqa: E402
from e2e.test_up import System  # noqa: E402
from wirewatch.local.airflow import AirflowUnavailable  # noqa: E402
from wirewatch.settings import ROOT  # noqa: E402

_SECONDS = 1800.0
_STAGES = ("fetch", "clean", "embed", "deduplicate", "tag", "load", "reconcile")


@dataclass(frozen=True)
class Run:
    """One first run: seconds by stage, and articles a minute from the start of claim to the end of reconcile."""

    workers: int
    articles: int
    fetch: float
    clean: float
    embed: float
    serial: float
    run: float
    per_minute: float
    load_of_machine: float


def measure(workers: int, folder: Path, captured: Path | None) -> Run:
    """Bring a cluster of that size up, wait for its first run, and stop it."""
    system = System(folder / "home")
    system.settings.home.mkdir(parents=True)
    begun = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    (system.settings.home / "press-begun").write_text(begun, encoding="utf-8")
    environment = {
        **system.environment,
        "WIREWATCH_HOST_SPACING": "0.02",
        "WIREWATCH_BUCKETS": str(max(2, workers)),
        **({"WIREWATCH_CAPTURED": str(captured)} if captured else {}),
    }
    log = folder / "cluster.log"
    with log.open("w", encoding="utf-8") as out:
        command = [sys.executable, "-m", "wirewatch", "cluster", "--embed", str(workers), "--fetch", str(workers)]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=ROOT)
    try:
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end and process.poll() is None:
            time.sleep(2)
            found = _first_run(system) if "Wirewatch is up" in log.read_text(encoding="utf-8") else None
            if found:
                tasks, articles = found
                return _row(workers, tasks, articles)
        message = f"the cluster's first run did not end: {log.read_text(encoding='utf-8')[-1000:]}"
        raise TimeoutError(message)
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(180)
        process.kill()


def _first_run(system: System) -> tuple[list[dict[str, Any]], int] | None:
    """The task instances of the first run that took something in, and how many articles it decided."""
    with suppress(AirflowUnavailable):
        for run in reversed(system.runs("ingest_articles")):
            if run["state"] != "success":
                continue
            path = f"/dags/ingest_articles/dagRuns/{run['dag_run_id']}/taskInstances?limit=100"
            tasks = system.airflow.ask("GET", path)["task_instances"]
            if any(task["task_id"] == "load" and task["state"] == "success" for task in tasks):
                name = f"ingest_articles/{run['dag_run_id']}"
                decided = "select count(*) from ingest.entry where run_id = %s and disposition in ('loaded', 'duplicate', 'rejected')"
                return tasks, system.sql(decided, name)[0][0]
    return None


def _row(workers: int, tasks: list[dict[str, Any]], articles: int) -> Run:
    def span(*names: str) -> float:
        chosen = [task for task in tasks if task["task_id"] in names and task["start_date"] and task["end_date"]]
        begun = min(datetime.fromisoformat(task["start_date"]) for task in chosen)
        ended = max(datetime.fromisoformat(task["end_date"]) for task in chosen)
        return round((ended - begun).total_seconds(), 1)

    whole = span("claim", *_STAGES)
    return Run(
        workers,
        articles,
        span("fetch"),
        span("clean"),
        span("embed"),
        span("deduplicate", "tag", "load", "reconcile"),
        whole,
        round(60 * articles / whole, 1),
        round(os.getloadavg()[0], 1),
    )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--captured", type=Path, help="folder of captured pages in place of the printed articles")
    chosen = parser.parse_args()
    path = report.RESULTS / "scale.json"
    known = (
        {row["workers"]: row for row in json.loads(path.read_text(encoding="utf-8"))["rows"]} if path.exists() else {}
    )
    for workers in chosen.workers:
        with tempfile.TemporaryDirectory(prefix="wirewatch-scale-") as folder:
            known[workers] = measure(workers, Path(folder), chosen.captured).__dict__
        rows = [known[size] for size in sorted(known)]
        report.write("scale", __doc__ or "", rows)
        report.plot("scale", rows, "workers", ["embed", "run"], "seconds")


if __name__ == "__main__":
    main()
