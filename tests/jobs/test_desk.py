"""What people decide by hand, on a real warehouse: recorded, respected by what comes later, and undone to the last column."""

from __future__ import annotations

import pytest

from morning import CRANE, CRANE_AGAIN, OWLS, arrive, bring_in, copied, finish, four, sound, story_of
from wirewatch.core.actions import ActionRefused, Actor
from wirewatch.io import feeds, ledger, postgres, verdicts
from wirewatch.io import stories as story_table
from wirewatch.io.discovery import Discovery, discover
from wirewatch.jobs.desk import copies, quarantine, stories
from wirewatch.jobs.desk import feeds as desk_feeds
from wirewatch.jobs.desk.undo import undo

ANN, BOB = Actor("ann"), Actor("bob", "command line")


def snapshot(dsn: str) -> dict[str, list]:
    """All that an action may change, without times."""
    tables = {
        "article": "select id, duplicate_of, duplicate_of_seed, story_id from media.article order by id",
        "duplicate": "select to_jsonb(d) from media.duplicate d order by article_id",
        "entry": "select id, disposition, reason from ingest.entry order by id",
        "story": "select id, title, articles, first_at, last_at from media.story s where merged_into is null "
        "and exists (select from media.article a where a.story_id = s.id) order by id",
        "story_article": "select article_id, story_id from media.story_article order by article_id",
    }
    with postgres.transaction(dsn) as db:
        return {name: postgres.rows(db, query) for name, query in tables.items()}


@pytest.fixture(scope="module")
def morning(make_warehouse):
    """A crane's fall, reported, copied, and reported by another; and owls: a warehouse to copy, and the four articles."""
    with make_warehouse() as dsn:
        yield dsn, four(dsn)


@pytest.fixture
def desk(make_warehouse, morning):
    """That morning, for one test to change: the warehouse and the four articles."""
    with make_warehouse(morning[0]) as dsn:
        yield dsn, *morning[1]


def test_a_verdict_taken_back_is_remembered_and_can_come_back(desk):
    dsn, first, again, _, _ = desk
    before = snapshot(dsn)
    action = copies.not_a_copy(dsn, again, ANN, "it has a voice of its own")
    sound(dsn)
    assert copied(dsn, again) is None
    with postgres.transaction(dsn) as db:
        entry = postgres.one(db, "select disposition, reason from ingest.entry where id = %s", (again,))
        assert entry == {"disposition": "loaded", "reason": "not a copy, said ann"}
        kinds = postgres.rows(db, "select kind from media.change where article_id = %s order by cursor", (again,))
        assert [row["kind"] for row in kinds] == ["new", "judged"]
        state = story_table.states(db, [story_of(dsn, again)], "all-MiniLM-L6-v2")
        assert state[0].count == 3
    with pytest.raises(ActionRefused, match="no verdict to take back"):
        copies.not_a_copy(dsn, again, BOB)
    undo(dsn, action, BOB, "it has not")
    sound(dsn)
    assert snapshot(dsn) == before
    with postgres.transaction(dsn) as db:
        row = postgres.one(db, "select * from media.action where id = %s", (action,))
    assert (row["actor"], row["via"], row["subject"], row["other"]) == (
        "ann",
        "page",
        f"article:{again}",
        f"article:{first}",
    )
    assert (row["undone_by"], row["undone_reason"], row["undone_at"] > row["acted_at"]) == ("bob", "it has not", True)
    with pytest.raises(ActionRefused, match="undone already"):
        undo(dsn, action, BOB)


def test_judged_again_the_pair_stays_apart_until_that_is_undone(desk):
    dsn, first, again, _, _ = desk
    action = copies.not_a_copy(dsn, again, ANN)
    judge_again(dsn, again, CRANE_AGAIN)
    assert copied(dsn, again) is None
    sound(dsn)
    (twin,) = arrive(dsn, ("Divers thanked", CRANE_AGAIN + " She spoke on the quay."))
    assert copied(dsn, twin) == again
    undo(dsn, action, ANN)
    sound(dsn)
    assert (copied(dsn, again), copied(dsn, twin)) == (first, first)
    judge_again(dsn, twin, CRANE_AGAIN + " She spoke on the quay.")
    assert copied(dsn, twin) == first


def judge_again(dsn: str, entry: int, text: str) -> None:
    """Forget an article and take it in once more, as a run from the start would."""
    with postgres.transaction(dsn) as db:
        url = postgres.one(db, "select canonical_url as url from ingest.entry where id = %s", (entry,))["url"]
        postgres.execute(db, "delete from media.article where id = %s", (entry,))
        postgres.execute(
            db,
            "update ingest.entry set stage = 'discovered', disposition = 'pending', decided_at = null, batch_id = null, "
            "next_try_at = now() where id = %s",
            (entry,),
        )
    bring_in(dsn, entry, url, "Crane falls again", text)


def test_what_copies_by_way_of_an_article_follows_it(desk):
    dsn, first, again, _, _ = desk
    (by_way,) = arrive(dsn, ("Thanks to the divers", CRANE_AGAIN))
    assert copied(dsn, by_way) == first
    before = snapshot(dsn)
    action = copies.not_a_copy(dsn, again, ANN)
    assert (copied(dsn, again), copied(dsn, by_way)) == (None, again)
    sound(dsn)
    undo(dsn, action, ANN)
    assert snapshot(dsn) == before
    sound(dsn)


def test_merged_stories_are_one_for_what_comes_later_and_the_old_number_leads_on(desk):
    dsn, first, _, _, owls = desk
    kept, gone = story_of(dsn, first), story_of(dsn, owls)
    before = snapshot(dsn)
    action = stories.merge(dsn, kept, gone, ANN, "the owls sit on the crane")
    sound(dsn)
    assert story_of(dsn, owls) == kept
    with postgres.transaction(dsn) as db:
        assert story_table.standing(db, gone) == kept
    (more,) = arrive(dsn, ("Owls return to the Wend", OWLS.replace("Eleven", "Some twelve") + " Schools are proud."))
    assert story_of(dsn, more) == kept
    with pytest.raises(ActionRefused, match="one already"):
        stories.merge(dsn, gone, kept, ANN, "once more")
    undo(dsn, action, BOB, "they do not")
    sound(dsn)
    assert story_of(dsn, owls) == gone
    assert story_of(dsn, first) == kept
    assert {row["id"]: row["title"] for row in snapshot(dsn)["story"]} == {
        row["id"]: row["title"] for row in before["story"]
    }


def test_articles_on_their_way_when_stories_are_merged_arrive_in_the_merged_one(desk):
    dsn, first, _, _, owls = desk
    text = (
        "Owl boxes for the Wend valley. Schools build boxes for barn owls; eleven pairs breed in the church towers now."
    )
    (on_its_way,) = arrive(dsn, ("Owl boxes", text), loaded=False)
    kept, gone = story_of(dsn, first), story_of(dsn, owls)
    with postgres.transaction(dsn) as db:
        postgres.execute(db, "update ingest.draft set story_id = %s where entry_id = %s", (gone, on_its_way))
    stories.merge(dsn, kept, gone, ANN, "one event")
    finish(dsn, on_its_way)
    assert story_of(dsn, on_its_way) == kept
    sound(dsn)


def test_a_split_story_stays_split_and_goes_back_together_by_undo(desk):
    dsn, first, again, own, _ = desk
    before = snapshot(dsn)
    action, new = stories.split(dsn, story_of(dsn, first), [again], ANN, "another crane")
    sound(dsn)
    assert story_of(dsn, again) == story_of(dsn, first) == new != story_of(dsn, own)
    (twin,) = arrive(dsn, ("Crane in basin", CRANE + " It was a clear day."))
    assert story_of(dsn, twin) == new
    undo(dsn, action, BOB)
    sound(dsn)
    assert {story_of(dsn, one) for one in (first, again, own, twin)} == {before["article"][0]["story_id"]}
    with postgres.transaction(dsn) as db:
        assert story_table.standing(db, new) == story_of(dsn, own)


def test_actions_on_the_same_stories_are_undone_in_order_and_need_a_reason(desk):
    dsn, first, again, own, owls = desk
    one = stories.merge(dsn, story_of(dsn, owls), story_of(dsn, first), ANN, "one event")
    two, _ = stories.split(dsn, story_of(dsn, owls), [own], ANN, "not that one")
    with pytest.raises(ActionRefused, match=f"Action {two} .* undo that first"):
        undo(dsn, one, ANN)
    apart = copies.not_a_copy(dsn, again, ANN)
    undo(dsn, two, ANN)
    undo(dsn, one, ANN)
    undo(dsn, apart, ANN)
    sound(dsn)
    assert copied(dsn, again) == first
    with pytest.raises(ActionRefused, match="Say why"):
        stories.merge(dsn, story_of(dsn, owls), story_of(dsn, first), ANN, " ")
    with pytest.raises(ActionRefused, match="no story 999"):
        stories.merge(dsn, 999, story_of(dsn, first), ANN, "why not")


def test_a_verdict_is_confirmed_once(desk):
    dsn, _, again, own, _ = desk
    action = copies.confirm(dsn, again, ANN)
    with pytest.raises(ActionRefused, match="already"):
        copies.confirm(dsn, again, BOB)
    undo(dsn, action, ANN)
    assert copies.confirm(dsn, again, BOB) > action
    with pytest.raises(ActionRefused, match="nothing to confirm"):
        copies.confirm(dsn, own, ANN)


def test_feeds_are_added_paused_and_that_undone(warehouse, monkeypatch):
    def polled(feed: int) -> bool:
        with postgres.transaction(warehouse) as db:
            return postgres.one(db, "select active from ingest.feed where id = %s", (feed,))["active"]

    feed, _, new = desk_feeds.add(warehouse, "http://127.0.0.1:1/feed.xml", ANN, title="The Gull")
    assert new
    with pytest.raises(ActionRefused, match="polled already"):
        desk_feeds.add(warehouse, "http://127.0.0.1:1/feed.xml", ANN)
    action = desk_feeds.pause(warehouse, feed, ANN, "too loud")
    assert not polled(feed)
    undo(warehouse, action, BOB)
    assert polled(feed)
    with postgres.transaction(warehouse) as db:
        added = postgres.one(db, "select id from media.action where kind = 'add_feed'")["id"]
    undo(warehouse, added, BOB)
    assert not polled(feed)
    again, _, new = desk_feeds.add(warehouse, "http://127.0.0.1:1/feed.xml", ANN)
    assert (again, new) == (feed, False)
    assert polled(feed)


@pytest.mark.parametrize(
    "url", ["http://10.1.2.3/feed", "http://169.254.169.254/latest", "http://[::1]:8/feed", "http://0x7f.1/x"]
)
def test_a_feed_on_an_address_that_is_not_connected_to_is_refused(warehouse, monkeypatch, url):
    from wirewatch.settings import settings

    monkeypatch.setenv("WIREWATCH_ALLOW_PRIVATE", "")
    settings.cache_clear()
    with pytest.raises(ValueError, match=r"not connected to|not an address|no address"):
        desk_feeds.add(warehouse, url, ANN)
    monkeypatch.undo()
    settings.cache_clear()
    with postgres.transaction(warehouse) as db:
        assert postgres.rows(db, "select * from ingest.feed") == []
        assert postgres.rows(db, "select * from media.action") == []


def test_an_entry_let_go_can_be_held_again_until_a_run_takes_it(warehouse):
    with postgres.transaction(warehouse) as db:
        feeds.add(db, "http://press.example/feed", "Press", "press.example")
        url = "http://press.example/bad"
        discover(db, {1: [Discovery(url, url, "press.example", None, "Bad", {})]})
        batch = ledger.claim(db, "test/run", limit=1, buckets=1, lease_minutes=5, max_attempts=5)
        entry = postgres.one(db, "select id from ingest.entry")["id"]
        ledger.quarantine(db, entry, batch.id, "fetch", "it failed", "", "test/run")
        ledger.close(db, batch.id)
    action = quarantine.replay(warehouse, entry, ANN)
    with pytest.raises(ActionRefused, match="somebody was faster"):
        quarantine.replay(warehouse, entry, BOB)
    undo(warehouse, action, ANN)
    sound(warehouse)
    again = quarantine.replay(warehouse, entry, ANN)
    with postgres.transaction(warehouse) as db:
        ledger.claim(db, "test/run2", limit=1, buckets=1, lease_minutes=5, max_attempts=5)
    with pytest.raises(ActionRefused, match="nothing was lost"):
        undo(warehouse, again, ANN)


def test_from_the_command_line(desk, monkeypatch):
    from typer.testing import CliRunner

    from wirewatch.cli import app
    from wirewatch.settings import settings

    dsn, first, again, own, _ = desk
    monkeypatch.setenv("WIREWATCH_DSN", dsn)
    settings.cache_clear()

    def wirewatch(*words: object) -> str:
        done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "240"})
        assert done.exit_code == 0, done.output
        return done.output

    with postgres.transaction(dsn) as db:
        url = postgres.one(db, "select url from media.article where id = %s", (again,))["url"]
        postgres.execute(db, "update media.duplicate set margin = 0.01")
    assert "Crane falls" in wirewatch("copies", "review")
    wirewatch("copies", "confirm", again)
    assert "Nothing waits" in wirewatch("copies", "review")
    assert "actions undo 2" in wirewatch("copies", "undo", url, "--reason", "its own")
    assert copied(dsn, again) is None
    assert "They are story" in wirewatch("stories", "split", story_of(dsn, own), own, "--reason", "another")
    assert "one story" in wirewatch(
        "stories", "merge", story_of(dsn, first), story_of(dsn, own), "--reason", "no, the same"
    )
    wirewatch("feeds", "add", "http://127.0.0.1:1/rss")
    wirewatch("feeds", "remove", "http://127.0.0.1:1/rss")
    for action in (6, 5, 4, 3, 2, 1):
        assert "Undone" in wirewatch("actions", "undo", action)
    wirewatch("copies", "declare", own, "--of", first, "--reason", "word for word")
    assert copied(dsn, own) == first
    assert wirewatch("actions", "list").count("by ") >= 6
    assert copied(dsn, again) == first
    refused = CliRunner().invoke(app, ["copies", "undo", "http://nowhere.example/"])
    assert refused.exit_code == 1
    sound(dsn)
    settings.cache_clear()


HARBOUR = (
    "The harbour authority of Port Elm closed its northern basin on Monday after a crane fell into the water. "
    "Nobody was hurt, the authority said, but ships will have to wait until divers have inspected the quay. "
    "Dockers told this paper that they had warned of the rusty jib for years, and that nobody had listened to them. "
    "Their union wants a public inquiry; the operator of the crane did not answer our questions by the evening. "
    "Across the bay, Port Ash will take the timber ships for now, its mayor said, and is glad of the business."
)


def test_what_is_nearly_a_copy_is_for_review_and_can_be_said_to_be_one(desk):
    dsn, first, again, own, _ = desk
    near, twin = arrive(dsn, ("Basin shut after crane falls", HARBOUR), ("Basin is shut", HARBOUR + " More tomorrow."))
    assert (copied(dsn, near), copied(dsn, twin)) == (None, near)
    with postgres.transaction(dsn) as db:
        postgres.execute(
            db,
            "insert into media.near_copy (article_id, of_article_id, score, threshold, margin, model, run_id) "
            "values (%s, %s, 0.5, 0.55, -0.05, 'm', 'r') on conflict do nothing",
            (near, again),
        )
        assert [row["id"] for row in verdicts.near_copies(db)] == [near]
    before = snapshot(dsn)
    confirmed = copies.confirm_original(dsn, near, ANN)
    with postgres.transaction(dsn) as db:
        assert verdicts.near_copies(db) == []
    undo(dsn, confirmed, ANN)
    action = copies.a_copy(dsn, near, ANN, reason="it is")
    sound(dsn)
    assert (copied(dsn, near), copied(dsn, twin)) == (first, first)
    with pytest.raises(ActionRefused, match="already"):
        copies.a_copy(dsn, near, BOB, f"article:{own}")
    judge_again(dsn, near, HARBOUR)
    assert copied(dsn, near) == first
    sound(dsn)
    undo(dsn, action, BOB)
    sound(dsn)
    after = snapshot(dsn)
    assert after["article"] == before["article"]
    assert after["duplicate"] == before["duplicate"]
    assert {row["id"]: row["disposition"] for row in after["entry"]} == {
        row["id"]: row["disposition"] for row in before["entry"]
    }


def test_a_verdict_that_was_close_is_kept_when_the_article_is_loaded(desk):
    dsn, first, _, _, _ = desk
    (near,) = arrive(dsn, ("Basin shut after crane falls", HARBOUR), loaded=False)
    with postgres.transaction(dsn) as db:
        postgres.execute(
            db,
            "update ingest.draft set verdict = verdict || jsonb_build_object('nearest', %s::text, 'margin', -0.03, "
            "'evidence', jsonb_build_object('band', 'review')) where entry_id = %s",
            (f"article:{first}", near),
        )
    finish(dsn, near)
    with postgres.transaction(dsn) as db:
        found = verdicts.near_copies(db)
    assert [(row["id"], row["of_article_id"], round(row["margin"], 2)) for row in found] == [(near, first, -0.03)]
