"""wirewatch up, cluster, ingest, migrate, retention, backup, restore, doctor, train-topics and train-cleaning: run the system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from wirewatch.cli.application import app, err, out, says_what_to_do
from wirewatch.cli.warehouse import warehouse
from wirewatch.settings import settings


@app.command()
@says_what_to_do
def up(
    demo: Annotated[
        bool, typer.Option(envvar="DEMO", help="start the demonstration press beside it; DEMO=0 does without")
    ] = True,
) -> None:
    """Bring the whole system up on this machine: Postgres, Airflow, the first run. Ctrl-C stops all of it."""
    from wirewatch.local.up import up as bring_up

    raise typer.Exit(bring_up(demo=demo))


@app.command()
@says_what_to_do
def cluster(
    demo: Annotated[
        bool, typer.Option(envvar="DEMO", help="start the demonstration press beside it; DEMO=0 does without")
    ] = True,
    fetch: Annotated[int, typer.Option(envvar="FETCH", min=1, help="workers on the queue fetch")] = 1,
    embed: Annotated[int, typer.Option(envvar="EMBED", min=1, help="workers on the queue embed")] = 1,
) -> None:
    """Bring up what docker-compose.yml describes, without containers: Celery workers, Redis, Postgres, Airflow."""
    from wirewatch.local.cluster import Size
    from wirewatch.local.cluster import cluster as bring_up

    raise typer.Exit(bring_up(Size(fetch, embed), demo=demo))


@app.command()
@says_what_to_do
def ingest() -> None:
    """Poll what is due and take in what waits, once, without Airflow; the funnel at the end."""
    from wirewatch.jobs import ingest as job
    from wirewatch.jobs import reference, report
    from wirewatch.jobs.seeds import load_seeds

    bar = Progress(TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), console=err)
    with warehouse() as dsn, bar:
        reference.load_feeds(dsn)
        reference.load_reference(dsn)
        load_seeds(dsn, settings().seeds / "articles")
        stages: dict[str, TaskID] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bar.add_task(stage, total=total)
            bar.update(stages[stage], completed=done, total=total)

        job.ingest(dsn, progress)
        counts = report.funnel(dsn)
    _print_funnel(counts)


@app.command()
@says_what_to_do
def migrate() -> None:
    """Bring the warehouse's schema up to date."""
    from wirewatch.io import migrate as schema
    from wirewatch.settings import settings as read

    applied = schema.migrate(read().warehouse(), read().sql)
    out.print(f"Applied {', '.join(applied)}; the views are new." if applied else "The schema is current.")


@app.command()
@says_what_to_do
def retention(
    months: Annotated[
        int | None, typer.Option(min=1, help="months to keep besides this one; WIREWATCH_RETENTION_MONTHS by default")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="do it, in place of saying what would be done")] = False,
) -> None:
    """What is older than the months to keep: say what would go, or drop it. Articles, copies and sums stay; their texts go."""
    from wirewatch.jobs import retention as job

    with warehouse() as dsn:
        found = job.plan(dsn, months)
        table = Table("what", "how many", "MB", "", title=f"Older than {found.before:%Y-%m-%d}", title_justify="left")
        for old in found.old:
            table.add_row(old.kind, f"{old.rows:,}", f"{old.bytes / 1e6:,.1f}", old.note)
        out.print(table)
        if apply:
            gone = job.apply(dsn, "wirewatch retention", months)
            out.print(f"Gone: {', '.join(f'{number:,} {kind}' for kind, number in gone.items())}.", highlight=False)
        else:
            out.print("Nothing was changed: --apply does it.")


@app.command()
@says_what_to_do
def backup(file: Annotated[Path, typer.Argument(dir_okay=False, help="where it goes")]) -> None:
    """Write the warehouse to a file. Copy the archive's folder beside it, for replays."""
    from wirewatch.local import backup as tool

    with warehouse() as dsn:
        size = tool.backup(dsn, file)
    out.print(f"{size / 1e6:.1f} MB in {file}.", highlight=False)


@app.command()
@says_what_to_do
def restore(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="what `backup` wrote")]) -> None:
    """Read a backup into the empty database that WIREWATCH_DSN names, and bring its schema up to date."""
    from wirewatch.local import backup as tool

    tool.restore(settings().warehouse(), file, settings().sql)
    out.print("Restored; the schema is current.")


@app.command("train-topics")
@says_what_to_do
def train_topics(
    data: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="folder with the training data")],
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="where the head goes; seeds/topics by default")
    ] = None,
) -> None:
    """Train the topic head again, and write it with its card."""
    from wirewatch.io import embedding
    from wirewatch.jobs.train_topics import train_topics as train

    report = train(data, out_folder or settings().seeds / "topics", embedding.embed)
    out.print(report)


@app.command("train-cleaning")
@says_what_to_do
def train_cleaning(
    data: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="JSON lines: url, html or html_path, and the right text")
    ],
    out_file: Annotated[
        Path | None, typer.Option("--out", help="where the weights go; beside the code by default")
    ] = None,
) -> None:
    """Train the filter that tells an article's text from the rest of its page, and write it with its card."""
    from wirewatch.core.clean.body import WEIGHTS
    from wirewatch.jobs.train_cleaning import TrainingDataError
    from wirewatch.jobs.train_cleaning import train_cleaning as train

    try:
        out.print(train(data, out_file or WEIGHTS))
    except TrainingDataError as problem:
        raise typer.BadParameter(str(problem)) from problem


@app.command()
@says_what_to_do
def doctor() -> None:
    """Look at everything that Wirewatch needs here, and say what is missing and what to do."""
    from wirewatch.local.examine import Grade, examine

    marks = {Grade.GOOD: "[green]✓[/green]", Grade.WARNING: "[yellow]![/yellow]", Grade.BAD: "[red]✗[/red]"}
    table = Table("", "", "found", "what to do", box=None)
    worst = Grade.GOOD
    with err.status("looking"):
        for finding in examine(settings()):
            table.add_row(marks[finding.grade], finding.what, finding.found, finding.remedy)
            worst = Grade.BAD if finding.grade == Grade.BAD else worst
    out.print(table)
    raise typer.Exit(1 if worst == Grade.BAD else 0)


def _print_funnel(counts: dict[str, int]) -> None:
    table = Table("disposition", "entries", "")
    most = max(counts.values()) or 1
    colours = {
        "loaded": "green",
        "duplicate": "cyan",
        "rejected": "yellow",
        "quarantined": "red",
        "pending": "dim",
    }
    for name, number in counts.items():
        colour = colours.get(name, "bold")
        table.add_row(name, str(number), f"[{colour}]{'█' * round(40 * number / most)}[/{colour}]")
    out.print(table)
