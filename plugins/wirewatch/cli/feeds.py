"""wirewatch feeds: add, remove, list, import, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from wirewatch.cli.application import app, err, out, says_what_to_do, shown
from wirewatch.cli.warehouse import warehouse
from wirewatch.cli.whoever import whoever
from wirewatch.core.opml import Outline, print_opml
from wirewatch.io import feeds, postgres
from wirewatch.jobs import reference
from wirewatch.jobs.desk import feeds as desk

commands = typer.Typer(
    no_args_is_help=True, help="The feeds that are polled: add, remove, list, import and export OPML."
)
app.add_typer(commands, name="feeds")

_COLOURS = {
    "healthy": "green",
    "new": "cyan",
    "quiet": "yellow",
    "held": "yellow",
    "empty": "yellow",
    "paused": "dim",
}


@commands.command()
@says_what_to_do
def add(
    url: Annotated[str, typer.Argument(help="address of an RSS, Atom or JSON feed, or of a news sitemap")],
    title: Annotated[str, typer.Option(help="name for people; the feed's own where it is left out")] = "",
    category: Annotated[str | None, typer.Option(help="group")] = None,
) -> None:
    """Poll a feed from now on."""
    with warehouse() as dsn:
        _, _, new = desk.add(dsn, url, whoever(), title=title, category=category)
    out.print("Added; it is polled within five minutes." if new else "It was paused; it is polled again at once.")


@commands.command()
@says_what_to_do
def remove(url: Annotated[str, typer.Argument(help="address of the feed")]) -> None:
    """Stop polling a feed; what it brought stays."""
    with warehouse() as dsn:
        with postgres.transaction(dsn) as db:
            known = feeds.at(db, url)
        if known is not None and known["active"]:
            desk.pause(dsn, known["id"], whoever())
    if known is None or not known["active"]:
        err.print(f"No feed {url} is polled: `wirewatch feeds list` shows those that are.", highlight=False)
        raise typer.Exit(1)
    out.print("It is not polled any more.")


@commands.command("list")
@says_what_to_do
def list_feeds() -> None:
    """Show all feeds with their health."""
    with warehouse() as dsn, postgres.transaction(dsn) as db:
        found = feeds.listing(db)
    table = Table("state", "title", "address", "group", "new today", "what")
    for feed in found:
        colour = _COLOURS.get(feed["state"], "red")
        cells = (feed["title"], feed["url"], feed["category"], feed["new_last_day"], feed["what"])
        table.add_row(f"[{colour}]{feed['state']}[/{colour}]", *(shown(cell) for cell in cells))
    out.print(table)


@commands.command("import")
@says_what_to_do
def import_opml(path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="OPML file")]) -> None:
    """Add every feed of an OPML file; lines that cannot be polled are named, and the rest is added all the same."""
    with warehouse() as dsn:
        entered = reference.enter_opml(dsn, path.read_bytes(), origin="user")
    out.print(f"{entered.feeds} feeds in the file, {entered.new} of them new.")
    for line in entered.unusable:
        err.print(f"Not added: {shown(line.title)} ({shown(line.url)}): {shown(line.reason)}.", highlight=False)
    if entered.unusable:
        err.print(f"Mend these {len(entered.unusable)} addresses in {path} and import it again.", highlight=False)
        raise typer.Exit(1)


@commands.command("export")
@says_what_to_do
def export_opml() -> None:
    """Write all feeds that are polled as OPML to standard output."""
    with warehouse() as dsn, postgres.transaction(dsn) as db:
        found = [feed for feed in feeds.listing(db) if feed["active"]]
    typer.echo(print_opml([Outline(title=f["title"], url=f["url"], category=f["category"]) for f in found]))
