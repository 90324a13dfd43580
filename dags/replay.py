"""
### Replay
By hand, for any past window: the pages fetched in it are read from the archive, off the network, and cleaned again. Where the
result is not the article stored, `ingest.replay_difference` says in which field. With **again**, entries of the window that
were rejected when cleaned, or are in quarantine, are put back to be judged by the present code.

**When it fails:** the log names the archive file that cannot be read. Clear it at will; a replay changes no article.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import Param, dag, get_current_context, task

from wirewatch import flow


@dag(
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=flow.DEFAULTS,
    deadline=flow.deadline(minutes=120),
    doc_md=__doc__,
    tags=["wirewatch", "replay"],
    params={
        "since": Param("2025-01-01T00:00:00+00:00", type="string", format="date-time", description="fetched from"),
        "until": Param("2100-01-01T00:00:00+00:00", type="string", format="date-time", description="fetched before"),
        "again": Param(default=False, type="boolean", description="put rejected and quarantined entries back"),
    },
)
def replay():
    @task(doc_md="Cleans the window's pages again and writes down what differs. Counts: pages, equal, different.")
    def compare() -> dict[str, int]:
        from wirewatch.jobs import replay as job

        since, until, _ = _window()
        return job.compare(flow.warehouse(), since, until, flow.run_id())

    @task(doc_md="Puts rejected and quarantined entries of the window back to be cleaned, where asked for.")
    def put_back() -> int:
        from wirewatch.jobs import replay as job

        since, until, again = _window()
        return job.put_back(flow.warehouse(), since, until, flow.run_id()) if again else flow.skip("not asked for")

    @task(outlets=[flow.ENTRIES], doc_md="Starts an ingest run for what was put back.")
    def announce() -> int:
        from wirewatch.jobs import batches

        return batches.due(flow.warehouse()) or flow.skip("nothing waits in the ledger")

    compare() >> put_back() >> announce()


def _window() -> tuple[datetime, datetime, bool]:
    params = get_current_context()["params"]
    return (
        datetime.fromisoformat(params["since"]),
        datetime.fromisoformat(params["until"]),
        bool(params["again"]),
    )


replay()
