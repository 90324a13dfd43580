"""One entry's failure is its own: it is recorded, tried again later or set aside, and the rest of the batch goes on."""

from __future__ import annotations

import traceback

import psycopg2

from wirewatch.io import ledger, postgres

_AWAY = (postgres.WarehouseUnreachable, psycopg2.OperationalError, psycopg2.InterfaceError)
_FIRST_WAIT, _LONGEST_WAIT = 60.0, 6 * 3600.0


def backoff(attempts: int) -> float:
    """Seconds before the next try after `attempts` failures: a minute, doubling, at most six hours."""
    return float(min(_FIRST_WAIT * 2**attempts, _LONGEST_WAIT))


def sentence(problem: BaseException) -> str:
    """An exception in one line. Ours are sentences already; others get their type's name."""
    text = " ".join(str(problem).split())
    if text and type(problem).__module__.startswith("wirewatch."):
        return text
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__


def give_back_or_quarantine(
    dsn: str,
    entry: dict[str, object],
    batch_id: int,
    run_id: str,
    *,
    stage: str,
    back_to: str,
    problem: BaseException,
    max_attempts: int,
) -> str:
    """Record a failed try; "pending" where it is tried again from stage `back_to`, "quarantined" where it was the last.

    Where Postgres was away, that is no fault of the entry: the problem is raised again, and the task with it.
    """
    if isinstance(problem, _AWAY) and not isinstance(problem, psycopg2.errors.QueryCanceled):
        raise problem
    entry_id, attempts = int(str(entry["id"])), int(str(entry["attempts"])) + 1
    error = sentence(problem)
    with postgres.transaction(dsn) as db:
        ledger.note_failure(db, entry_id, run_id, stage, error)
        if attempts >= max_attempts:
            detail = "".join(traceback.format_exception(problem))
            ledger.quarantine(
                db, entry_id, batch_id, stage, f"{stage} failed {attempts} times: {error}", detail, run_id
            )
            return "quarantined"
        ledger.postpone(
            db,
            entry_id,
            batch_id,
            reason=f"{stage} failed ({error}); will be tried again",
            seconds=backoff(attempts),
            failed=True,
            stage=back_to,
        )
    return "pending"
