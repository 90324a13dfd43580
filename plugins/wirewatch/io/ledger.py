"""The ledger's table: entries claimed in batches, moved from stage to stage, decided (how they come in: io.discovery).

Every move is fenced by the batch: a task that lost its lease changes nothing, because its rows carry another batch by then.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wirewatch.io import postgres
from wirewatch.io.log_context import about
from wirewatch.io.postgres import Connection

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one run has claimed: the batch's key, its non-empty buckets, and how many entries."""

    id: int
    buckets: tuple[int, ...]
    entries: int


class LeaseLost(RuntimeError):
    """Another run has taken the batch over; this one must stop."""


def claim(db: Connection, run_id: str, *, limit: int, buckets: int, lease_minutes: float, max_attempts: int) -> Batch:
    """Claim up to `limit` due entries, whatever their stage, fairly over hosts; leftovers of dead runs first.

    Claims are made one after the other, and wait for rows that a run in its last throes still moves: passing over them
    would part a batch, and with it the order in which copies and stories are judged.
    """
    postgres.execute(db, "select pg_advisory_xact_lock(hashtext('wirewatch_claim'))")
    batch = postgres.one(
        db,
        "insert into ingest.batch (run_id, lease_until) values (%s, now() + %s * interval '1 minute') returning id",
        (run_id, lease_minutes),
    )
    assert batch is not None
    _give_up_on_killers(db, run_id, max_attempts)
    taken = postgres.rows(
        db,
        """
        with free as (
            select e.id, e.stage, row_number() over (partition by e.host order by e.next_try_at, e.id) as turn
            from ingest.entry e
            left join ingest.batch b on b.id = e.batch_id
            where e.disposition = 'pending' and e.next_try_at <= now()
                and (b.id is null or b.finished_at is not null or b.lease_until < now())
        ), chosen as (
            select id from free order by (stage = 'discovered'), turn, id limit %(limit)s
        ), held as (
            select e.id, e.batch_id from ingest.entry e join chosen using (id)
            where e.disposition = 'pending' order by e.id for update of e
        )
        update ingest.entry e
        set batch_id = %(batch)s, run_id = %(run)s,
            bucket = mod(abs(hashtext(e.host)::bigint), %(buckets)s),
            attempts = e.attempts + (held.batch_id is not null and e.stage <> 'discovered')::int,
            stage = case when e.stage = 'discovered' then 'claimed' else e.stage end,
            reason = 'on its way'
        from held where held.id = e.id
        returning e.bucket
        """,
        {"limit": limit, "batch": batch["id"], "run": run_id, "buckets": buckets},
    )
    return Batch(batch["id"], tuple(sorted({row["bucket"] for row in taken})), len(taken))


def _give_up_on_killers(db: Connection, run_id: str, max_attempts: int) -> None:
    stuck = postgres.rows(
        db,
        """
        select e.id, e.stage, e.batch_id from ingest.entry e join ingest.batch b on b.id = e.batch_id
        where e.disposition = 'pending' and e.attempts >= %s and e.stage <> 'discovered'
            and (b.finished_at is not null or b.lease_until < now())
        for update of e skip locked
        """,
        (max_attempts,),
    )
    for row in stuck:
        quarantine(db, row["id"], row["batch_id"], row["stage"], "every run that held it died", "", run_id)


def renew(db: Connection, batch_id: int, lease_minutes: float) -> None:
    """Hold the batch for longer; LeaseLost where another run has taken entries of it."""
    held = postgres.execute(
        db,
        "update ingest.batch set lease_until = now() + %s * interval '1 minute' where id = %s and finished_at is null",
        (lease_minutes, batch_id),
    )
    if not held:
        message = f"Batch {batch_id} was closed: another run finished its work. Nothing is lost."
        raise LeaseLost(message)


def at_stage(db: Connection, batch_id: int, stage: str, bucket: int | None = None) -> list[dict[str, Any]]:
    """The batch's entries at a stage (of one bucket, or all), oldest first."""
    return postgres.rows(
        db,
        """
        select id, url, canonical_url, host, hints, attempts, discovered_at from ingest.entry
        where batch_id = %s and stage = %s and (%s::int is null or bucket = %s) order by discovered_at, id
        """,
        (batch_id, stage, bucket, bucket),
    )


def advance(db: Connection, ids: Sequence[int], batch_id: int, before: str, after: str) -> None:
    """Move entries one stage on; LeaseLost (and so a rollback) where not all of them are the batch's any more."""
    moved = postgres.execute(
        db,
        "update ingest.entry set stage = %s where id = any(%s) and batch_id = %s and stage = %s",
        (after, list(ids), batch_id, before),
    )
    _fenced(moved, len(ids), batch_id)


def decide(db: Connection, entry_id: int, batch_id: int, disposition: str, reason: str) -> None:
    """Close an entry: loaded, duplicate or rejected. LeaseLost where it is not the batch's any more."""
    moved = postgres.execute(
        db,
        """
        update ingest.entry set stage = 'done', disposition = %s, reason = %s, decided_at = now()
        where id = %s and batch_id = %s and disposition = 'pending'
        """,
        (disposition, reason, entry_id, batch_id),
    )
    _fenced(moved, 1, batch_id)
    with about(entry=entry_id):
        log.info("entry %s is %s: %s", entry_id, disposition, reason)


def postpone(
    db: Connection,
    entry_id: int,
    batch_id: int,
    *,
    reason: str,
    seconds: float,
    failed: bool,
    stage: str = "discovered",
) -> None:
    """Give an entry back, to be tried again after `seconds`; `failed` counts the try."""
    moved = postgres.execute(
        db,
        """
        update ingest.entry set stage = %s, reason = %s, batch_id = null, bucket = null,
            attempts = attempts + %s, next_try_at = now() + %s * interval '1 second'
        where id = %s and batch_id = %s and disposition = 'pending'
        """,
        (stage, reason, int(failed), seconds, entry_id, batch_id),
    )
    _fenced(moved, 1, batch_id)
    with about(entry=entry_id):
        log.info("entry %s is put off for %.0f s: %s", entry_id, seconds, reason)


def note_failure(db: Connection, entry_id: int, run_id: str, stage: str, error: str) -> None:
    """Remember a failed try."""
    postgres.insert(
        db,
        "ingest.attempt",
        [{"entry_id": entry_id, "run_id": run_id, "stage": stage, "error": error[:2000]}],
    )


def quarantine(db: Connection, entry_id: int, batch_id: int, stage: str, error: str, detail: str, run_id: str) -> None:
    """Set an entry aside for a person, with what went wrong."""
    decide(db, entry_id, batch_id, "quarantined", error[:2000])
    postgres.insert(
        db,
        "ingest.quarantine",
        [
            {
                "entry_id": entry_id,
                "stage": stage,
                "error": error[:2000],
                "detail": detail[-8000:],
                "run_id": run_id,
            }
        ],
    )


def release(db: Connection, entry_id: int, who: str) -> bool:
    """Let a quarantined entry go again from the start; whether there was one."""
    freed = postgres.execute(
        db,
        "update ingest.quarantine set released_at = now(), released_by = %s where entry_id = %s and released_at is null",
        (who, entry_id),
    )
    if freed:
        postgres.execute(db, "delete from ingest.draft where entry_id = %s", (entry_id,))
        postgres.execute(
            db,
            """
            update ingest.entry set stage = 'discovered', disposition = 'pending', decided_at = null, attempts = 0,
                next_try_at = now(), batch_id = null, reason = 'released from quarantine'
            where id = %s and disposition = 'quarantined'
            """,
            (entry_id,),
        )
    return bool(freed)


def hold_again(db: Connection, entry_id: int) -> bool:
    """Put an entry back into quarantine that was let go and that no run has taken since; whether it was so."""
    held = postgres.execute(
        db,
        """
        update ingest.entry set stage = 'done', disposition = 'quarantined', decided_at = now(),
            reason = coalesce((select error from ingest.quarantine where entry_id = %(id)s order by id desc limit 1), 'held again')
        where id = %(id)s and disposition = 'pending' and stage = 'discovered' and batch_id is null
        """,
        {"id": entry_id},
    )
    if held:
        postgres.execute(
            db,
            """
            update ingest.quarantine set released_at = null, released_by = null
            where id = (select max(id) from ingest.quarantine where entry_id = %s)
            """,
            (entry_id,),
        )
    return bool(held)


def reasons(db: Connection, ids: Sequence[int]) -> dict[str, str]:
    """Why these entries became what they are, by key as JSON has it."""
    found = postgres.rows(db, "select id, reason from ingest.entry where id = any(%s)", (list(ids),))
    return {str(row["id"]): row["reason"] for row in found}


def decide_anew(db: Connection, entry_id: int, disposition: str, reason: str | None) -> None:
    """Change what an entry became, and why (None: the reason stays); it was decided already, and by whom now is in media.action."""
    postgres.execute(
        db,
        "update ingest.entry set disposition = %s, reason = coalesce(%s, reason) where id = %s and stage = 'done'",
        (disposition, reason, entry_id),
    )


def close(db: Connection, batch_id: int) -> None:
    """End a batch. What is still pending in it is free for the next run."""
    postgres.execute(db, "update ingest.batch set finished_at = now() where id = %s", (batch_id,))


def free_leases(db: Connection) -> int:
    """Free what runs held that cannot be alive any more (a machine's start). How many batches."""
    postgres.execute(db, "update ingest.feed set lease_until = null where lease_until is not null")
    return postgres.execute(
        db, "update ingest.batch set lease_until = now() where finished_at is null and lease_until > now()"
    )


def faults(db: Connection, batch_id: int | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """Rows of the ledger that do not add up: those of one batch, or all, which takes time with the ledger's length."""
    if batch_id is None:
        return postgres.rows(db, "select id, canonical_url, fault from ingest.ledger_fault limit %s", (limit,))
    ids = [row["id"] for row in postgres.rows(db, "select id from ingest.entry where batch_id = %s", (batch_id,))]
    return postgres.rows(
        db,
        "select id, canonical_url, fault from ingest.ledger_fault where id = any(%s::bigint[]) limit %s",
        (ids, limit),
    )


def funnel(db: Connection, batch_id: int | None = None) -> dict[str, int]:
    """How many entries there are by disposition (of one batch, or all), and discovered in total."""
    found = postgres.rows(
        db,
        "select disposition, count(*)::int as n from ingest.entry where %s::bigint is null or batch_id = %s group by 1",
        (batch_id, batch_id),
    )
    counts = dict.fromkeys(("loaded", "duplicate", "rejected", "quarantined", "pending"), 0)
    counts.update({row["disposition"]: row["n"] for row in found})
    return {"discovered": sum(counts.values()), **counts}


def _fenced(moved: int, expected: int, batch_id: int) -> None:
    if moved != expected:
        message = f"Batch {batch_id} lost {expected - moved} of its entries to another run, which goes on with them."
        raise LeaseLost(message)
