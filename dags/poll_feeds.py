"""
### Poll feeds
Every five minutes: the feeds that are due are polled in a few buckets, each bucket asynchronously and politely, and what
they show is entered in the ledger (`ingest.entry`). Where entries wait, the asset `entries` is updated, and
`ingest_articles` runs.

**When it fails:** a feed that does not answer never fails this run; its state is in `ingest.source_health`. A failed task
means that Postgres was away or a bug: its log says which. Clearing it is safe, polling is idempotent.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import CronTriggerTimetable, dag, task

from wirewatch import flow
from wirewatch.jobs import batches, poll


@dag(
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="UTC"),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    allowed_run_types=flow.NOW_ONLY,
    max_active_runs=1,
    default_args=flow.DEFAULTS,
    deadline=flow.deadline(minutes=10),
    doc_md=__doc__,
    tags=["wirewatch", "ingest"],
)
def poll_feeds():
    @task(doc_md="Takes the feeds that are due and spreads them over buckets by host. Clear it at will.")
    def due_feeds() -> list[list[int]]:
        return poll.due_buckets(flow.warehouse())

    @task(
        pool="feeds",
        queue="fetch",
        doc_md="Polls one bucket of feeds and enters what they show. Clear it at will: nothing is entered twice.",
    )
    def poll_bucket(feeds: list[int]) -> dict[str, int]:
        return flow.staged("poll", lambda: poll.poll_bucket(flow.warehouse(), feeds, flow.run_id()), feeds=len(feeds))

    @task(
        outlets=[flow.ENTRIES],
        trigger_rule="none_failed",
        doc_md="Updates the asset `entries` where entries wait in the ledger; skipped where none does.",
    )
    def announce() -> int:
        waiting = batches.due(flow.warehouse())
        return waiting or flow.skip("nothing waits in the ledger")

    poll_bucket.expand(feeds=due_feeds()) >> announce()


poll_feeds()
