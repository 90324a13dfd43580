"""Quarantine, by hand: an entry let go again, and held again while no run has taken it."""

from __future__ import annotations

from wirewatch.core.actions import Action, ActionRefused, Actor, Kind, stated
from wirewatch.core.keys import key_of, number_of
from wirewatch.io import actions, ledger, postgres
from wirewatch.io.postgres import Connection


def replay(dsn: str, entry_id: int, who: Actor, reason: str = "") -> int:
    """Let an entry go again from the start. The action's key; ActionRefused where it is not in quarantine."""
    with postgres.transaction(dsn) as db:
        if not ledger.release(db, entry_id, who.name):
            raise ActionRefused(f"Entry {entry_id} is not in quarantine any more: somebody was faster.")
        return actions.record(db, Kind.REPLAY, who, key_of("entry", entry_id), reason=stated(reason))


def undo(db: Connection, action: Action) -> None:
    """Hold the entry again. Once a run has taken it there is nothing to take back: it is fetched anew, and nothing is lost."""
    if not ledger.hold_again(db, number_of(action.subject)):
        raise ActionRefused("A run has taken it since: there is nothing to take back, and nothing was lost by it.")
