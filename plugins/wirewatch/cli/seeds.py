"""wirewatch seeds: add, remove, load, list, report."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from wirewatch.cli.application import app, err, out, says_what_to_do, shown
from wirewatch.cli.progress import progress_bar
from wirewatch.cli.warehouse import warehouse
from wirewatch.core.seed_file import SUFFIXES, SeedUnreadable
from wirewatch.io import postgres, seeds
from wirewatch.jobs import reference
from wirewatch.jobs.seeds import load_seeds
from wirewatch.settings import settings

commands = typer.Typer(no_args_is_help=True, help="The seed corpus: articles that the desk knows already.")
app.add_typer(commands, name="seeds")

_COLOURS = {"copies": "red", "reports": "yellow", "subject": "cyan", "nothing": "dim"}
_SAYS = {
    "copies": "were copied",
    "reports": "drew independent reports of the same event, no copy",
    "subject": "drew articles on their subject only",
    "nothing": "drew nothing",
}


@commands.command()
@says_what_to_do
def add(
    what: Annotated[
        list[str], typer.Argument(help="files (.txt .md .html .jsonl) or addresses of articles (https://…)")
    ],
) -> None:
    """Copy articles into seeds/articles and load them; a page on the web is fetched, cleaned and kept as Markdown."""
    folder = settings().seeds / "articles"
    with warehouse() as dsn:
        for one in what:
            _take(dsn, one, folder)
        _load(dsn)


@commands.command()
@says_what_to_do
def remove(names: Annotated[list[str], typer.Argument(help="names as `wirewatch seeds list` shows them")]) -> None:
    """Take seeds out of the corpus: their files are deleted and nothing is compared with them; verdicts stay."""
    folder = settings().seeds / "articles"
    with warehouse() as dsn:
        for name in names:
            if "#" in name:
                message = f"{name} is a line of {name.partition('#')[0]}: delete the line, then `wirewatch seeds load`."
                raise SeedUnreadable(message)
            with postgres.transaction(dsn) as db:
                gone = seeds.retire_missing(db, seeds.SeedFile(folder / name, name, ""), [])
                postgres.execute(db, "delete from media.seed_file where name = %s", (name,))
            if not gone:
                err.print(f"There is no seed {name}: `wirewatch seeds list` shows the names.", highlight=False)
                raise typer.Exit(1)
            (folder / name).unlink(missing_ok=True)
    out.print(f"{len(names)} taken out.")


@commands.command()
@says_what_to_do
def load() -> None:
    """Load all that is in seeds/: feeds, topics, watchlists, articles. What is there and unchanged is passed over."""
    with warehouse() as dsn:
        known = reference.load_feeds(dsn) | reference.load_reference(dsn)
        out.print(
            f"{known['feeds']} feeds ({known['new']} new), {known['topics']} topics, {known['watchlists']} watchlists."
        )
        _load(dsn)


@commands.command("list")
@says_what_to_do
def list_seeds(most: Annotated[int, typer.Option(min=1, help="rows of the table")] = 200) -> None:
    """Show the seed corpus and what each seed drew."""
    with warehouse() as dsn, postgres.transaction(dsn) as db:
        found = [seed for seed in seeds.listing(db) if seed["retired_at"] is None]
    columns = ("name", "title", "language", "words", "passages", "copies", "reports", "on_subject")
    table = Table(*(column.replace("_", " ") for column in columns))
    for seed in found[:most]:
        table.add_row(*(shown(seed[column]) for column in columns))
    out.print(table)
    _say_more(len(found), most)


@commands.command()
@says_what_to_do
def report(
    drew: Annotated[
        str | None, typer.Option(help="only seeds that drew this: copies, reports, subject, nothing")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="rows of the table")] = 50,
) -> None:
    """What the corpus covers: which seeds were copied, which drew reports of the same event, which nothing."""
    if drew is not None and drew not in _SAYS:
        message = f"--drew is one of {', '.join(_SAYS)}, not {drew!r}."
        raise typer.BadParameter(message)
    with warehouse() as dsn, postgres.transaction(dsn) as db:
        found = [seed for seed in seeds.listing(db) if seed["retired_at"] is None]
        unreadable = seeds.problems(db)
    order = list(_SAYS)
    found.sort(key=lambda seed: (order.index(seed["drew"]), -seed["copies"], -seed["reports"], -seed["on_subject"]))
    rows = [seed for seed in found if drew in (None, seed["drew"])]
    table = Table("drew", "seed", "copies", "by sources", "reports", "on subject", "last")
    for seed in rows[:most]:
        colour = _COLOURS[seed["drew"]]
        cells = (
            seed["title"],
            seed["copies"],
            seed["sources"],
            seed["reports"],
            seed["on_subject"],
            seed["last_drawn_at"],
        )
        table.add_row(f"[{colour}]{seed['drew']}[/{colour}]", *(shown(cell) for cell in cells))
    out.print(table)
    _say_more(len(rows), most)
    counts = Counter(seed["drew"] for seed in found)
    for kind, words in _SAYS.items():
        share = counts[kind] / len(found) if found else 0.0
        out.print(f"{counts[kind]:>7} of {len(found)} seeds {words} ({share:.0%})")
    _say_unreadable(unreadable)


def _say_more(rows: int, most: int) -> None:
    if rows > most:
        out.print(f"{rows - most} more: --most {rows} shows all.")


def _take(dsn: str, one: str, folder: Path) -> None:
    """Put one file or page into the corpus's folder; SeedUnreadable where it gives no seed."""
    if "://" in one:
        from wirewatch.jobs.seed_page import seed_of  # the extractors take a second to load

        name, content = seed_of(dsn, one)
        (folder / name).write_text(content, encoding="utf-8")
        return
    path = Path(one)
    if not path.is_file():
        message = f"There is no file {one}."
        raise SeedUnreadable(message)
    if path.suffix.lower() not in SUFFIXES:
        message = f"{path.name} is none of {', '.join(SUFFIXES)}."
        raise SeedUnreadable(message)
    for found in seeds.file(path, path.name).seeds():
        if isinstance(found, SeedUnreadable):
            raise found
    if path.resolve().parent != folder.resolve():
        shutil.copyfile(path, folder / path.name)


def _load(dsn: str) -> None:
    try:
        with progress_bar("embedding seeds") as bar:
            counts = load_seeds(dsn, settings().seeds / "articles", progress=bar.reach)
    except KeyboardInterrupt:
        err.print("Stopped. What is loaded stays: `wirewatch seeds load` goes on from there.", highlight=False)
        raise typer.Exit(130) from None
    retired = f", {counts['retired']} taken out" if counts["retired"] else ""
    out.print(f"{counts['seeds']} seeds: {counts['loaded']} loaded, {counts['unchanged']} unchanged{retired}.")
    with postgres.transaction(dsn) as db:
        _say_unreadable(seeds.problems(db))


def _say_unreadable(problems: list[str]) -> None:
    if not problems:
        return
    err.print(f"[red]{len(problems)} could not be read; the rest is loaded:[/red]")
    for problem in problems[:20]:
        err.print(f"  {problem}", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1)
