"""Undo an action, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable

from wirewatch.core.actions import Action, ActionRefused, Actor, Kind, check_undo, stated
from wirewatch.io import actions, postgres
from wirewatch.io.postgres import Connection
from wirewatch.jobs.desk import copies, feeds, quarantine, stories


def undo(dsn: str, action_id: int, who: Actor, reason: str = "") -> Action:
    """Undo an action, and write down who did; the action. ActionRefused says why it cannot be undone, and what to do."""
    with postgres.transaction(dsn) as db:
        action = actions.find(db, action_id)
        if action is None:
            raise ActionRefused(f"There is no action {action_id}.")
        check_undo(action, actions.touching(db, action.touches))
        _UNDO[action.kind](db, action)
        actions.mark_undone(db, action_id, who, stated(reason))
    return action


def _nothing(db: Connection, action: Action) -> None:
    """A confirmation changed nothing but its own record."""


_UNDO: dict[Kind, Callable[[Connection, Action], None]] = {
    Kind.NOT_A_COPY: copies.undo_not_a_copy,
    Kind.CONFIRM_COPY: _nothing,
    Kind.A_COPY: copies.undo_a_copy,
    Kind.CONFIRM_ORIGINAL: _nothing,
    Kind.MERGE_STORIES: stories.undo_merge,
    Kind.SPLIT_STORY: stories.undo_split,
    Kind.ADD_FEED: feeds.undo,
    Kind.PAUSE_FEED: feeds.undo,
    Kind.RESUME_FEED: feeds.undo,
    Kind.REPLAY: quarantine.undo,
}
