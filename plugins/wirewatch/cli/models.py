"""wirewatch models: list, measure, move."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from wirewatch.cli.application import app, err, out, says_what_to_do
from wirewatch.cli.progress import progress_bar
from wirewatch.cli.warehouse import warehouse
from wirewatch.core.scale import TooFewTexts, from_json
from wirewatch.io import models as table
from wirewatch.io import postgres
from wirewatch.io.models import Model
from wirewatch.settings import settings

commands = typer.Typer(no_args_is_help=True, help="Embedding models: which serves, and the move to another.")
app.add_typer(commands, name="models")

_SAYS = {
    "serving": "[green]serves[/green]",
    "filling": "[yellow]is being moved to[/yellow]",
    "resting": "[dim]served before[/dim]",
    "measured": "[dim]is known[/dim]",
}
_THRESHOLDS = (0.25, 0.35, 0.5)
"""Cosines of the common scale on which something hangs: the least of a search, and what copies must have besides their wording."""


@commands.command("list")
@says_what_to_do
def list_models() -> None:
    """The models that this warehouse knows, with their vectors and thresholds."""
    with warehouse() as dsn, postgres.transaction(dsn) as db:
        rows = table.listing(db)
    shown = Table("model", "", "since", "dimensions", "articles", "seeds", *(f"{bound} is" for bound in _THRESHOLDS))
    for row in rows:
        scale = from_json(row["scale"], row["languages"])
        own = [f"{scale.own(bound):.3f}" for bound in _THRESHOLDS]
        shown.add_row(
            row["key"],
            _SAYS[row["state"]],
            f"{row['since']:%Y-%m-%d %H:%M}",
            str(row["dimensions"]),
            f"{row['articles']:,}",
            f"{row['seeds']:,}",
            *own,
        )
    out.print(shown)
    out.print(f"WIREWATCH_MODEL is {settings().model}.", highlight=False)


@commands.command()
@says_what_to_do
def measure(
    texts: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help='English articles as JSON lines: "title", "text"; else the newest here'
        ),
    ] = None,
) -> None:
    """Measure the scale of the model that WIREWATCH_MODEL names, so that all thresholds hold for it."""
    from wirewatch.jobs.measure_model import BadTexts, measure_model

    with warehouse() as dsn, err.status("embedding by both models"):
        try:
            found = measure_model(dsn, texts)
        except BadTexts as problem:
            raise typer.BadParameter(str(problem), param_hint="--texts") from problem
        except TooFewTexts as problem:
            raise typer.BadParameter(f"{problem} Give them in a file.", param_hint="--texts") from problem
    _print_scale(found)


@commands.command()
@says_what_to_do
def move() -> None:
    """Move to the model that WIREWATCH_MODEL names, here and now; `move_model` does the same by itself, two minutes at a time."""
    from wirewatch.jobs import move_model as job

    with warehouse() as dsn:
        left = job.waiting(dsn)
        if not any(left.values()):
            out.print(f"{settings().model} serves already, and everything has its vectors.", highlight=False)
            return
        done = {"switched": 0}
        with progress_bar("vectors", left["articles"] + left["seeds"]) as bar:
            while True:
                job.fill(dsn, progress=bar.advance)
                done = job.switch(dsn, "wirewatch models move")
                if not done["left"]:
                    break
        job.drop_old(dsn)
    if done["switched"]:
        out.print(f"{settings().model} serves; {done['stories']} stories were moved with it.", highlight=False)
    else:
        out.print("Everything has its vectors now.")


def _print_scale(found: Model) -> None:
    shown = Table("its cosine", "means", title=f"{found.key}: {found.measured_on}", title_justify="left")
    for own, common in found.scale.knots[1:]:
        shown.add_row(f"{own:.3f}", f"{common:.3f}")
    out.print(shown)
    out.print("Kept. `wirewatch models move` moves to it, or the DAG move_model within the hour.")
