"""Load: each tagged entry becomes an article, or a copy, in one transaction with its ledger row."""

from __future__ import annotations

import psycopg2

from wirewatch.io import articles, feeds, ledger, makers, models, postgres
from wirewatch.io.log_context import about
from wirewatch.jobs.failures import give_back_or_quarantine
from wirewatch.settings import settings


def load(dsn: str, batch_id: int, run_id: str) -> dict[str, int]:
    """Move the batch's entries from tagged to done. Counts: loaded, duplicate, failed."""
    chosen = settings()
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, chosen.lease_minutes)
        ready = articles.ready(db, batch_id)
        entries = {entry["id"]: entry for entry in ledger.at_stage(db, batch_id, "tagged")}
        maker = makers.key(db, makers.present(models.serving(db).name)) if ready else 0
    counts = {"loaded": 0, "duplicate": 0, "failed": 0}
    for entry_id in ready:
        try:
            with about(entry=entry_id):
                outcome = _load_one(dsn, batch_id, entries[entry_id], maker, run_id)
        except psycopg2.Error as problem:
            give_back_or_quarantine(
                dsn,
                entries[entry_id],
                batch_id,
                run_id,
                stage="load",
                back_to="tagged",
                problem=problem,
                max_attempts=chosen.max_attempts,
            )
            outcome = "failed"
        counts[outcome] += 1
    return counts


def _load_one(dsn: str, batch_id: int, entry: dict[str, object], maker: int, run_id: str) -> str:
    entry_id, host = int(str(entry["id"])), str(entry["host"])
    with postgres.transaction(dsn) as db:
        source = feeds.name_source(db, host, feeds.title_for_host(db, entry_id) or host)
        verdict = articles.load(db, entry_id, source, maker, run_id)
        original = verdict.get("duplicate_of")
        if original:
            what = articles.name_of(db, str(original))
            reason = f"a copy of {what} ({verdict['rung']}, score {float(verdict['score']):.2f})"
            ledger.decide(db, entry_id, batch_id, "duplicate", reason)
            return "duplicate"
        ledger.decide(db, entry_id, batch_id, "loaded", "a new article")
        return "loaded"
