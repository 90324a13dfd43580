"""The past judged again: nothing changes on the same terms; on others the difference is shown, and made when that is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from morning import CRANE, arrive, copied, four, sound, story_of
from wirewatch.cli import app
from wirewatch.core.actions import Actor
from wirewatch.io import postgres
from wirewatch.jobs import judge_again
from wirewatch.jobs.desk import copies
from wirewatch.settings import settings

CRANE_RETOLD = (
    "The harbour authority of Port Elm has closed its northern basin since Monday, when a crane fell into the water. "
    "Nobody was hurt, but ships must wait until divers have inspected the quay, the authority said. "
    "The crane had been inspected in March, according to its operator Lowe and Sons, and was found to be sound. "
    "Fishermen who sell their catch there every morning have moved to the old pier behind the lighthouse."
)
"""A copy with one sentence of its own: a stricter desk would not call it one."""


@pytest.fixture(scope="module")
def told(make_warehouse):
    with make_warehouse() as dsn:
        first, again, own, owls = four(dsn)
        (retold,) = arrive(dsn, ("A crane falls at Port Elm", CRANE_RETOLD))
        (by_way,) = arrive(dsn, ("Port Elm: a crane falls", CRANE_RETOLD + " More was not known."))
        assert copied(dsn, retold) == copied(dsn, by_way) == first
        yield dsn, (first, again, own, owls, retold, by_way)


@pytest.fixture
def past(make_warehouse, told):
    with make_warehouse(told[0]) as dsn:
        yield dsn, *told[1]


@pytest.fixture
def strict(monkeypatch):
    def turn(strictness: float) -> None:
        monkeypatch.setenv("WIREWATCH_COPY_STRICTNESS", str(strictness))
        settings.cache_clear()

    yield turn
    settings.cache_clear()


def ids(dsn: str) -> list[int]:
    now = datetime.now(UTC)
    return judge_again.waiting(dsn, now - timedelta(days=1), now)[0]


def kinds(outcome: judge_again.Outcome) -> dict[int, str]:
    return {change.article_id: change.kind for change in outcome.changes}


def test_on_the_same_terms_every_verdict_is_the_same(past):
    dsn, *articles = past
    assert ids(dsn) == articles
    found = judge_again.compare(dsn, ids(dsn))
    assert found.as_counts() == {"articles": 6, "copy": 0, "original": 0, "other": 0}


def test_a_stricter_desk_has_fewer_copies_and_what_was_a_copy_by_way_of_one_copies_that(past):
    dsn, first, _, _, _, retold, by_way = past
    found = judge_again.compare(dsn, ids(dsn), strictness=0.2)
    assert kinds(found) == {retold: "original", by_way: "other"}
    assert found.changes[0].score < found.changes[0].threshold
    assert found.changes[1].after == f"article:{retold}"
    assert copied(dsn, retold) == copied(dsn, by_way) == first


def test_what_was_shown_is_what_is_made(past, strict):
    dsn, *_, retold, by_way = past
    shown = judge_again.compare(dsn, ids(dsn), strictness=0.2)
    strict(0.2)
    done = judge_again.apply(dsn, ids(dsn), "test/again")
    assert done.changes == shown.changes
    assert (copied(dsn, retold), copied(dsn, by_way)) == (None, retold)
    assert story_of(dsn, retold) == story_of(dsn, by_way)
    sound(dsn)
    with postgres.transaction(dsn) as db:
        reason = postgres.one(db, "select reason from ingest.entry where id = %s", (retold,))["reason"]
        moments = postgres.rows(
            db, "select id, rejudged_at = judged_at as same from media.article where rejudged_at is not null"
        )
    assert reason == "a new article: since it was judged again, it copies nothing"
    assert {row["id"]: row["same"] for row in moments} == {retold: True, by_way: True}
    assert judge_again.compare(dsn, ids(dsn)).changes == []
    assert judge_again.apply(dsn, ids(dsn), "test/again").changes == []


def test_what_people_decided_stays(past, strict):
    dsn, first, again, _, _, retold, by_way = past
    copies.not_a_copy(dsn, again, Actor("ann"), "")
    copies.confirm(dsn, retold, Actor("ann"), "")
    strict(0.2)
    assert ids(dsn) == [first, again, *past[3:5], by_way]
    judge_again.apply(dsn, ids(dsn), "test/again")
    assert copied(dsn, again) is None
    assert copied(dsn, retold) == first
    sound(dsn)


def test_the_command_shows_the_difference_and_changes_nothing_by_itself(past, strict, monkeypatch):
    dsn, first, _, _, _, retold, _ = past
    monkeypatch.setenv("WIREWATCH_DSN", dsn)
    strict(0.0)
    run = CliRunner(env={"COLUMNS": "240"}).invoke
    said = run(app, ["copies", "judge-again", "--strictness", "0.2"])
    assert said.exit_code == 0, said.output
    assert "0 would be copies that are none, 1 no copies any more, 1 copies of something else." in said.output
    assert "A crane falls at Port Elm" in said.output
    assert "Nothing was changed." in said.output
    refused = run(app, ["copies", "judge-again", "--strictness", "0.2", "--apply"])
    assert refused.exit_code == 2
    assert "WIREWATCH_COPY_STRICTNESS" in refused.output
    assert copied(dsn, retold) == first
    strict(0.2)
    made = run(app, ["copies", "judge-again", "--apply"])
    assert "Applied: 2 verdicts are others by now." in made.output
    assert copied(dsn, retold) is None


def test_new_articles_are_judged_by_the_strictness_that_is_set(warehouse, strict):
    arrive(warehouse, ("Crane falls into basin of Port Elm", CRANE))
    strict(0.2)
    (late,) = arrive(warehouse, ("Crane in the basin", CRANE_RETOLD))
    assert copied(warehouse, late) is None
    strict(0.0)
    assert kinds(judge_again.compare(warehouse, ids(warehouse))) == {late: "copy"}
