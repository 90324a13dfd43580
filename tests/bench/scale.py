"""The cluster (Airflow, Celery, Redis, Postgres) with 1, 2 and 4 worker machines: how long the stages take of a first run.

Every article is out when the cluster begins, so that one run of `ingest_articles` takes them all. Times are Airflow's own, from its
task instances: of a mapped stage from its first start to its last end. A worker machine is a worker of each queue, `fetch` and `embed`.
Each machine is held to `cores` of a core by a control group (0: no limit), while Postgres, Redis, the scheduler and the press have what
is left: so machines are added, as in a real cluster, and do not only share what there is. `serial` is what is the same with any
number of machines: judging, tagging, loading and closing. `between` are seconds in which no task ran: the scheduler's part.
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
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import psutil  # noqa: E402

from bench import report  # noqa: E402
from bench.quota import NoQuota, Quota  # noqa: E402
from e2e.test_up import System  # noqa: E402
from wirewatch.local.airflow import AirflowUnavailable  # noqa: E402
from wirewatch.settings import ROOT  # noqa: E402

_SECONDS = 1800.0
_BUCKETS = 8
_CORES = 0.35
"""So that four machines leave more than half a core of two to all the rest."""
CAPTURED = ROOT.parent / "shared" / "newsroom"
_STAGES = ("fetch", "clean", "embed", "deduplicate", "tag", "load", "reconcile")


@dataclass(frozen=True)
class Run:
    """One first run: seconds by stage, and articles a minute from the start of claim to the end of reconcile."""

    cores: float
    workers: int
    articles: int
    fetch: float
    clean: float
    embed: float
    serial: float
    between: float
    run: float
    per_minute: float
    load_of_machine: float


def measure(workers: int, cores: float, folder: Path, captured: Path | None) -> Run:
    """Bring a cluster of that size up, wait for its first run, and stop it. `cores` for each machine; 0: no limit."""
    system = System(folder / "home")
    system.settings.home.mkdir(parents=True)
    begun = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    (system.settings.home / "press-begun").write_text(begun, encoding="utf-8")
    environment = {
        **system.environment,
        "WIREWATCH_HOST_SPACING": "0.02",
        "WIREWATCH_BUCKETS": str(_BUCKETS),
        **({"WIREWATCH_CAPTURED": str(captured)} if captured else {}),
    }
    machines = Machines(system, workers, cores) if cores else None
    log = folder / "cluster.log"
    with log.open("w", encoding="utf-8") as out:
        command = [sys.executable, "-m", "wirewatch", "cluster", "--embed", str(workers), "--fetch", str(workers)]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=ROOT)
    try:
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end and process.poll() is None:
            time.sleep(0.5)
            if machines:
                machines.hold()
            found = _first_run(system) if "Wirewatch is up" in log.read_text(encoding="utf-8") else None
            if found:
                tasks, articles = found
                return _row(workers, cores, tasks, articles)
        message = f"the cluster's first run did not end: {log.read_text(encoding='utf-8')[-1000:]}"
        raise TimeoutError(message)
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(180)
        process.kill()
        if machines:
            machines.end()


class Machines:
    """The worker machines, each a control group with the workers of that number."""

    def __init__(self, system: System, workers: int, cores: float) -> None:
        self._path = system.settings.home / "processes.json"
        self._groups = [Quota(f"wirewatch-{os.getpid()}-{number}", cores) for number in range(workers)]
        self._held: set[str] = set()

    def hold(self) -> None:
        """Take in the workers that have started since."""
        if not self._path.exists():
            return
        with suppress(json.JSONDecodeError, psutil.NoSuchProcess):
            for pid, _, name in json.loads(self._path.read_text(encoding="utf-8")):
                if name.startswith("worker-") and name not in self._held:
                    number = name.rpartition("-")[2]
                    self._groups[int(number) - 1 if number.isdigit() else 0].take(psutil.Process(pid))
                    self._held.add(name)

    def end(self) -> None:
        """Drop the groups."""
        for group in self._groups:
            group.end()


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


def _row(workers: int, cores: float, tasks: list[dict[str, Any]], articles: int) -> Run:
    def span(*names: str) -> float:
        chosen = [task for task in tasks if task["task_id"] in names and task["start_date"] and task["end_date"]]
        begun = min(datetime.fromisoformat(task["start_date"]) for task in chosen)
        ended = max(datetime.fromisoformat(task["end_date"]) for task in chosen)
        return round((ended - begun).total_seconds(), 1)

    whole = span("claim", *_STAGES)
    busy = sum(
        end - begin
        for begin, end in _joined(_moments(task) for task in tasks if task["task_id"] in ("claim", *_STAGES))
    )
    return Run(
        cores,
        workers,
        articles,
        span("fetch"),
        span("clean"),
        span("embed"),
        span("deduplicate", "tag", "load", "reconcile"),
        round(whole - busy, 1),
        whole,
        round(60 * articles / whole, 1),
        round(os.getloadavg()[0], 1),
    )


def _moments(task: dict[str, Any]) -> tuple[float, float]:
    begun, ended = (datetime.fromisoformat(task[name]).timestamp() for name in ("start_date", "end_date"))
    return begun, ended


def _joined(spans: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Spans of time as they are together, without what they overlap."""
    begun = ended = 0.0
    for begin, end in sorted(spans):
        if begin > ended:
            yield begun, ended
            begun, ended = begin, end
        ended = max(ended, end)
    yield begun, ended


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--cores", type=float, default=_CORES, help="of each worker machine; 0: no limit")
    parser.add_argument(
        "--captured", type=Path, default=CAPTURED if CAPTURED.is_dir() else None, help="folder of captured pages"
    )
    chosen = parser.parse_args()
    path = report.RESULTS / "scale.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    known = {(row["cores"], row["workers"]): row for row in kept}
    for workers in chosen.workers:
        with tempfile.TemporaryDirectory(prefix="wirewatch-scale-") as folder:
            try:
                found = measure(workers, chosen.cores, Path(folder), chosen.captured)
            except NoQuota as problem:
                parser.error(str(problem))
        known[chosen.cores, workers] = found.__dict__
        rows = [known[size] for size in sorted(known)]
        report.write("scale", __doc__ or "", rows)
        report.plot(
            "scale",
            [row for row in rows if row["cores"] == chosen.cores],
            "workers",
            ["clean", "embed", "serial", "run"],
            "seconds",
        )


if __name__ == "__main__":
    main()
