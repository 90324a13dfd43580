"""wirewatch airflow: Airflow's own command line, on the Airflow that make run brought up here."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from wirewatch.cli.application import app, says_what_to_do
from wirewatch.local.airflow import of_home
from wirewatch.settings import settings


@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@says_what_to_do
def airflow(arguments: Annotated[list[str] | None, typer.Argument(help="as Airflow has them")] = None) -> None:
    """Airflow's own command line, for the Airflow on this machine: `wirewatch airflow backfill create …`, `dags list`, `tasks clear` …"""
    ours = of_home(settings())
    command = ours.command(*(arguments or []))
    os.execve(command[0], command, ours.environment())  # noqa: S606  # nosec B606  (no shell: the arguments go as they are)
