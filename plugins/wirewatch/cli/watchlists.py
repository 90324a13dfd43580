"""wirewatch watchlists: list, show, try, apply."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from wirewatch.cli.application import app, err, out, says_what_to_do, shown
from wirewatch.cli.warehouse import warehouse
from wirewatch.core.marking import Piece
from wirewatch.core.watchlist_file import dump_watchlists
from wirewatch.core.watchlists import Watchlist
from wirewatch.io import postgres
from wirewatch.io import watchlists as table
from wirewatch.jobs import watchlists as job

commands = typer.Typer(no_args_is_help=True, help="Watchlists: what is watched, and what a list would find.")
app.add_typer(commands, name="watchlists")


@commands.command("list")
@says_what_to_do
def list_watchlists() -> None:
    """Show the watchlists: what they watch, who changed them last, and where file and page differ."""
    with warehouse() as dsn, postgres.transaction(dsn) as db:
        found = table.listing(db)
    rows = Table("name", "entries", "articles, 30 days", "version", "changed by", "changed", "")
    for row in found:
        notes = [
            "removed" if row["removed_at"] else "",
            "the file says otherwise" if row["conflict_at"] else "",
            "not applied yet" if row["applied_version"] < row["version"] else "",
        ]
        cells = (row["name"], row["entries"], row["articles"], row["version"], row["changed_by"])
        rows.add_row(
            *(shown(cell) for cell in cells), f"{row['updated_at']:%Y-%m-%d %H:%M}", "; ".join(filter(None, notes))
        )
    out.print(rows)


@commands.command()
@says_what_to_do
def show(name: Annotated[str, typer.Argument(help="a watchlist that is in the warehouse")]) -> None:
    """Print a watchlist as YAML, as it is watched now, edits on the page included."""
    with warehouse() as dsn:
        typer.echo(dump_watchlists(_named(dsn, name)), nl=False)


@commands.command("try")
@says_what_to_do
def try_out(
    what: Annotated[str, typer.Argument(metavar="FILE|NAME", help="a YAML file of watchlists, or the name of one")],
    days: Annotated[float, typer.Option(min=0.01, help="how far back")] = 30.0,
    show: Annotated[int, typer.Option(min=0, help="how many articles to print, the newest first")] = 20,
) -> None:
    """Say what watchlists would have matched among the articles that are in; nothing is written."""
    with warehouse() as dsn:
        lists = table.read(Path(what)) if Path(what).is_file() else _named(dsn, what)
        with err.status("matching"):
            trial = job.try_out(dsn, lists, days=days, show=show)
    out.print(
        f"Would have matched {trial.matched} of {trial.looked_at} articles in the last {days:g} days.", highlight=False
    )
    if not trial.matched:
        return
    counts = Table("watchlist", "name", "articles")
    for (watchlist, name), number in sorted(trial.by_name.items(), key=lambda item: (-item[1], item[0])):
        counts.add_row(watchlist, name, str(number))
    out.print(counts)
    rows = Table("seen", "source", "title", "matched, in context")
    for match in trial.shown:
        contexts = Text("\n").join(_marked(context) for context in match.contexts)
        rows.add_row(f"{match.first_seen_at:%m-%d %H:%M}", match.source, Text(match.title), contexts)
    out.print(rows)


@commands.command()
@says_what_to_do
def apply() -> None:
    """Match the articles of the window with the lists that were edited; Airflow does so by itself within minutes."""
    with warehouse() as dsn, err.status("matching"):
        counts = job.apply_edits(dsn)
    out.print(
        f"{counts['watchlists']} watchlists applied to {counts['articles']} articles: {counts['mentions']} mentions.",
        highlight=False,
    )


def _named(dsn: str, name: str) -> list[Watchlist]:
    with postgres.transaction(dsn) as db:
        found = [watchlist for watchlist in table.serving(db) if watchlist.name == name]
        known = [watchlist.name for watchlist in table.serving(db)]
    if not found:
        err.print(
            f"{name} is neither a file nor a watchlist; there are: {', '.join(known) or 'none'}.", highlight=False
        )
        raise typer.Exit(1)
    return found


def _marked(context: Sequence[Piece]) -> Text:
    return Text.assemble(*((piece.text, "" if piece.label is None else "bold") for piece in context))
