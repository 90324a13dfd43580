"""wirewatch export and export-feeds: articles as files, and RSS feeds for a web server to show."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from wirewatch.cli.application import app, err, out, says_what_to_do
from wirewatch.cli.progress import progress_bar
from wirewatch.cli.warehouse import warehouse
from wirewatch.jobs import export as job


class Format(StrEnum):
    """What is written."""

    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"


@app.command()
@says_what_to_do
def export(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="where it goes; standard output by default")
    ] = None,
    form: Annotated[Format | None, typer.Option("--format", "-f", help="by the ending of the file, else jsonl")] = None,
    since: Annotated[str | None, typer.Option(help="first seen from this day or time on (UTC): 2026-11-01")] = None,
    until: Annotated[str | None, typer.Option(help="first seen before this day or time (UTC)")] = None,
    topic: Annotated[str | None, typer.Option(help="name or code of a topic")] = None,
    source: Annotated[str | None, typer.Option(help="name or host of a source")] = None,
    watchlist: Annotated[str | None, typer.Option(help="name of a watchlist")] = None,
    language: Annotated[str | None, typer.Option(help="language, ISO 639: en")] = None,
    story: Annotated[int | None, typer.Option(help="number of a story")] = None,
    text: Annotated[bool, typer.Option("--text", help="with the texts")] = False,
    cursor: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help="file that remembers where the last export ended: what happened since, and no more"
        ),
    ] = None,
    since_cursor: Annotated[
        int | None, typer.Option(min=0, help="what happened after this cursor of media.change; 0 for everything")
    ] = None,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="CSV for programs: no apostrophe before text that a spreadsheet would run")
    ] = False,
) -> None:
    """Write articles to a file: CSV, JSON lines or Parquet. With --cursor, only what happened since the last time."""
    chosen = job.Selection(
        since=_time(since, "--since"),
        until=_time(until, "--until"),
        topic=topic,
        source=source,
        watchlist=watchlist,
        language=language,
        story=story,
        after=since_cursor if since_cursor is not None or cursor is None else _remembered(cursor),
    )
    chosen_form = form or _by_ending(output)
    if chosen_form is Format.parquet and output is None and sys.stdout.isatty():
        raise typer.BadParameter("Parquet is not for a terminal: give --output.")
    with warehouse() as dsn, _opened(output) as file, progress_bar("articles") as bar:
        done = job.export(
            dsn,
            chosen,
            chosen_form.value,
            file,
            text=text,
            guarded=not as_is,
            progress=bar.reach,
        )
    if cursor is not None:
        # Only now that the rows are where they belong: where this is killed before, they come again, and none is missed.
        part = cursor.with_name(f"{cursor.name}.part")
        part.write_text(f"{done.cursor}\n", encoding="utf-8")
        part.replace(cursor)
    if output is not None or cursor is not None:
        err.print(f"{done.rows} articles; the next --since-cursor is {done.cursor}.", highlight=False)


@app.command("export-feeds")
@says_what_to_do
def export_feeds(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="where the feeds go, for a web server to show")],
    address: Annotated[
        str, typer.Option(help="the address under which the folder is shown: https://news.example.org/")
    ],
) -> None:
    """Write an RSS feed for each watchlist and topic, and feeds.opml that lists them."""
    with warehouse() as dsn, err.status("writing"):
        number = job.write_feeds(dsn, folder, address)
    out.print(f"{number} feeds in {folder}.", highlight=False)


def _time(given: str | None, option: str) -> datetime | None:
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        message = f"{given!r} is no day or time: write it as {date.today():%Y-%m-%d} or {date.today():%Y-%m-%d}T06:00."  # noqa: DTZ011
        raise typer.BadParameter(message, param_hint=option) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _by_ending(output: Path | None) -> Format:
    ending = output.suffix.removeprefix(".") if output else ""
    return Format(ending) if ending in {form.value for form in Format} else Format.jsonl


def _remembered(cursor: Path) -> int:
    if not cursor.exists():
        return 0
    text = cursor.read_text(encoding="utf-8").strip()
    if not text.isdecimal():
        message = (
            f"{cursor} holds no cursor but {text[:40]!r}: name another file, or remove it to begin from the start."
        )
        raise typer.BadParameter(message, param_hint="--cursor")
    return int(text)


@contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
    """Where the file goes: under its name whole, or not at all."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
