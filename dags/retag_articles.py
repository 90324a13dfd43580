"""
### Retag articles
By hand, after the topic head was trained again or `seeds/topics/own.yaml` changed: the present tagger looks at the articles
of a past window that it has not seen, writes its topics beside the old ones, and then all of them serve at once. Until then
readers see what they saw. `media.tagger_change` says what each topic gained and lost, and `media.daily_topic` marks the days
on which the tagger changed, so that a trend is not taken for news.

**When it fails:** clear the failed task. Articles that were tagged stay tagged, and the run goes on after them.
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
    deadline=flow.deadline(minutes=240),
    doc_md=__doc__,
    tags=["wirewatch", "topics"],
    params={
        "since": Param("2025-01-01T00:00:00+00:00", type="string", format="date-time", description="first seen from"),
        "until": Param("2100-01-01T00:00:00+00:00", type="string", format="date-time", description="first seen before"),
    },
)
def retag_articles():
    @task(
        doc_md="Counts the window's articles that the present tagger has not looked at; skips the rest where there is none."
    )
    def waiting() -> int:
        from wirewatch.jobs import retag as job

        return job.waiting(flow.warehouse(), *_window()) or flow.skip("the present tagger has seen them all")

    @task(pool="embed", doc_md="Tags them, beside what they have. Counts: articles, abstained, topics.")
    def tag() -> dict[str, int]:
        from wirewatch.jobs import retag as job

        return job.retag(flow.warehouse(), *_window(), flow.run_id())

    @task(doc_md="Lets the new topics serve, all at once. Counts: articles turned, topics gained and lost.")
    def switch() -> dict[str, int]:
        from wirewatch.jobs import retag as job

        return job.switch(flow.warehouse(), *_window())

    waiting() >> tag() >> switch()


def _window() -> tuple[datetime, datetime]:
    params = get_current_context()["params"]
    return datetime.fromisoformat(params["since"]), datetime.fromisoformat(params["until"])


retag_articles()
