"""
### Keep house
Daily: the next months' partitions are made, old polls, attempts and closed batches are dropped (the ledger and the articles
stay), and the ledger is checked once more as a whole.

**When it fails:** `check_ledger` names the rows that do not add up; nothing else depends on this run. Clear it at will.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import CronTriggerTimetable, dag, task

from wirewatch import flow


@dag(
    schedule=CronTriggerTimetable("40 3 * * *", timezone="UTC"),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    allowed_run_types=flow.NOW_ONLY,
    max_active_runs=1,
    default_args=flow.DEFAULTS,
    deadline=flow.deadline(minutes=60),
    doc_md=__doc__,
    tags=["wirewatch", "house"],
)
def keep_house():
    @task(doc_md="Makes the months (partitions) of growing tables that come next.")
    def months() -> list[str]:
        from wirewatch.jobs import retention

        return retention.make_months(flow.warehouse())

    @task(
        doc_md="Drops polls, attempts, alarms and closed batches that are older than WIREWATCH_RETENTION_DAYS; and whole months of "
        "texts, vectors and pages, where WIREWATCH_RETENTION_MONTHS is set."
    )
    def retention() -> dict[str, int]:
        from wirewatch.jobs import house

        return house.retention(flow.warehouse(), flow.run_id())

    @task(doc_md="Counts feeds by state; the log names those that fail or went quiet.")
    def source_health() -> dict[str, int]:
        from wirewatch.jobs import house

        return house.source_health(flow.warehouse())

    @task(doc_md="Counts hosts by what cleaning makes of their pages against before; the log names those that changed.")
    def extraction_drift() -> dict[str, int]:
        from wirewatch.jobs import house

        return house.extraction_drift(flow.warehouse())

    @task(doc_md="Fails, naming rows, where the ledger does not add up.")
    def check_ledger() -> dict[str, int]:
        from wirewatch.jobs import house

        return house.check_ledger(flow.warehouse())

    months() >> retention() >> check_ledger()
    source_health()
    extraction_drift()


keep_house()
