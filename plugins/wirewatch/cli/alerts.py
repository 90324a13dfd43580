"""wirewatch alerts: list, try, send; and wirewatch digest."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from wirewatch.cli.application import app, err, out, says_what_to_do
from wirewatch.cli.warehouse import warehouse
from wirewatch.core.alert_file import Channel, Digest
from wirewatch.core.messages import message as messages
from wirewatch.core.messages.message import Message
from wirewatch.io import alert_sources, alerts, postgres
from wirewatch.jobs import alerts as job
from wirewatch.jobs import digest as digest_job
from wirewatch.jobs.deliver import deliver
from wirewatch.local.airflow import AirflowMissing, of_home
from wirewatch.settings import settings

commands = typer.Typer(no_args_is_help=True, help="Alerts: what people are told, and whether it reaches them.")
app.add_typer(commands, name="alerts")


@commands.command("list")
@says_what_to_do
def list_alerts(days: Annotated[float, typer.Option(min=0, help="how far back")] = 7.0) -> None:
    """Show the alerts that are open or were seen lately, and how far each channel got."""
    with warehouse() as dsn, postgres.transaction(dsn) as db:
        found = alerts.recent(db, days)
    rows = Table("first seen", "kind", "what", "articles", "state", "delivered")
    for row in found:
        told = "\n".join(f"{one['channel']}: {one['state']} {one['note']}".strip() for one in row["deliveries"])
        count = str(row["articles"] or "")
        at = f"{row['first_seen_at']:%m-%d %H:%M}"
        rows.add_row(at, row["kind"], Text(row["title"]), count, row["state"], Text(told or "no channel"))
    out.print(rows if found else "There is no alert. Good.")


@commands.command("try")
@says_what_to_do
def try_out(channel: Annotated[str, typer.Argument(help="a channel of seeds/alerts.yaml")]) -> None:
    """Send a test message on a channel, and say what happened."""
    plan = job.plan()
    chosen = plan.channel(channel)
    if chosen is None:
        known = ", ".join(one.name for one in plan.channels) or "none: add one to seeds/alerts.yaml"
        err.print(f"There is no channel {channel}; there are: {known}.", highlight=False)
        raise typer.Exit(1)
    send = _sender()
    from wirewatch.channels import NotSent

    try:
        send(chosen, messages.of_test(channel, settings().page), lambda: None)
    except NotSent as problem:
        err.print(f"[red]Not sent.[/red] {problem}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from problem
    to = f" to {', '.join(chosen.to)}" if chosen.to else ""
    out.print(f"Sent{to}: the {chosen.kind} server of connection {chosen.connection} took it.", highlight=False)


@commands.command()
@says_what_to_do
def send() -> None:
    """Look for alerts and send what waits, once, without Airflow's scheduler: from cron, it tells of a dead scheduler too."""
    plan, sender = job.plan(), _sender()
    with warehouse() as dsn:
        counts = job.decide(dsn, plan) | digest_job.send_due(dsn, plan) | deliver(dsn, plan, sender)
    out.print(", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()) + ".", highlight=False)


@app.command()
@says_what_to_do
def digest(
    out_file: Annotated[Path | None, typer.Option("--out", dir_okay=False, help="write the HTML to this file")] = None,
) -> None:
    """Print the digest of the last 24 hours as it would be sent now, or save its HTML. Nothing is sent."""
    plan = job.plan().digest or Digest(at=digest_job.MORNING, zone="UTC")
    with warehouse() as dsn, postgres.transaction(dsn) as db:
        made = digest_job.write(db, plan, alert_sources.now(db))
    if out_file is None:
        typer.echo(made.text, nl=False)
        return
    out_file.write_text(made.html, encoding="utf-8")
    out.print(f"{made.subject}: in {out_file}.", highlight=False)


def _sender() -> Callable[[Channel, Message, Callable[[], None]], None]:
    """Airflow's notifiers, with the connections of the Airflow on this machine where there is one, and of variables."""
    with suppress(AirflowMissing):
        for name, value in of_home(settings()).environment().items():
            os.environ.setdefault(name, value)
        # Outside of a task Airflow looks into its database only where it believes itself in a server.
        os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    from wirewatch.channels import send as sender

    return sender
