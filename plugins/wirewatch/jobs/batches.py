"""Claim a batch, and close it: the first and the last task of a run."""

from __future__ import annotations

from wirewatch.io import ledger, postgres
from wirewatch.settings import settings


class LedgerFault(RuntimeError):
    """The ledger does not add up."""


def claim(dsn: str, run_id: str, limit: int | None = None) -> list[dict[str, int]]:
    """Claim what is due. One item a bucket, {"batch": key, "bucket": number}; none where nothing is due."""
    chosen = settings()
    with postgres.transaction(dsn) as db:
        batch = ledger.claim(
            db,
            run_id,
            limit=limit or chosen.batch_size,
            buckets=chosen.buckets,
            lease_minutes=chosen.lease_minutes,
            max_attempts=chosen.max_attempts,
        )
        if not batch.entries:
            ledger.close(db, batch.id)
    return [{"batch": batch.id, "bucket": bucket} for bucket in batch.buckets]


def reconcile(dsn: str, batch_id: int) -> dict[str, int]:
    """Close the batch and check its rows of the ledger. Counts of the batch by disposition.

    LedgerFault names the rows that do not add up, and fails the run.
    """
    with postgres.transaction(dsn) as db:
        ledger.close(db, batch_id)
        counts = ledger.funnel(db, batch_id)
    with postgres.transaction(dsn) as db:
        check(db, batch_id)
    return counts


def check(db: postgres.Connection, batch_id: int | None = None) -> None:
    """LedgerFault, naming the rows, where the ledger (of one batch, or all of it) does not add up."""
    faults = ledger.faults(db, batch_id)
    if faults:
        rows = "; ".join(f"{row['canonical_url']} (entry {row['id']}): {row['fault']}" for row in faults)
        message = f"The ledger does not add up in {len(faults)} rows or more: {rows}"
        raise LedgerFault(message)


def due(dsn: str) -> int:
    """How many entries wait to be claimed now."""
    with postgres.transaction(dsn) as db:
        row = postgres.one(
            db,
            """
            select count(*)::int as n from ingest.entry e left join ingest.batch b on b.id = e.batch_id
            where e.disposition = 'pending' and e.next_try_at <= now()
                and (b.id is null or b.finished_at is not null or b.lease_until < now())
            """,
        )
    return int(row["n"]) if row else 0
