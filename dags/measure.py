"""
### Measure
Every five minutes: the system's gauges (`ingest.metric`: queue depths, feeds due, latency, freshness, quarantine) are read and
sent as `wirewatch.*` beside Airflow's own metrics, where these are on (`AIRFLOW__METRICS__STATSD_ON` or `…__OTEL_ON`); the
stages of the other DAGs send their counts and durations themselves. The gauges are this run's return value too.

**When it fails:** Postgres was away, or a bug: its log says which. Nothing depends on it; clear it at will.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import CronTriggerTimetable, dag, task

from wirewatch import flow
from wirewatch.jobs import measure as job


@dag(
    schedule=CronTriggerTimetable("2-59/5 * * * *", timezone="UTC"),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    allowed_run_types=flow.NOW_ONLY,
    max_active_runs=1,
    default_args=flow.DEFAULTS,
    deadline=flow.deadline(minutes=5),
    doc_md=__doc__,
    tags=["wirewatch", "house"],
)
def measure():
    @task(doc_md="Reads ingest.metric and sends each row as a gauge.")
    def gauges() -> dict[str, float]:
        found = job.gauges(flow.warehouse())
        for name, value in found.items():
            flow.send("gauge", name, value)
        return found

    gauges()


measure()
