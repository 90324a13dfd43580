"""What all DAGs share with Airflow: assets, defaults, retry policy, deadlines, alarms. With channels, all that imports airflow.sdk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

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
from airflow.sdk.observability import stats

from wirewatch.io.embedding import ModelNotFound
from wirewatch.io.ledger import LeaseLost
from wirewatch.io.log_context import about
from wirewatch.io.migrate import MigrationChanged, SchemaOutdated
from wirewatch.io.models import ModelChanged, ModelNotMeasured
from wirewatch.io.postgres import WarehouseUnreachable
from wirewatch.jobs import measure
from wirewatch.jobs.batches import LedgerFault
from wirewatch.settings import SettingMissing, settings

log = logging.getLogger(__name__)

ENTRIES = Asset("entries", uri="wirewatch://ledger/entries", group="wirewatch")
"""Entries wait in the ledger: `poll_feeds` announces it, `ingest_articles` runs on it."""
ARTICLES = Asset("articles", uri="wirewatch://warehouse/articles", group="wirewatch")
"""Articles were loaded: `ingest_articles` announces it, `send_alerts` runs on it."""
SEEDS = Asset("seeds", uri="wirewatch://warehouse/seeds", group="wirewatch")
"""The seed corpus was loaded."""
MODEL = Asset("model", uri="wirewatch://warehouse/model", group="wirewatch")
"""Vectors of another embedding model are to be filled in: `move_model` runs on it, and announces it while some are left."""

RETRY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[
                LeaseLost,
                LedgerFault,
                SettingMissing,
                SchemaOutdated,
                MigrationChanged,
                ModelNotFound,
                ModelNotMeasured,
                ModelChanged,
            ],
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


NOW_ONLY = ("scheduled", "manual", "operator_triggered", "asset_materialization")
"""allowed_run_types of DAGs that look at the world as it is now: a backfill of them would pass today off as a past day."""


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


def staged(stage: str, job: Callable[[], dict[str, int]], **facts: object) -> dict[str, int]:
    """Run a stage's job: its counts, which are sent as metrics with how long it took (wirewatch.jobs.measure names them).

    Every log line meanwhile carries the stage and `facts` beside what Airflow adds: run, task and try. Metrics are sent
    where Airflow's are: `[metrics] statsd_on` or `otel_on`. That they cannot be sent stops nothing.
    """
    begun = time.monotonic()
    with about(stage=stage, **facts):
        try:
            counts = job()
        except Exception:
            send("incr", f"{stage}.errors", 1)
            raise
        finally:
            send("timing", f"{stage}.duration", (time.monotonic() - begun) * 1000)
        for name, number in measure.counters(stage, counts).items():
            send("incr", name, number)
        log.info("%s: %s", stage, ", ".join(f"{number} {name}" for name, number in counts.items()))
    return counts


def send(how: Literal["incr", "timing", "gauge"], name: str, value: float) -> None:
    """Send a metric through Airflow."""
    try:
        getattr(stats, how)(measure.PREFIX + name, value)
    except Exception:
        log.exception("The metric %s was not sent", name)


def skip(reason: str) -> None:
    """End the task, and what hangs on it, as skipped."""
    raise AirflowSkipException(reason)


def warehouse() -> str:
    """The warehouse's connection string, for a task."""
    return settings().warehouse()


def documented(function: Callable[..., Any]) -> dict[str, str]:
    """A task's documentation for the UI, out of the docstring of the job that it runs."""
    return {"doc_md": (function.__doc__ or "").strip()}
