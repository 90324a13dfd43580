"""wirewatch copies judge-again and models compare: which verdicts would be others, shown before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from wirewatch.cli.application import out, says_what_to_do
from wirewatch.cli.desk import copies
from wirewatch.cli.models import commands as models_commands
from wirewatch.cli.progress import progress_bar
from wirewatch.cli.warehouse import warehouse
from wirewatch.io import models, postgres
from wirewatch.jobs import judge_again as job
from wirewatch.settings import MOST_STRICTNESS

Days = Annotated[float, typer.Option(min=0.0, help="how far back: articles judged in so many days")]
_SAYS = {
    "copy": "[yellow]a copy[/yellow]",
    "original": "[green]no copy[/green]",
    "other": "[cyan]another's copy[/cyan]",
}


@copies.command("judge-again")
@says_what_to_do
def judge_copies_again(
    days: Days = 30.0,
    strictness: Annotated[
        float | None,
        typer.Option(
            min=-MOST_STRICTNESS,
            max=MOST_STRICTNESS,
            help="added to the thresholds: above 0 fewer are copies; else what WIREWATCH_COPY_STRICTNESS says",
        ),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="write the verdicts that are others")] = False,
) -> None:
    """Judge the copies of a past window again, and show the difference it would make; with --apply, make it.

    Each article is judged by what was known when it was, with the code and settings of now. What people decided stays.
    """
    if apply:
        try:
            job.require_set(strictness)
        except job.OtherCriteria as problem:
            raise typer.BadParameter(str(problem), param_hint="--strictness") from problem
    until = datetime.now(UTC)
    with warehouse() as dsn:
        ids, _ = job.waiting(dsn, until - timedelta(days=days), until)
        with progress_bar("judging", len(ids)) as bar:
            found = job.compare(dsn, ids, strictness=strictness, progress=bar.advance)
        _show(found, days)
        if not found.changes:
            return
        if not apply:
            out.print("Nothing was changed. With --apply it is.")
            return
        with progress_bar("judging", len(ids)) as bar:
            done = job.apply(dsn, ids, f"copies judge-again/{until:%Y-%m-%dT%H:%M:%S}", bar.advance)
    out.print(f"Applied: {len(done.changes)} verdicts are others by now.")


@models_commands.command("compare")
@says_what_to_do
def compare_models(days: Days = 7.0) -> None:
    """Show which verdicts on copies would be others by the model that WIREWATCH_MODEL names, as far as it has vectors."""
    until = datetime.now(UTC)
    with warehouse() as dsn:
        with postgres.transaction(dsn) as db:
            wanted = models.wanted(db)
        ids, lacking = job.waiting(dsn, until - timedelta(days=days), until, wanted.key)
        if lacking:
            out.print(
                f"{lacking:,} articles have no vector of {wanted.name} yet and are left out: the DAG move_model fills them in."
            )
        with progress_bar("judging", len(ids)) as bar:
            found = job.compare(dsn, ids, model=wanted.key, progress=bar.advance)
    _show(found, days)


def _show(found: job.Outcome, days: float) -> None:
    if found.changes:
        out.print(_table(found.changes))
    out.print(
        f"Of {found.articles:,} articles of the last {days:g} days {found.count('copy'):,} would be copies that are none, "
        f"{found.count('original'):,} no copies any more, {found.count('other'):,} copies of something else.",
        highlight=False,
    )


def _table(changes: Sequence[job.Change]) -> Table:
    rows = Table("article", "title", "source", "would be", "of (or was of)", "rung", "score", "threshold")
    for one in changes:
        rows.add_row(
            str(one.article_id),
            one.title,
            one.source,
            _SAYS[one.kind],
            one.of,
            one.rung or "",
            f"{one.score:.2f}",
            f"{one.threshold:.2f}",
        )
    return rows
