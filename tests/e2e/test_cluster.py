"""What docker-compose.yml describes, started without containers: real Redis, real Celery workers, the real DAGs."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

import psutil
import pytest

from e2e.test_up import System, alive, family, wait
from wirewatch.settings import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="there is no redis-server here"),
]


def named(home, name: str) -> psutil.Process:
    """The process of a service, as the supervisor has written it down."""
    rows = json.loads((home / "processes.json").read_text())
    return psutil.Process(next(pid for pid, _, known in rows if known == name))


def test_articles_come_in_over_celery_also_after_a_worker_was_killed(tmp_path):
    system = System(tmp_path / "home")
    home, log = system.settings.home, tmp_path / "cluster.log"
    environment = {**system.environment, "WIREWATCH_HOST_SPACING": "0.1"}
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "wirewatch", "cluster"], env=environment, stdout=out, stderr=out, cwd=ROOT
        )
    try:
        wait(lambda: "Wirewatch is up" in log.read_text() or process.poll() is not None, 420)
        assert process.poll() is None, log.read_text()
        worker = named(home, "worker-embed")
        # Not the worker's: Celery writes its title over the variables that the kernel shows.
        assert named(home, "scheduler").environ()["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
        for one in (*worker.children(recursive=True), worker):
            one.kill()
        wait(lambda: system.decided() >= 14, 420)
        assert named(home, "worker-embed") != worker
        queues = {
            task["task_id"]: task["queue"]
            for run in system.runs("ingest_articles")
            for task in system.airflow.ask("GET", f"/dags/ingest_articles/dagRuns/{run['dag_run_id']}/taskInstances")[
                "task_instances"
            ]
        }
        assert (queues["fetch"], queues["embed"], queues["load"]) == ("fetch", "embed", "default")
        everyone = family(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(180) == 0
        assert alive(everyone) == []
    finally:
        if process.poll() is None:
            process.kill()
