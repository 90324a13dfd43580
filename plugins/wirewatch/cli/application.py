"""The Typer application, its consoles, and how an error becomes a sentence."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import typer
from rich.console import Console

from wirewatch.core.actions import ActionRefused
from wirewatch.core.alert_file import AlertFileError
from wirewatch.core.canonical import BadUrl
from wirewatch.core.opml import OpmlError
from wirewatch.core.seed_file import SeedUnreadable
from wirewatch.core.watchlists import WatchlistError
from wirewatch.io.embedding import ModelNotFound
from wirewatch.io.export import NothingOfThatName
from wirewatch.io.migrate import MigrationChanged, SchemaOutdated
from wirewatch.io.models import ModelChanged, ModelNotMeasured
from wirewatch.io.postgres import WarehouseUnreachable
from wirewatch.io.taxonomy import TaxonomyMissing
from wirewatch.io.views import BuiltOnViews
from wirewatch.io.watchlists import WatchlistChanged
from wirewatch.jobs.batches import LedgerFault
from wirewatch.jobs.retention import RetentionOff
from wirewatch.local.airflow import AirflowMissing, AirflowUnavailable
from wirewatch.local.backup import BackupFailed, NotEmpty
from wirewatch.local.postgres import PostgresUnavailable
from wirewatch.local.supervisor import CannotStart
from wirewatch.settings import SettingMissing

P = ParamSpec("P")
R = TypeVar("R")

app = typer.Typer(
    name="wirewatch",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Media monitoring: every new article once, each copy recognised and explained, in Postgres.",
    epilog="Start with [bold]wirewatch up[/bold]. What is missing, and what to do: [bold]wirewatch doctor[/bold].",
)
out = Console()
err = Console(stderr=True)

USER_ERRORS: tuple[type[Exception], ...] = (
    ActionRefused,
    BadUrl,
    OpmlError,
    WatchlistError,
    WatchlistChanged,
    AlertFileError,
    ModelNotFound,
    ModelNotMeasured,
    ModelChanged,
    MigrationChanged,
    SchemaOutdated,
    BuiltOnViews,
    NothingOfThatName,
    WarehouseUnreachable,
    SeedUnreadable,
    TaxonomyMissing,
    LedgerFault,
    RetentionOff,
    SettingMissing,
    AirflowMissing,
    AirflowUnavailable,
    PostgresUnavailable,
    CannotStart,
    BackupFailed,
    NotEmpty,
)
"""Errors whose message says what to do; anything else is a bug and shows its traceback."""


def says_what_to_do(command: Callable[P, R]) -> Callable[P, R]:
    """Print the sentence of a user's error in place of a traceback, and exit with 1."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except USER_ERRORS as problem:
            err.print(f"[red]wirewatch:[/red] {problem}", highlight=False, soft_wrap=True)
            raise typer.Exit(1) from problem
        except BrokenPipeError:
            raise typer.Exit(0) from None

    return wrapped


def shown(value: Any) -> str:
    """A value of a query as people read it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value)
    return str(value)
