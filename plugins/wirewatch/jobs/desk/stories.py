"""Stories, by hand: two that are one merged, one that is two split. Ids hold: the merged one leads on to what it is part of."""

from __future__ import annotations

from collections.abc import Collection

from wirewatch.core import stories
from wirewatch.core.actions import (
    Action,
    ActionRefused,
    Actor,
    Kind,
    Member,
    stated,
    to_split,
    whole_groups,
)
from wirewatch.core.keys import is_seed, key_of, number_of
from wirewatch.io import actions, corrections, postgres, turns
from wirewatch.io import stories as table
from wirewatch.io.postgres import Connection
from wirewatch.jobs import placing


def merge(dsn: str, into: int, other: int, who: Actor, reason: str) -> int:
    """Make story `other` a part of story `into`, whose id stays; what comes later joins that. The action's key."""
    said = stated(reason, "merge these stories")
    with postgres.transaction(dsn) as db:
        turns.take(db)
        kept, gone = _standing(db, into), _standing(db, other)
        if kept == gone:
            raise ActionRefused(f"Stories {into} and {other} are one already.")
        moving = [member["id"] for member in table.members(db, gone)]
        action = actions.record(
            db,
            Kind.MERGE_STORIES,
            who,
            key_of("story", kept),
            other=key_of("story", gone),
            touches=[key_of("story", gone)],
            reason=said,
            effect={"articles": moving},
        )
        _unite(db, kept, gone, moving, action)
    return action


def split(dsn: str, story: int, chosen: Collection[int], who: Actor, reason: str) -> tuple[int, int]:
    """Take articles, each with its copies or its original, out of a story into a new one: (the action, the new story).

    ActionRefused where that is none of them, or all.
    """
    said = stated(reason, "split this story")
    with postgres.transaction(dsn) as db:
        turns.take(db)
        kept = _standing(db, story)
        leaving = to_split(_members(db, kept), chosen)
        model = table.model_of(db, kept)
        new = table.new_id(db)
        state = next(iter(table.states(db, [kept], model)))
        table.save(db, stories.renamed(state, new), model)
        action = actions.record(
            db,
            Kind.SPLIT_STORY,
            who,
            key_of("story", kept),
            other=key_of("story", new),
            touches=[key_of("story", new)],
            reason=said,
            effect={"articles": leaving},
        )
        _move(db, leaving, new, action)
        for number in (kept, new):
            placing.make_anew(db, number, model)
    return action, new


def undo_merge(db: Connection, action: Action) -> None:
    """The merged story stands for itself again, with the articles that it had; what came since stays in the other."""
    turns.take(db)
    kept, gone = number_of(action.subject), number_of(str(action.other))
    had = set(action.effect["articles"])
    members = _members(db, kept)
    groups = {f"article:{number}" for number in had} | {one.group for one in members if one.id in had and _of_seed(one)}
    back = [one.id for one in members if one.group in groups]
    if not back:
        raise ActionRefused("None of its articles is in that story any more: there is nothing to take apart.")
    table.lead_on(db, gone, None)
    _move(db, back, gone, action.id)
    for number in (gone, kept):
        placing.make_anew(db, number, table.model_of(db, number))


def undo_split(db: Connection, action: Action) -> None:
    """What was taken out goes back, with what has joined it since; the new story leads on to the old one."""
    turns.take(db)
    kept, new = number_of(action.subject), number_of(str(action.other))
    back = [member.id for member in _members(db, new)]
    _unite(db, kept, new, whole_groups(_members(db, new), back), action.id)


def _unite(db: Connection, kept: int, gone: int, moving: Collection[int], action: int) -> None:
    model = table.model_of(db, kept)
    states = {state.id: state for state in table.states(db, [kept, gone], model)}
    _move(db, moving, kept, action)
    table.lead_on(db, gone, kept)
    if gone in states and kept in states:
        table.save(db, stories.united(states[kept], states[gone]), model)
    else:
        placing.make_anew(db, kept, model)


def _move(db: Connection, ids: Collection[int], to: int, action: int) -> None:
    table.move(db, ids, to, {"action": action})
    corrections.note_judged(db, ids)


def _members(db: Connection, story: int) -> list[Member]:
    return [Member(row["id"], row["copies"]) for row in table.members(db, story)]


def _of_seed(member: Member) -> bool:
    return is_seed(member.group)


def _standing(db: Connection, story: int) -> int:
    found = table.standing(db, story)
    if found is None:
        raise ActionRefused(f"There is no story {story}.")
    return found
