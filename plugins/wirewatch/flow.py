"""What all DAGs share with Airflow: assets, defaults, retry policy, deadlines, alarms. The only module that imports airflow.sdk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from airflow.sdk import (
    Asset,
    AsyncCallback,
    DeadlineAlert,
    DeadlineReference,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
    get_current_context,
)
from airflow.sdk.exceptions import AirflowSkipException

from wirewatch.io.ledger import LeaseLost
from wirewatch.io.migrate import MigrationChanged, SchemaOutdated
from wirewatch.io.postgres import WarehouseUnreachable
from wirewatch.jobs.batches import LedgerFault
from wirewatch.settings import SettingMissing, settings

log = logging.getLogger(__name__)

ENTRIES = Asset("entries", uri="wirewatch://ledger/entries", group="wirewatch")
"""Entries wait in the ledger: `poll_feeds` announces it, `ingest_articles` runs on it."""
SEEDS = Asset("seeds", uri="wirewatch://warehouse/seeds", group="wirewatch")
"""The seed corpus was loaded."""

RETRY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[LeaseLost, LedgerFault, SettingMissing, SchemaOutdated, MigrationChanged],
            action=RetryAction.FAIL,
            reason="the same try would end the same: read the message",
        ),
        RetryRule(
            exception=[WarehouseUnreachable, ConnectionError, TimeoutError],
            retry_delay=timedelta(seconds=30),
            reason="something outside was away for a moment",
        ),
    ]
)

DEFAULTS: dict[str, Any] = {
    "owner": "wirewatch",
    "retries": 3,
    "retry_delay": timedelta(seconds=20),
    "retry_policy": RETRY,
    "execution_timeout": timedelta(minutes=30),
}
"""default_args of every DAG."""


def deadline(minutes: float) -> DeadlineAlert:
    """An alarm where a run is not done `minutes` after it was queued."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(alarm, kwargs={"minutes": minutes}),
        name=f"done within {minutes:g} minutes",
    )


async def alarm(minutes: float, context: dict[str, Any] | None = None, **_: Any) -> None:
    """Say that a run is late: in the triggerer's log and in ingest.alarm."""
    from wirewatch.jobs.house import raise_alarm

    run = (context or {}).get("dag_run") or {}
    dag_id, run_id = str(run.get("dag_id", "?")), str(run.get("dag_run_id", run.get("run_id", "?")))
    message = f"{dag_id} is not done {minutes:g} minutes after it was queued: look at its run {run_id} in the grid."
    log.error("Wirewatch alarm: %s", message)
    raise_alarm(settings().warehouse(), dag_id, run_id, message)


def run_id() -> str:
    """The run of the task that asks: "<dag>/<run>"."""
    context = get_current_context()
    return f"{context['dag'].dag_id}/{context['run_id']}"


def skip(reason: str) -> None:
    """End the task, and what hangs on it, as skipped."""
    raise AirflowSkipException(reason)


def warehouse() -> str:
    """The warehouse's connection string, for a task."""
    return settings().warehouse()


def documented(function: Callable[..., Any]) -> dict[str, str]:
    """A task's documentation for the UI, out of the docstring of the job that it runs."""
    return {"doc_md": (function.__doc__ or "").strip()}
