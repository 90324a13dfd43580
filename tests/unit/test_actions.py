"""What people decide by hand: what blocks an undo, what leaves a story together, and rulings that bind later verdicts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wirewatch.core import actions
from wirewatch.core.actions import Action, ActionRefused, Kind, Member
from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.judge import Candidate
from wirewatch.core.duplicates.rulings import judge_by_rulings
from wirewatch.core.model import Document, Rung

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def action(number: int, touches: str, *, undone: bool = False) -> Action:
    keys = frozenset(touches.split())
    return Action(number, Kind.MERGE_STORIES, "ann", NOON, min(keys), None, keys, undone=undone)


@pytest.mark.parametrize(
    ("others", "blocker"),
    [
        ([], None),
        ([action(4, "story:1 story:9")], None),
        ([action(6, "story:8 story:9")], None),
        ([action(6, "story:2 story:9", undone=True)], None),
        ([action(6, "story:2 story:9")], 6),
        ([action(6, "story:2 story:9"), action(7, "story:1")], 7),
    ],
    ids=["alone", "an earlier one", "of other things", "undone already", "a later one", "the latest first"],
)
def test_a_later_action_on_the_same_is_undone_first(others, blocker):
    mine = action(5, "story:1 story:2")
    found = actions.blocked_by(mine, [mine, *others])
    assert (found.id if found else None) == blocker
    if blocker:
        with pytest.raises(ActionRefused, match=f"Action {blocker} .*undo that first"):
            actions.check_undo(mine, others)
    else:
        actions.check_undo(mine, others)


def test_nothing_is_undone_twice():
    with pytest.raises(ActionRefused, match="already"):
        actions.check_undo(action(5, "story:1", undone=True), [])


def test_a_reason_is_one_line_and_asked_for_where_others_will_ask():
    assert actions.stated("  two\n quakes ") == "two quakes"
    assert actions.stated("") == ""
    with pytest.raises(ActionRefused, match="Say why you merge"):
        actions.stated(" \n", "merge these stories")


UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def stories(draw):
    """Members of a story: reports, copies of these, and copies of seeds; and some of them chosen."""
    reports = draw(st.integers(0, 6))
    members = [Member(number) for number in range(reports)]
    roots = [f"article:{number}" for number in range(reports)] + ["seed:1", "seed:2"]
    for number in range(reports, reports + draw(st.integers(0, 8))):
        members.append(Member(number, draw(st.sampled_from(roots))))
    chosen = draw(st.sets(st.sampled_from([member.id for member in members]))) if members else set()
    return members, chosen


@UNTIMED
@given(stories())
def test_what_leaves_a_story_takes_its_copies_along_and_leaves_whole_groups(drawn):
    members, chosen = drawn
    leaving = set(actions.whole_groups(members, chosen))
    assert chosen <= leaving
    groups_out = {member.group for member in members if member.id in leaving}
    groups_in = {member.group for member in members if member.id not in leaving}
    assert groups_out.isdisjoint(groups_in)
    assert all(any(member.group == group for member in members if member.id in chosen) for group in groups_out)


@pytest.mark.parametrize(
    ("chosen", "leaving"),
    [({3}, [1, 3]), ({2}, [2]), ({1, 3}, [1, 3]), (set(), "Choose"), ({1, 2}, "whole story"), ({9}, "article 9")],
)
def test_a_split_takes_some_and_leaves_some(chosen, leaving):
    members = [Member(1), Member(2), Member(3, "article:1")]
    if isinstance(leaving, str):
        with pytest.raises(ActionRefused, match=leaving):
            actions.to_split(members, chosen)
    else:
        assert actions.to_split(members, chosen) == leaving


@pytest.mark.parametrize(
    ("members", "counted"),
    [
        ([Member(1), Member(2, "article:1"), Member(3)], [1, 3]),
        ([Member(1, "seed:1"), Member(2, "seed:1"), Member(3), Member(4, "seed:2")], [1, 3, 4]),
        ([Member(5, "article:1"), Member(6, "article:1")], [5]),
        ([], []),
    ],
)
def test_a_storys_state_is_made_of_reports_and_the_first_copy_of_each_seed(members, counted):
    assert actions.that_count(members) == counted


WIRE = (
    "The harbour authority of Port Elm closed its northern basin on Monday after a crane fell into the water. "
    "Nobody was hurt, the authority said, but ships will have to wait until divers have inspected the quay. "
    "The crane had been inspected in March and was found to be sound, according to its operator Lowe and Sons. "
    "Some forty ships use the basin each week, most of them coasters that carry timber and grain."
)
REWORKED = WIRE.replace("on Monday", "this week").replace(
    "Nobody was hurt, the authority said, but", "The authority said that"
)


def known(key: str, text: str, root: str = "") -> Candidate:
    return Candidate(Features(Document(key, "Crane falls into basin", text)), 0.95, root)


def verdict(text: str, refused=(), apart=(), *, candidates=None):
    seen = candidates or [known("seed:1", WIRE), known("article:2", REWORKED)]
    return judge_by_rulings(Features(Document("article:3", "Crane falls", text)), seen, set(refused), list(apart))


def test_without_rulings_it_is_the_judges_verdict():
    assert verdict(REWORKED + " It was dark.").duplicate_of == "seed:1"


def test_what_it_was_said_not_to_copy_it_never_copies_nor_by_way_of_another():
    candidates = [known("seed:1", WIRE), known("article:4", WIRE, "seed:1")]
    assert verdict(WIRE, candidates=candidates).duplicate_of == "seed:1"
    assert verdict(WIRE, {"seed:1"}, candidates=candidates).duplicate_of is None


def test_a_copy_of_a_text_that_was_told_apart_from_a_seed_copies_that_text():
    found = verdict(REWORKED + " It was dark.", apart=[("article:2", "seed:1")])
    assert found.duplicate_of == "article:2"


def test_word_for_word_it_is_the_seed_all_the_same():
    found = verdict(WIRE, apart=[("article:2", "seed:1")])
    assert (found.duplicate_of, found.rung) == ("seed:1", Rung.EXACT)
