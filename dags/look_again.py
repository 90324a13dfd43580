"""
### Look again
Every half hour: articles whose next look is due are fetched again (an hour, six hours, a day, three days, a week and a month
after they were first seen). A changed text becomes a new `media.article_version` with its class of change, never a new article;
a page that is away is said to be gone; copies of a retracted article are flagged. What changed gets its vectors and topics anew and
is looked at again for what it copies. `media.change` is the cursor to follow.

**When it fails:** a page that does not answer never fails this run. A failed task means that Postgres was away or a bug: its log
says which. Clear it at will.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import CronTriggerTimetable, dag, task

from wirewatch import flow


@dag(
    schedule=CronTriggerTimetable("11,41 * * * *", timezone="UTC"),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    allowed_run_types=flow.NOW_ONLY,
    max_active_runs=1,
    default_args=flow.DEFAULTS,
    deadline=flow.deadline(minutes=30),
    doc_md=__doc__,
    tags=["wirewatch", "ingest"],
)
def look_again():
    @task(pool="fetch", doc_md="Fetches due articles again. Counts: looked, unchanged, failed, and changes by class.")
    def revisit() -> dict[str, int]:
        from wirewatch.jobs import revisit as job

        return job.revisit(flow.warehouse(), flow.run_id())

    @task(
        pool="embed",
        queue="embed",
        trigger_rule="all_done",
        doc_md="Renews vectors, topics and verdicts of articles whose text changed. Counts: articles, changed.",
    )
    def judge_again() -> dict[str, int]:
        from wirewatch.jobs import rejudge as job

        return job.rejudge(flow.warehouse(), flow.run_id())

    revisit() >> judge_again()


look_again()
