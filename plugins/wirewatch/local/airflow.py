"""Airflow on this machine: its environment, its components, and the few questions asked of its API."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wirewatch.local.postgres import Server
from wirewatch.settings import ROOT, Settings

COMPONENTS = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler",),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer",),
}
"""What runs, by name: the arguments of the `airflow` command."""
POOLS = {"feeds": 4, "fetch": 4, "embed": 1}
"""Pools that the DAGs name, and their slots."""
USER = "admin"
_PARALLEL = 6
_ANSWER_SECONDS, _TRIES, _PAUSE_SECONDS = 30.0, 4, 2.0
_CONFLICT = 409


class AirflowUnavailable(RuntimeError):
    """Airflow's API does not answer, or says no: then `status` is the answer's."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class AirflowMissing(RuntimeError):
    """No Airflow was made on this machine."""


class Airflow:
    """The Airflow installation of one home folder; it starts nothing by itself."""

    def __init__(self, chosen: Settings, server: Server) -> None:
        self._chosen, self._server = chosen, server
        self.folder = chosen.home / "airflow"
        self.url = f"http://127.0.0.1:{chosen.ui_port}"
        self._token: str | None = None

    @property
    def password(self) -> str:
        """The generated password of the user `admin`."""
        return self._secrets()["password"]

    def environment(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        """The variables for every component and task."""
        known = self._secrets()
        address = f"{quote(self._server.password)}@127.0.0.1:{self._server.port}/airflow"
        own = {
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": str(_PARALLEL),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__FERNET_KEY": known["fernet"],
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.folder / "passwords.json"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://wirewatch:{address}",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg://wirewatch:{address}",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self._chosen.ui_port),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__SECRET_KEY": known["api"],
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": known["jwt"],
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self._chosen.home / "logs" / "tasks"),
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
            # Tasks of a scheduler that was killed are taken over in half a minute, not in five.
            "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "90",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "plugins"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
            "WIREWATCH_HOME": str(self._chosen.home),
            "WIREWATCH_DSN": self._server.dsn("warehouse"),
            "WIREWATCH_ARCHIVE": self._chosen.archive_url,
            "HF_HUB_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "false",
        }
        return {**os.environ, **own, **(extra or {})}

    def command(self, *arguments: str) -> list[str]:
        """An `airflow` command line, run by this Python."""
        return [sys.executable, "-W", "ignore", "-m", "airflow", *arguments]

    def prepare(self) -> None:
        """Make the folders, the login and the pools' file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self._chosen.home / "logs").mkdir(parents=True, exist_ok=True)
        _write_private(self.folder / "passwords.json", json.dumps({USER: self.password}))
        pools = {
            name: {"slots": slots, "description": name, "include_deferred": False} for name, slots in POOLS.items()
        }
        (self.folder / "pools.json").write_text(json.dumps(pools), encoding="utf-8")

    def is_healthy(self) -> bool:
        """Whether the API answers and the scheduler's heart beats."""
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/monitor/health", timeout=3) as answer:  # noqa: S310
                found = json.load(answer)
        except (OSError, ValueError):
            return False
        return all(found[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the REST API, logged in. AirflowUnavailable says what it answered.

        Where no answer comes (a machine that is busy, an API server that is being started again) the call is made
        again, so `body` must name what it makes: a second try of what was done is then a conflict, not a second one.
        """
        if self._token is None:
            found = self._call("POST", "/auth/token", {"username": USER, "password": self.password}, None)
            self._token = str(found["access_token"])
        return self._call(method, f"/api/v2{path}", body, self._token)

    def make_pools(self) -> None:
        """Create the pools that the DAGs name, where they are missing."""
        known = {pool["name"] for pool in self.ask("GET", "/pools?limit=100")["pools"]}
        for name, slots in POOLS.items():
            if name not in known:
                self._make("/pools", {"name": name, "slots": slots, "description": "of Wirewatch"})

    def trigger(self, dag_id: str) -> str:
        """Start a run of a DAG now; its run id."""
        self.ask("PATCH", f"/dags/{dag_id}", {"is_paused": False})
        now = datetime.now(UTC).isoformat()
        run_id = f"manual__{now}"
        self._make(f"/dags/{dag_id}/dagRuns", {"dag_run_id": run_id, "logical_date": now})
        return run_id

    def dags(self) -> set[str]:
        """The DAGs that Airflow has read."""
        return {dag["dag_id"] for dag in self.ask("GET", "/dags?limit=100")["dags"]}

    def _make(self, path: str, body: dict[str, Any]) -> None:
        try:
            self.ask("POST", path, body)
        except AirflowUnavailable as problem:
            if problem.status != _CONFLICT:
                raise

    def _call(self, method: str, path: str, body: Any, token: str | None) -> Any:
        for _ in range(_TRIES - 1):
            try:
                return self._call_once(method, path, body, token)
            except AirflowUnavailable as problem:
                if problem.status is not None:
                    raise
                time.sleep(_PAUSE_SECONDS)
        return self._call_once(method, path, body, token)

    def _call_once(self, method: str, path: str, body: Any, token: str | None) -> Any:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310  (our own loopback)
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            message = (
                f"Airflow answered {problem.code} to {method} {path}: {problem.read(500).decode('utf-8', 'replace')}"
            )
            raise AirflowUnavailable(message, problem.code) from problem
        except (OSError, HTTPException, ValueError) as problem:
            message = f"Airflow does not answer at {self.url}: {problem}"
            raise AirflowUnavailable(message) from problem

    def _secrets(self) -> dict[str, str]:
        path = self.folder / "secrets.json"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            from cryptography.fernet import Fernet

            made = {
                "password": secrets.token_urlsafe(12),
                "jwt": secrets.token_urlsafe(64),
                "api": secrets.token_urlsafe(32),
                "fernet": Fernet.generate_key().decode(),
            }
            _write_private(path, json.dumps(made))
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return found


def of_home(chosen: Settings) -> Airflow:
    """The Airflow that was made in the home folder, whether it runs or not. AirflowMissing where none was."""
    if not (chosen.home / "airflow").is_dir():
        message = (
            f"There is no Airflow in {chosen.home} yet: `make run` makes one. That of the containers is asked by "
            "`docker compose exec scheduler airflow …`."
        )
        raise AirflowMissing(message)
    return Airflow(chosen, Server(chosen.home / "postgres", chosen.postgres_port))


def _write_private(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(content, encoding="utf-8")
