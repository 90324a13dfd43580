"""
### Check coverage
Hourly: the gaps that polls noticed (`ingest.gap`) are filled. The feed's own older pages are asked first, where it is paged or
archived (RFC 5005; `next_url` of JSON Feed); where it is not, or they do not go back far enough, the news sitemap of the site is,
found through robots.txt or where sitemaps usually are. Then the sitemaps of all sources at work are read, so that `media.capture`
says by source and day what share of what a publisher lists was captured.

**When it fails:** a site that does not answer never fails this run: its gap says why, and is tried again. A failed task means
that Postgres was away or a bug: its log says which. Clear it at will; nothing is entered twice.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import CronTriggerTimetable, dag, task

from wirewatch import flow


@dag(
    schedule=CronTriggerTimetable("23 * * * *", timezone="UTC"),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    allowed_run_types=flow.NOW_ONLY,
    max_active_runs=1,
    default_args=flow.DEFAULTS,
    deadline=flow.deadline(minutes=45),
    doc_md=__doc__,
    tags=["wirewatch", "ingest"],
)
def check_coverage():
    @task(pool="feeds", doc_md="Fills open gaps from news sitemaps. Counts: gaps, repaired, listed, found, unrepaired.")
    def repair_gaps() -> dict[str, int]:
        from wirewatch.jobs import coverage

        return coverage.repair(flow.warehouse(), flow.run_id())

    @task(pool="feeds", doc_md="Reads the news sitemaps of the sources at work. Counts: hosts, read, without, listed.")
    def survey_sitemaps() -> dict[str, int]:
        from wirewatch.jobs import coverage

        return coverage.survey(flow.warehouse(), flow.run_id())

    @task(
        outlets=[flow.ENTRIES],
        doc_md="Updates the asset `entries` where entries wait in the ledger; skipped where none does.",
    )
    def announce() -> int:
        from wirewatch.jobs import batches

        return batches.due(flow.warehouse()) or flow.skip("nothing waits in the ledger")

    repaired = repair_gaps()
    repaired >> survey_sitemaps()
    repaired >> announce()


check_coverage()
