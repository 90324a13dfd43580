"""wirewatch airflow: Airflow's own command line, on the Airflow that make run brought up here."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from wirewatch.cli.application import app, err, says_what_to_do
from wirewatch.settings import settings


@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@says_what_to_do
def airflow(arguments: Annotated[list[str] | None, typer.Argument(help="as Airflow has them")] = None) -> None:
    """Airflow's own command line, for the Airflow on this machine: `wirewatch airflow backfill create …`, `dags list`, `tasks clear` …"""
    from wirewatch.local.airflow import Airflow
    from wirewatch.local.postgres import Server

    chosen = settings()
    if not (chosen.home / "airflow").is_dir():
        err.print(
            f"[red]wirewatch:[/red] There is no Airflow in {chosen.home} yet: `make run` makes one. That of the containers is asked "
            "by `docker compose exec scheduler airflow …`.",
            soft_wrap=True,
        )
        raise typer.Exit(1)
    server = Server(chosen.home / "postgres", chosen.postgres_port)
    environment = Airflow(chosen, server).environment()
    command = [sys.executable, "-W", "ignore", "-m", "airflow", *(arguments or [])]
    os.execve(sys.executable, command, environment)  # noqa: S606  # nosec B606  (no shell: the arguments go as they are)
