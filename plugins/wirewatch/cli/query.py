"""wirewatch why, search and sql: ask the warehouse."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import psycopg2
import typer
from rich.json import JSON
from rich.table import Table

from wirewatch.cli.application import app, err, out, says_what_to_do, shown
from wirewatch.cli.warehouse import warehouse
from wirewatch.io import postgres
from wirewatch.jobs import report
from wirewatch.jobs import search as search_job


@app.command()
@says_what_to_do
def why(url: Annotated[str, typer.Argument(help="any address, as a feed or a browser shows it")]) -> None:
    """Why is this address (not) in my data? Its journey, what it copies and how we know, its story and topics."""
    with warehouse() as dsn:
        found = report.why(dsn, url)
    for row in found:
        table = Table(show_header=False, title=str(row["url"]), title_justify="left")
        for column, value in row.items():
            if value in (None, [], "") or column == "url":
                continue
            table.add_row(column, JSON.from_data(value) if isinstance(value, dict) else shown(value))
        out.print(table)


class By(StrEnum):
    """What is searched by."""

    both = "both"
    words = "words"
    meaning = "meaning"


@app.command()
@says_what_to_do
def search(
    question: Annotated[str, typer.Argument(help='words in websearch syntax: "a phrase", or, -without')],
    by: Annotated[By, typer.Option(help="words, meaning, or both together")] = By.both,
    limit: Annotated[int, typer.Option(min=1, max=200, help="how many articles at most")] = 20,
) -> None:
    """Search the articles by words and by meaning, best first."""
    with warehouse() as dsn:
        found = search_job.search(dsn, question, by=by.value, limit=limit)
    table = Table("seen", "source", "title", "found by", "url")
    for row in found:
        ways = [way for way, is_so in (("words", row["has_words"]), ("meaning", row["cosine"] is not None)) if is_so]
        table.add_row(
            f"{row['first_seen_at']:%Y-%m-%d %H:%M}", row["source"], row["title"], " and ".join(ways), row["url"]
        )
    out.print(table if found else "Nothing is found. Try fewer words, or --by meaning.")


@app.command()
@says_what_to_do
def sql(
    query: Annotated[str | None, typer.Argument(help="a query; read from standard input where it is left out")] = None,
    write: Annotated[bool, typer.Option("--write", help="let the query change data")] = False,
) -> None:
    """Run a query on the warehouse, read-only unless --write, and print the rows as a table."""
    if query is None and sys.stdin.isatty():
        err.print('Give a query: wirewatch sql "select * from media.latest limit 5"', highlight=False)
        raise typer.Exit(2)
    text = query if query is not None else sys.stdin.read()
    try:
        with warehouse() as dsn, postgres.transaction(dsn) as db:
            if not write:
                postgres.execute(db, "set transaction read only")
            with db.cursor() as cursor:
                cursor.execute(text)
                names = [column.name for column in cursor.description or ()]
                found = cursor.fetchall() if names else []
                touched = cursor.rowcount
    except psycopg2.Error as problem:
        err.print(f"[red]wirewatch:[/red] {str(problem).strip()}", highlight=False)
        raise typer.Exit(1) from problem
    if not names:
        out.print(f"{touched} rows.")
        return
    table = Table(*names)
    for row in found:
        table.add_row(*(shown(value) for value in row))
    out.print(table)
    out.print(f"{len(found)} rows", style="dim")
