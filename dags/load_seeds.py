"""
### Load seeds
Loads the seed corpus (`seeds/articles`), the feeds (`seeds/feeds.opml`), the topics and the watchlists into the warehouse.
Every quarter of an hour, and at the start: what is there and unchanged is passed over, so editing a file in `seeds/` is all
that it takes. A run embeds seeds for five minutes at most, so that new articles do not wait for a large corpus; the next goes
on (`wirewatch seeds load` loads all at once, from the other end, so that the two share the work).

**When it fails:** the message names the file and what is wrong with it. Mend the file; all that could be read is loaded.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import CronTriggerTimetable, dag, task

from wirewatch import flow

_EMBEDDING = 300.0
"""Seconds of embedding in one run."""


@dag(
    schedule=CronTriggerTimetable("7,22,37,52 * * * *", timezone="UTC"),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    allowed_run_types=flow.NOW_ONLY,
    max_active_runs=1,
    default_args=flow.DEFAULTS,
    deadline=flow.deadline(minutes=30),
    doc_md=__doc__,
    tags=["wirewatch", "seeds"],
)
def load_seeds():
    @task(doc_md="Enters the feeds of feeds.opml. Feeds that a user added or paused are left alone.")
    def feeds() -> dict[str, int]:
        from wirewatch.jobs import reference

        return reference.load_feeds(flow.warehouse())

    @task(doc_md="Loads the IPTC Media Topics and the watchlists.")
    def topics_and_watchlists() -> dict[str, int]:
        from wirewatch.jobs import reference

        return reference.load_reference(flow.warehouse())

    @task(
        pool="embed",
        queue="embed",
        outlets=[flow.SEEDS],
        doc_md="Embeds and writes the seed articles that are new or changed.",
    )
    def articles() -> dict[str, int]:
        from wirewatch.jobs import seeds
        from wirewatch.settings import settings

        chosen = settings()
        counts = seeds.load_seeds(flow.warehouse(), chosen.seeds / "articles", seconds=_EMBEDDING, last_first=True)
        seeds.require_readable(flow.warehouse())
        return counts

    feeds()
    topics_and_watchlists()
    articles()


load_seeds()
