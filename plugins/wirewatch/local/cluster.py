"""wirewatch cluster: what docker-compose.yml describes, started without containers on one machine.

Commands and variables are read from that file. Only what containers give each process for itself is set here: ports,
a folder for Airflow's own files, and names. Postgres is the embedded one, Redis the system's redis-server.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from wirewatch.io import postgres
from wirewatch.local import compose, press, session
from wirewatch.local.airflow import Airflow
from wirewatch.local.env_file import make_secrets
from wirewatch.local.postgres import Server, free_port
from wirewatch.local.supervisor import CannotStart, Supervisor
from wirewatch.settings import ROOT, Settings

COMPOSE = ROOT / "docker-compose.yml"
_API_SECONDS, _DAGS_SECONDS = 180.0, 240.0
_OUTSIDE = ("postgres",)


@dataclass(frozen=True, slots=True)
class Size:
    """How many workers there are on each queue."""

    fetch: int = 1
    embed: int = 1


def cluster(size: Size, *, demo: bool = True) -> int:
    """Bring the cluster up and stay until SIGINT or SIGTERM; then stop all of it. The exit code."""
    return session.until_stopped("make cluster", partial(_run, size=size, demo=demo))


def _run(
    chosen: Settings, server: Server, supervisor: Supervisor, say: session.Steps, *, size: Size, demo: bool
) -> None:
    _check(chosen)
    with say.step("Postgres"):
        server.start()
    airflow = Airflow(chosen, server)
    here = Here(chosen, server, airflow)
    services = compose.read(COMPOSE, here.values)
    dsn = server.dsn("warehouse")
    more: dict[str, str] = {}
    for service in compose.in_order(services):
        if service.name in _OUTSIDE:
            continue
        with say.step(service.name):
            for name, command, environment in here.processes(service, size):
                (supervisor.run if service.once else supervisor.start)(name, command, {**environment, **more})
            if service.name == "api-server":
                session.wait(lambda: _answers(airflow.url), _API_SECONDS, supervisor, "The API server does not answer.")
        if service.name == "migrate":
            more = press.start(chosen, supervisor, dsn, say) if demo else press.rest(dsn)
    with say.step("DAGs"):
        otherwise = f"Airflow does not read the DAGs: see {chosen.home / 'logs'}."
        session.wait(lambda: "poll_feeds" in airflow.dags(), _DAGS_SECONDS, supervisor, otherwise)
        with postgres.transaction(dsn) as db:
            postgres.execute(db, "update ingest.feed set next_poll_at = least(next_poll_at, now()) where active")
        airflow.trigger("poll_feeds")
    session.say_where(airflow, server, say.out)
    session.watch(dsn, server, supervisor, say.out)


class Here:
    """This machine in place of the containers: its settings, secrets, ports and folders, and how a service's processes start."""

    def __init__(self, chosen: Settings, server: Server, airflow: Airflow) -> None:
        self._chosen = chosen
        self._redis_port = free_port()
        given = {key: value for key, value in os.environ.items() if key.startswith("WIREWATCH_")}
        self.values = (
            given
            | _values(chosen.home / "cluster.json")
            | {
                "WIREWATCH_POSTGRES_PASSWORD": server.password,
                "WIREWATCH_UI_PASSWORD": airflow.password,
                "WIREWATCH_BUCKETS": str(chosen.buckets),
                "WIREWATCH_BATCH_SIZE": str(chosen.batch_size),
            }
        )
        self._places = {
            "postgres:5432": f"127.0.0.1:{server.port}",
            "redis:6379": f"127.0.0.1:{self._redis_port}",
            "api-server:8080": f"127.0.0.1:{chosen.ui_port}",
            "/opt/wirewatch": str(ROOT),
            "/data": str(chosen.home),
        }

    def processes(self, service: compose.Service, size: Size) -> list[tuple[str, list[str], dict[str, str]]]:
        """The processes of a service: (name, command, variables)."""
        wanted = {"worker-fetch": size.fetch, "worker-embed": size.embed}.get(service.name, 1)
        names = [service.name] if wanted == 1 else [f"{service.name}-{number}" for number in range(1, wanted + 1)]
        return [(name, self._command(service, name), self._environment(service, name)) for name in names]

    def _command(self, service: compose.Service, name: str) -> list[str]:
        command = list(service.command)
        if service.name == "redis":
            folder = self._chosen.home / "redis"
            folder.mkdir(parents=True, exist_ok=True)
            command[-1] += f" --bind 127.0.0.1 --port {self._redis_port} --dir '{folder}'"
        if service.name.startswith("worker"):
            command += ["--celery-hostname", f"{name}@%h"]
        return command

    def _environment(self, service: compose.Service, name: str) -> dict[str, str]:
        own = self._chosen.home / "airflow" / name
        own.mkdir(parents=True, exist_ok=True)
        places = {**self._places, "/opt/wirewatch/airflow": str(own)}
        given = {key: compose.moved(value, places) for key, value in service.environment.items()}
        if "AIRFLOW_HOME" in given:
            given |= {
                "AIRFLOW__API__HOST": "127.0.0.1",
                "AIRFLOW__API__PORT": str(self._chosen.ui_port),
                "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{self._chosen.ui_port}",
                "AIRFLOW__API__WORKERS": "1",
                "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
                "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
                "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(free_port()),
            }
        return {**_outer(os.environ), **given}


def _outer(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of this process without those that the compose file decides, and our programs first in the path."""
    kept = {key: value for key, value in environment.items() if not key.startswith(("AIRFLOW", "WIREWATCH_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")])
    return {**kept, "PATH": path}


def _values(path: Path) -> dict[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(make_secrets()), encoding="utf-8")
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _check(chosen: Settings) -> None:
    chosen.home.mkdir(parents=True, exist_ok=True)
    session.port_free(chosen.ui_port, "WIREWATCH_UI_PORT")
    if shutil.which("redis-server") is None:
        message = "There is no redis-server here: on Debian and Ubuntu, `apt install redis-server`."
        raise CannotStart(message)
    try:
        import airflow.providers.celery  # noqa: F401
    except ImportError:
        message = "The Celery provider is missing: `make cluster` installs it."
        raise CannotStart(message) from None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/v2/version", timeout=3):  # noqa: S310  (our own loopback)
            return True
    except OSError:
        return False
