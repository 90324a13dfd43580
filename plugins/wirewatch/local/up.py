"""wirewatch up: Postgres, schema, seeds, press, Airflow, the first run; then one live line until it is told to stop."""

from __future__ import annotations

import shutil
import subprocess
from functools import partial

from wirewatch.io import embedding, ledger, migrate, postgres
from wirewatch.jobs import reference
from wirewatch.jobs.seeds import load_seeds
from wirewatch.local import press, session
from wirewatch.local.airflow import COMPONENTS, Airflow
from wirewatch.local.postgres import Server
from wirewatch.local.supervisor import CannotStart, Supervisor
from wirewatch.settings import Settings

_UI_SECONDS = 480.0
_LEAST_DISK = 2 * 1024**3


def up(*, demo: bool = True) -> int:
    """Bring everything up and stay until SIGINT or SIGTERM; then stop all of it. The exit code."""
    return session.until_stopped("make run", partial(_run, demo=demo))


def _run(chosen: Settings, server: Server, supervisor: Supervisor, say: session.Steps, *, demo: bool) -> None:
    _check(chosen)
    with say.step("Postgres"):
        server.start()
    dsn = server.dsn("warehouse")
    with say.step("Schema"):
        migrate.migrate(dsn, chosen.sql)
        with postgres.transaction(dsn) as db:
            ledger.free_leases(db)
    airflow = Airflow(chosen, server)
    airflow.prepare()
    extra = press.start(chosen, supervisor, dsn, say) if demo else press.rest(dsn)
    environment = airflow.environment(extra)
    with say.step("Airflow's database"):
        _quietly(airflow.command("db", "migrate"), environment, chosen)
    for name, arguments in COMPONENTS.items():
        supervisor.start(name, airflow.command(*arguments), environment)
    with say.step("Seeds, topics, watchlists, feeds") as step:
        reference.load_feeds(dsn)
        reference.load_reference(dsn)
        load_seeds(
            dsn,
            chosen.seeds / "articles",
            progress=lambda done, total: step(f"{done} of {total} seeds embedded"),
        )
    with say.step("Airflow"):
        session.wait(
            airflow.is_healthy, _UI_SECONDS, supervisor, f"Airflow does not come up: see {chosen.home / 'logs'}."
        )
        airflow.make_pools()
        session.wait(lambda: "poll_feeds" in airflow.dags(), _UI_SECONDS, supervisor, "Airflow does not read the DAGs.")
    with say.step("First run"):
        with postgres.transaction(dsn) as db:
            postgres.execute(db, "update ingest.feed set next_poll_at = least(next_poll_at, now()) where active")
        airflow.trigger("poll_feeds")
    session.say_where(airflow, server, say.out)
    session.watch(dsn, server, supervisor, say.out)


def _check(chosen: Settings) -> None:
    """Ports, disk and model, before anything is started."""
    chosen.home.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(chosen.home).free < _LEAST_DISK:
        message = f"Less than 2 GB are free on the disk of {chosen.home}: make room, or set WIREWATCH_HOME elsewhere."
        raise CannotStart(message)
    session.port_free(chosen.ui_port, "WIREWATCH_UI_PORT")
    embedding.find(chosen.model)


def _quietly(command: list[str], environment: dict[str, str], chosen: Settings) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    (chosen.home / "logs" / "db-migrate.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        message = f"Airflow could not make its tables: see {chosen.home / 'logs' / 'db-migrate.log'}."
        raise CannotStart(message)
