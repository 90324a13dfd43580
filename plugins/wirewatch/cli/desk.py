"""wirewatch copies, stories and actions: what a person decides by hand, and how it is undone."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from wirewatch.cli.application import app, out, says_what_to_do, shown
from wirewatch.cli.warehouse import warehouse
from wirewatch.cli.whoever import whoever
from wirewatch.core.actions import ActionRefused
from wirewatch.io import actions as table
from wirewatch.io import postgres, verdicts
from wirewatch.jobs.desk import copies as copies_job
from wirewatch.jobs.desk import stories as stories_job
from wirewatch.jobs.desk.undo import undo as undo_job

copies = typer.Typer(
    no_args_is_help=True, help="Verdicts on copies: review the close ones, confirm them, take them back."
)
stories = typer.Typer(no_args_is_help=True, help="Stories: merge two that are one, split one that is two.")
actions = typer.Typer(no_args_is_help=True, help="What people decided by hand, with who and when; undo it.")
app.add_typer(copies, name="copies")
app.add_typer(stories, name="stories")
app.add_typer(actions, name="actions")

Article = Annotated[str, typer.Argument(help="address of the article, or its number")]
Reason = Annotated[str, typer.Option(help="why, for those who ask later")]
Said = Annotated[str, typer.Option("--reason", help="why, for those who ask later", prompt="Why")]


@copies.command("undo")
@says_what_to_do
def copies_undo(article: Article, reason: Reason = "") -> None:
    """Say that an article is not a copy. It is remembered: no later run makes it one of the same again."""
    with warehouse() as dsn:
        action = copies_job.not_a_copy(dsn, _article(dsn, article), whoever(), reason)
    out.print(f"It is an article of its own now. Take that back with: wirewatch actions undo {action}", highlight=False)


@copies.command()
@says_what_to_do
def confirm(article: Article, reason: Reason = "") -> None:
    """Say that a verdict is right: it is not for review any more."""
    with warehouse() as dsn:
        action = copies_job.confirm(dsn, _article(dsn, article), whoever(), reason)
    out.print(f"Confirmed. Take that back with: wirewatch actions undo {action}", highlight=False)


@copies.command()
@says_what_to_do
def declare(
    article: Article,
    of: Annotated[
        str | None, typer.Option(help="address or number of the original; what it is nearly a copy of where left out")
    ] = None,
    reason: Reason = "",
) -> None:
    """Say that an article is a copy. It does not count as an independent report any more, and later runs keep to it."""
    with warehouse() as dsn:
        original = None if of is None else f"article:{_article(dsn, of)}"
        action = copies_job.a_copy(dsn, _article(dsn, article), whoever(), original, reason)
    out.print(f"It is a copy. Take that back with: wirewatch actions undo {action}", highlight=False)


@copies.command()
@says_what_to_do
def review() -> None:
    """Show the verdicts that were close, on both sides of the threshold, closest first."""
    with warehouse() as dsn, postgres.transaction(dsn) as db:
        found = [{**row, "held": "a copy"} for row in verdicts.for_review(db)]
        found += [{**row, "held": "independent", "rung": None} for row in verdicts.near_copies(db)]
    rows = Table("article", "title", "source", "held to be", "of or near to", "rung", "score", "margin")
    for row in found:
        names = ("id", "title", "source", "held", "copied_title", "rung", "score", "margin")
        rows.add_row(*(shown(row[name]) for name in names))
    out.print(rows if found else "Nothing waits for review.")


@stories.command()
@says_what_to_do
def merge(
    into: Annotated[int, typer.Argument(help="number of the story that stays")],
    other: Annotated[int, typer.Argument(help="number of the story that becomes a part of it")],
    reason: Said,
) -> None:
    """Make two stories one. The number of the other leads on to the one that stays."""
    with warehouse() as dsn:
        action = stories_job.merge(dsn, into, other, whoever(), reason)
    out.print(f"They are one story. Take that back with: wirewatch actions undo {action}", highlight=False)


@stories.command()
@says_what_to_do
def split(
    story: Annotated[int, typer.Argument(help="number of the story")],
    articles: Annotated[list[str], typer.Argument(help="articles that leave it: addresses or numbers")],
    reason: Said,
) -> None:
    """Take articles, with their copies, out of a story into a new one."""
    with warehouse() as dsn:
        chosen = [_article(dsn, article) for article in articles]
        action, new = stories_job.split(dsn, story, chosen, whoever(), reason)
    out.print(f"They are story {new} now. Take that back with: wirewatch actions undo {action}", highlight=False)


@actions.command("list")
@says_what_to_do
def list_actions(limit: Annotated[int, typer.Option(min=1, max=1000, help="how many at most")] = 50) -> None:
    """Show what was decided by hand, newest first."""
    with warehouse() as dsn, postgres.transaction(dsn) as db:
        found = table.listed(db, limit=limit)
    rows = Table("", "when", "who", "did", "to", "why", "undone")
    for row in found:
        undone = f"by {row['undone_by']}, {row['undone_at']:%Y-%m-%d %H:%M}" if row["undone_at"] else ""
        what = " and ".join(shown(row[name]) for name in ("what", "other_what") if row[name])
        cells = (row["id"], f"{row['acted_at']:%Y-%m-%d %H:%M}", row["actor"], row["kind"].replace("_", " "), what)
        rows.add_row(*(shown(cell) for cell in cells), row["reason"], undone)
    out.print(rows if found else "Nobody has decided anything by hand yet.")


@actions.command("undo")
@says_what_to_do
def undo(action: Annotated[int, typer.Argument(help="number of the action")], reason: Reason = "") -> None:
    """Undo an action. Where a later one changed the same, that is undone first."""
    with warehouse() as dsn:
        done = undo_job(dsn, action, whoever(), reason)
    out.print(f"Undone: {done.kind.value.replace('_', ' ')}, by {done.actor}.", highlight=False)


def _article(dsn: str, address: str) -> int:
    with postgres.transaction(dsn) as db:
        found = verdicts.key_at(db, address.strip())
    if found is None:
        raise ActionRefused(f"There is no article {address}: `wirewatch why` tells what became of an address.")
    return found
