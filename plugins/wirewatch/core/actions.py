"""What people decide by hand: which kinds of action there are, what one touches, and when one can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from wirewatch.core.keys import is_seed

_LONGEST_REASON = 500


class ActionRefused(ValueError):
    """The action cannot be done, or undone, as things are; the message says why and what to do."""


class Kind(StrEnum):
    """What can be done by hand."""

    NOT_A_COPY = "not_a_copy"
    CONFIRM_COPY = "confirm_copy"
    A_COPY = "a_copy"
    CONFIRM_ORIGINAL = "confirm_original"
    MERGE_STORIES = "merge_stories"
    SPLIT_STORY = "split_story"
    ADD_FEED = "add_feed"
    PAUSE_FEED = "pause_feed"
    RESUME_FEED = "resume_feed"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and by what: the page or the command line."""

    name: str
    via: str = "page"


@dataclass(frozen=True, slots=True)
class Action:
    """An action as it is recorded. `subject`, `other` and `touches` are keys: "article:7", "story:3", "feed:2"."""

    id: int
    kind: Kind
    actor: str
    at: datetime
    subject: str
    other: str | None
    touches: frozenset[str]
    reason: str = ""
    effect: dict[str, Any] = field(default_factory=dict)
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a story; `copies` is the key of the original that it copies, or None."""

    id: int
    copies: str | None = None

    @property
    def group(self) -> str:
        """The key of the report that it is, or copies."""
        return self.copies or f"article:{self.id}"


def blocked_by(action: Action, others: Iterable[Action]) -> Action | None:
    """The latest action that must be undone before `action` can be: it came later, stands, and touches the same things."""
    later = [
        other
        for other in others
        if other.id > action.id and not other.undone and not action.touches.isdisjoint(other.touches)
    ]
    return max(later, key=lambda other: other.id, default=None)


def check_undo(action: Action, others: Iterable[Action]) -> None:
    """ActionRefused where the action was undone already, or a later one stands in its way."""
    if action.undone:
        raise ActionRefused(f"Action {action.id} was undone already.")
    later = blocked_by(action, others)
    if later is not None:
        what = later.kind.value.replace("_", " ")
        message = f"Action {later.id} ({what}, by {later.actor}) came later and changed the same: undo that first."
        raise ActionRefused(message)


def stated(reason: str, what: str = "") -> str:
    """The reason as it is kept: one line; where `what` names the action, ActionRefused for an empty one."""
    said = " ".join(reason.split())[:_LONGEST_REASON]
    if what and not said:
        raise ActionRefused(f"Say why you {what}: others will ask.")
    return said


def whole_groups(members: Sequence[Member], chosen: Iterable[int]) -> list[int]:
    """The chosen articles with all that belong to them: a report and its copies are never in two stories."""
    wanted = set(chosen)
    groups = {member.group for member in members if member.id in wanted}
    return [member.id for member in members if member.group in groups]


def that_count(members: Sequence[Member]) -> list[int]:
    """The articles of a story, in order of arrival, that its state is made of: reports, and the first copy of each seed.

    Other copies come in without a word of their own. Where nothing counts so, the first article does.
    """
    seen: set[str] = set()
    found = []
    for member in members:
        if member.copies is None or (is_seed(member.copies) and member.copies not in seen):
            found.append(member.id)
        seen.add(member.group)
    return found or [member.id for member in members[:1]]


def to_split(members: Sequence[Member], chosen: Iterable[int]) -> list[int]:
    """The articles that leave a story when `chosen` are taken out; ActionRefused where none or all would."""
    wanted = set(chosen)
    strangers = wanted - {member.id for member in members}
    if strangers:
        listed = ", ".join(str(number) for number in sorted(strangers))
        raise ActionRefused(f"Not in this story: article {listed}.")
    leaving = whole_groups(members, wanted)
    if not leaving:
        raise ActionRefused("Choose the articles that are about something else.")
    if len(leaving) == len(members):
        raise ActionRefused("That is the whole story: leave at least one report in it.")
    return leaving
