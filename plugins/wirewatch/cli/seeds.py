"""wirewatch seeds: add, list, load."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from wirewatch.cli.application import app, err, out, says_what_to_do, shown
from wirewatch.cli.warehouse import warehouse
from wirewatch.io import postgres, seeds
from wirewatch.jobs import reference
from wirewatch.jobs.seeds import load_seeds
from wirewatch.settings import settings

commands = typer.Typer(no_args_is_help=True, help="The seed corpus: articles that the desk knows already.")
app.add_typer(commands, name="seeds")


@commands.command()
@says_what_to_do
def add(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="text or Markdown files")],
) -> None:
    """Copy articles into seeds/articles and load them."""
    folder = settings().seeds / "articles"
    for path in files:
        if path.suffix not in seeds.SUFFIXES:
            err.print(f"{path.name} is neither .txt nor .md.", highlight=False)
            raise typer.Exit(1)
        seeds.read_file(path, path.name)
        if path.resolve().parent != folder.resolve():
            shutil.copyfile(path, folder / path.name)
    with warehouse() as dsn, Progress(console=err, transient=True) as progress:
        task = progress.add_task("embedding seeds", total=None)
        counts = load_seeds(
            dsn,
            folder,
            model=settings().model,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    out.print(f"{counts['seeds']} seeds: {counts['loaded']} loaded, {counts['unchanged']} unchanged.")


@commands.command()
@says_what_to_do
def load() -> None:
    """Load all that is in seeds/: feeds, topics, watchlists, articles. What is there and unchanged is passed over."""
    with warehouse() as dsn:
        known = reference.load_feeds(dsn) | reference.load_reference(dsn)
        counts = load_seeds(dsn, settings().seeds / "articles", model=settings().model)
    out.print(
        f"{known['feeds']} feeds ({known['new']} new), {known['topics']} topics, {known['watchlists']} watchlists, "
        f"{counts['seeds']} seed articles ({counts['loaded']} loaded)."
    )


@commands.command("list")
@says_what_to_do
def list_seeds() -> None:
    """Show the seed corpus and what each seed drew."""
    with warehouse() as dsn, postgres.transaction(dsn) as db:
        found = seeds.listing(db)
    table = Table("name", "title", "language", "words", "copies", "nearest to")
    for seed in found:
        cells = (
            seed["name"],
            seed["title"],
            seed["language"],
            seed["words"],
            seed["copies"],
            seed["nearest_to"],
        )
        table.add_row(*(shown(cell) for cell in cells))
    out.print(table)
