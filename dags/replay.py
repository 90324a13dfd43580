"""
### Replay
Takes a past window through the flow again, from the archive and off the network: pages are cleaned, embedded, tagged, and judged
by what was known when they were judged. `ingest.replay_summary` says "0 of N rows differ", or in which fields how many do and why
(code, model, library, watchlists …); `ingest.replay_difference` has each field with both values; the digests of two replays of
one window are equal where nothing differs. With **again**, entries of the window that were rejected when cleaned, or are in
quarantine, are put back to be judged by the present code.

The window is the run's data interval: `wirewatch airflow backfill create --dag-id replay --from-date … --to-date … --reprocess-behavior
completed` replays past days, a run each, whole. The nightly run looks at a sample of the day before. By hand, **since** and **until** name
any window.

**When it fails:** the log says what was away. A page that the archive does not give back is counted (`unreadable`) and fails
nothing. Clear it at will; a replay changes no article.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import CronDataIntervalTimetable, Param, dag, get_current_context, task

from wirewatch import flow

SAMPLE = 200


@dag(
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=flow.DEFAULTS,
    deadline=flow.deadline(minutes=120),
    doc_md=__doc__,
    tags=["wirewatch", "replay"],
    params={
        "since": Param(
            None, type=["null", "string"], format="date-time", description="fetched from; empty: the interval's"
        ),
        "until": Param(None, type=["null", "string"], format="date-time", description="fetched before; likewise"),
        "again": Param(default=False, type="boolean", description="put rejected and quarantined entries back"),
    },
)
def replay():
    @task(
        doc_md="Rebuilds the window's rows and writes down what differs. Counts pages, equal, different; digests; a sentence."
    )
    def compare() -> dict[str, Any]:
        from wirewatch.jobs import replay as job

        since, until = _window()
        most = SAMPLE if get_current_context()["dag_run"].run_type == "scheduled" else None
        return job.compare(flow.warehouse(), since, until, flow.run_id(), most)

    @task(doc_md="Puts rejected and quarantined entries of the window back to be cleaned, where asked for.")
    def put_back() -> int:
        from wirewatch.jobs import replay as job

        if not get_current_context()["params"]["again"]:
            flow.skip("not asked for")
        return job.put_back(flow.warehouse(), *_window(), flow.run_id())

    @task(outlets=[flow.ENTRIES], doc_md="Starts an ingest run for what was put back.")
    def announce() -> int:
        from wirewatch.jobs import batches

        return batches.due(flow.warehouse()) or flow.skip("nothing waits in the ledger")

    compare() >> put_back() >> announce()


def _window() -> tuple[datetime, datetime]:
    """What the parameters name, or else the run's data interval."""
    context = get_current_context()
    since, until = context["params"]["since"], context["params"]["until"]
    return (
        datetime.fromisoformat(since) if since else context["data_interval_start"],
        datetime.fromisoformat(until) if until else context["data_interval_end"],
    )


replay()
