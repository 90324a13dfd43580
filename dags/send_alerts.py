"""
### Send alerts
After each run of `ingest_articles`, and every ten minutes: edited watchlists are applied to what is already in, it is looked for
what people should be told (`seeds/alerts.yaml`), that is recorded in `media.alert`, and what waits is sent. The daily digest is
written and sent here too, when its hour has come.

**When it fails:** the log of `find` names the line of `seeds/alerts.yaml` that is wrong. A channel that does not take a message
fails no task: the message is tried again later, and the page Watchlists shows why. No alert is lost, and none is sent twice.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from wirewatch import flow


@dag(
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("*/10 * * * *", timezone="UTC"), assets=[flow.ARTICLES]
    ),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=flow.DEFAULTS,
    deadline=flow.deadline(minutes=30),
    doc_md=__doc__,
    tags=["wirewatch", "alerts"],
)
def send_alerts():
    @task(doc_md="Matches the articles of the window with the watchlists that were edited since; counts, mostly zeros.")
    def apply_watchlists() -> dict[str, int]:
        from wirewatch.jobs import watchlists

        return watchlists.apply_edits(flow.warehouse())

    @task(
        doc_md="Records what is to be told: new alerts, more of known ones, the end of some; and the digest when it is due."
    )
    def find() -> dict[str, int]:
        from wirewatch.jobs import alerts, digest

        plan = alerts.plan()
        return alerts.decide(flow.warehouse(), plan) | digest.send_due(flow.warehouse(), plan)

    @task(doc_md="Sends what waits on each channel by Airflow's notifiers. What is not taken is tried again later.")
    def deliver() -> dict[str, int]:
        from wirewatch import channels
        from wirewatch.jobs import alerts
        from wirewatch.jobs.deliver import deliver as job

        return job(flow.warehouse(), alerts.plan(), channels.send)

    apply_watchlists() >> find() >> deliver()


send_alerts()
