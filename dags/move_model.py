"""
### Move to another embedding model
Where `WIREWATCH_MODEL` names another model than the one that serves, its vectors are made for all seeds and articles while the
old ones serve: two minutes at a time, so that new articles are not kept waiting, and again at once while some are left. When all
are there, `compare` judges the newest articles by the new model and logs which verdicts would be others, as
`wirewatch models compare` shows them. Then, in one transaction, the new model serves: what comes in is judged, placed in
stories and searched by it. The old vectors go `WIREWATCH_OLD_VECTOR_DAYS` later; until then a move back is quick. It looks
every hour, and whenever it is triggered.

**When it fails:** the message says what to do: a model without a scale is measured by `wirewatch models measure` first. What was
filled stays filled; clear the failed task, or let the next run go on.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from wirewatch import flow

_SLICE = 120.0
"""Seconds of embedding in one run."""
_COMPARED = 300
"""The newest articles, so many, are judged by the new model before it serves."""


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("33 * * * *", timezone="UTC"), assets=[flow.MODEL]),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    allowed_run_types=(*flow.NOW_ONLY, "asset_triggered"),
    max_active_runs=1,
    default_args=flow.DEFAULTS,
    deadline=flow.deadline(minutes=30),
    doc_md=__doc__,
    tags=["wirewatch", "models"],
)
def move_model():
    @task(doc_md="Counts what has no vector of the wanted model; skips the rest where all have and it serves.")
    def waiting() -> dict[str, int]:
        from wirewatch.jobs import move_model as job

        left = job.waiting(flow.warehouse())
        if not any(left.values()):
            flow.skip("the model that is wanted serves, and everything has its vectors")
        return left

    @task(pool="embed", queue="embed", doc_md="Makes vectors for two minutes. Counts: seeds, articles, left.")
    def fill() -> dict[str, int]:
        from wirewatch.jobs import move_model as job

        return job.fill(flow.warehouse(), _SLICE)

    @task(
        doc_md="Judges the newest 300 articles by the new model, before it serves: how many would be copies that are none, no copies "
        "any more, copies of something else. The titles are in the log; `wirewatch models compare` shows them too."
    )
    def compare(filled: dict[str, int]) -> dict[str, int]:
        from wirewatch.jobs import judge_again as job

        if filled["left"]:
            flow.skip(f"{filled['left']} have no vector yet")
        return job.compare_newest(flow.warehouse(), _COMPARED)

    @task(
        queue="embed",
        doc_md="Lets the new model serve, all at once; skipped with compare while vectors are left to be made.",
    )
    def switch() -> dict[str, int]:
        from wirewatch.jobs import move_model as job

        return job.switch(flow.warehouse(), flow.run_id())

    @task(
        outlets=[flow.MODEL],
        trigger_rule="none_failed",
        doc_md="Starts the next run at once where vectors are left to be made; skipped where none is.",
    )
    def again() -> dict[str, int]:
        from wirewatch.jobs import move_model as job

        left = job.waiting(flow.warehouse())
        if not any(left.values()):
            flow.skip("nothing is left")
        return left

    @task(trigger_rule="none_failed", doc_md="Takes away vectors of models that have not served for a while.")
    def drop_old() -> dict[str, int]:
        from wirewatch.jobs import move_model as job

        return job.drop_old(flow.warehouse())

    filled = fill()
    waiting() >> filled
    compare(filled) >> switch() >> [again(), drop_old()]


move_model()
