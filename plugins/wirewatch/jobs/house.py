"""Keep house: retention, the state of the sources, the ledger as a whole, alarms."""

from __future__ import annotations

import logging

from wirewatch.io import ledger, postgres, requests
from wirewatch.jobs import retention as by_month
from wirewatch.jobs.batches import check
from wirewatch.settings import settings

log = logging.getLogger(__name__)

_AGED = {
    "polls": "delete from ingest.poll where polled_at < now() - %s * interval '1 day'",
    "attempts": "delete from ingest.attempt where tried_at < now() - %s * interval '1 day'",
    "alarms": "delete from ingest.alarm where raised_at < now() - %s * interval '1 day'",
    "replays": "delete from ingest.replay_difference where found_at < now() - %s * interval '1 day'",
    "holds": "delete from ingest.hold where held_at < now() - %s * interval '1 day'",
    "alerts": """
        delete from media.alert a where a.state = 'over' and a.last_seen_at < now() - %s * interval '1 day'
            and not exists (select from media.delivery d where d.alert_id = a.id and d.state in ('waiting', 'taken', 'sending'))
    """,
    "digests": """
        delete from media.digest g where g.made_at < now() - %s * interval '1 day'
            and not exists (select from media.delivery d where d.digest_day = g.day and d.state in ('waiting', 'taken', 'sending'))
    """,
    "batches": """
        delete from ingest.batch b where b.finished_at < now() - %s * interval '1 day'
            and not exists (select from ingest.entry e where e.batch_id = b.id)
    """,
}


def retention(dsn: str, run_id: str = "") -> dict[str, int]:
    """Drop what is older than the settings allow; how many rows of each kind. Ledger and articles are never dropped.

    With WIREWATCH_RETENTION_MONTHS, texts, vectors, pages and polls go by whole months (see jobs.retention).
    """
    days = settings().retention_days
    with postgres.transaction(dsn) as db:
        postgres.execute(
            db,
            """
            update ingest.entry e set batch_id = null from ingest.batch b
            where b.id = e.batch_id and e.disposition <> 'pending' and b.finished_at < now() - %s * interval '1 day'
            """,
            (days,),
        )
        dropped = {kind: postgres.execute(db, statement, (days,)) for kind, statement in _AGED.items()}
        dropped["requests"] = requests.roll_up(db, settings().request_days)
    by_months = by_month.apply(dsn, run_id) if settings().retention_months else {}
    return {**dropped, **{f"months_{kind}": rows for kind, rows in by_months.items()}}


def source_health(dsn: str) -> dict[str, int]:
    """Feeds by state; those that fail or went quiet are named in the log."""
    with postgres.transaction(dsn) as db:
        feeds = postgres.rows(db, "select title, url, state, what from ingest.source_health order by state, title")
    counts: dict[str, int] = {}
    for feed in feeds:
        counts[feed["state"]] = counts.get(feed["state"], 0) + 1
        if feed["state"] in ("failing", "blocked", "quiet", "gone", "held"):
            log.warning("%s (%s) is %s: %s", feed["title"], feed["url"], feed["state"], feed["what"])
    return counts


def extraction_drift(dsn: str) -> dict[str, int]:
    """Hosts by what cleaning makes of their pages now against before; those that changed are named in the log."""
    with postgres.transaction(dsn) as db:
        hosts = postgres.rows(db, "select * from ingest.extraction_drift order by state, host")
    counts: dict[str, int] = {}
    for host in hosts:
        counts[host["state"]] = counts.get(host["state"], 0) + 1
        if host["state"] not in ("steady", "too few"):
            log.warning(
                "%s: %s. Median words %s (before: %s), rejected %s (%s), text found by %s (%s).",
                host["host"], host["state"], host["median_words"], host["median_words_before"],
                host["rejected"], host["rejected_before"], host["method"], host["method_before"],
            )  # fmt: skip
    return counts


def check_ledger(dsn: str) -> dict[str, int]:
    """The whole ledger by disposition; LedgerFault where it does not add up."""
    with postgres.transaction(dsn) as db:
        check(db)
        return ledger.funnel(db)


def raise_alarm(dsn: str, dag_id: str, run_id: str, message: str) -> None:
    """Write down that a run is late."""
    with postgres.transaction(dsn) as db:
        postgres.insert(db, "ingest.alarm", [{"dag_id": dag_id, "run_id": run_id, "message": message}])
