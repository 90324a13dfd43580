"""Looked up ahead or in its turn, a draft's verdict is the same: what came, changed or was being judged in between is not missed."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from morning import CRANE, CRANE_AGAIN, CRANE_OWN, OWLS, arrive, numbers
from wirewatch.core.duplicates.likeness import likeness
from wirewatch.core.model import Cleaned
from wirewatch.io import drafts, feeds, known, ledger, lookups, postgres, turns
from wirewatch.io.discovery import Discovery, discover
from wirewatch.jobs import deduplicate, embed, judging, load, lookup, seeds
from wirewatch.settings import settings

TITLE = "Crane falls into basin of Port Elm"


def embedded(dsn: str, title: str, text: str) -> tuple[int, int]:
    """An article that came in as far as embedded and looked up: entry and batch."""
    url = f"http://press.example/{next(numbers)}"
    with postgres.transaction(dsn) as db:
        feeds.add(db, "http://press.example/feed", "Press", "press.example")
        feed = postgres.one(db, "select id from ingest.feed where url = 'http://press.example/feed'")["id"]
        discover(db, {feed: [Discovery(url, url, "press.example", None, title, {"title": title})]})
        entry = postgres.one(db, "select id from ingest.entry where canonical_url = %s", (url,))["id"]
        batch = ledger.claim(db, "test/run", limit=1, buckets=1, lease_minutes=5, max_attempts=5).id
        drafts.save_cleaned(db, entry, None, url, Cleaned(title, text, language="en", method="test"))
        postgres.execute(db, "update ingest.entry set stage = 'cleaned' where id = %s", (entry,))
    assert embed.embed(dsn, batch, 0, for_topics=False)["looked_up"] == 1
    return entry, batch


def judged(dsn: str, entry: int, batch: int) -> dict:
    assert deduplicate.deduplicate(dsn, batch, "test/run")["failed"] == 0
    with postgres.transaction(dsn) as db:
        return drafts.of(db, [entry])[entry]["verdict"]


def loaded(dsn: str, entry: int, batch: int) -> None:
    with postgres.transaction(dsn) as db:
        drafts.save_tags(db, entry, [], "none", [])
        ledger.advance(db, [entry], batch, "judged", "tagged")
    assert load.load(dsn, batch, "test/run")["failed"] == 0


def forget(dsn: str, entry: int) -> None:
    with postgres.transaction(dsn) as db:
        postgres.execute(db, "update ingest.draft set lookup = null, looked_up_to = null where entry_id = %s", (entry,))


def in_its_turn(dsn: str, entry: int):
    """What is known near a draft, completed from what was looked up, and looked up all at once."""
    with postgres.transaction(dsn) as db:
        known.prepare_search(db)
        row = drafts.of(db, [entry])[entry]
        return lookup.complete(db, row), known.search(db, row, known.Span(settings().window_days))


def test_what_was_judged_and_loaded_in_between_is_found(warehouse):
    later = embedded(warehouse, "Crane falls, harbour master thanks divers", CRANE_AGAIN)
    first = embedded(warehouse, TITLE, CRANE)
    assert judged(warehouse, *first)["duplicate_of"] is None
    loaded(warehouse, *first)
    assert judged(warehouse, *later)["duplicate_of"] == f"article:{first[0]}"


def test_what_was_on_its_way_at_both_times_is_found(warehouse):
    (first,) = arrive(warehouse, (TITLE, CRANE), loaded=False)
    later = embedded(warehouse, "Crane falls, harbour master thanks divers", CRANE_AGAIN)
    complete, whole = in_its_turn(warehouse, later[0])
    assert f"article:{first}" in complete.nearest
    assert complete.keys == whole.keys
    assert judged(warehouse, *later)["duplicate_of"] == f"article:{first}"


def test_a_judgment_that_was_not_committed_yet_is_not_passed_by(warehouse):
    """The lookup begins while a judgment is being made: it cannot see it, and knows that it did not."""
    (first,) = arrive(warehouse, (TITLE, CRANE), loaded=False)
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "update ingest.entry set stage = 'embedded' where id = %s", (first,))
    with postgres.transaction(warehouse) as other:
        turns.take(other)
        drafts.save_verdict(other, first, {"verdict": {"duplicate_of": None, "evidence": {}}})
        postgres.execute(other, "update ingest.entry set stage = 'judged' where id = %s", (first,))
        later = embedded(warehouse, "Crane falls, harbour master thanks divers", CRANE_AGAIN)
        with postgres.transaction(warehouse) as db:
            assert lookups.of(drafts.of(db, [later[0]])[later[0]]).nearest == {}
    assert judged(warehouse, *later)["duplicate_of"] == f"article:{first}"


def test_moments_follow_each_other_where_the_clock_was_set_back(warehouse):
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "update ingest.judging set last_at = now() + interval '1 day'")
        assert turns.last_moment(db) < turns.moment(db) < turns.moment(db)
    later = embedded(warehouse, "Crane falls, harbour master thanks divers", CRANE_AGAIN)
    (first,) = arrive(warehouse, (TITLE, CRANE))
    assert judged(warehouse, *later)["duplicate_of"] == f"article:{first}"


def test_a_text_that_changed_in_between_is_compared_as_it_is(warehouse):
    (owls,) = arrive(warehouse, ("Barn owls are back", OWLS))
    later = embedded(warehouse, "Crane falls, harbour master thanks divers", CRANE_AGAIN)
    with postgres.transaction(warehouse) as db:
        postgres.execute(
            db, "update media.article set text = %s, title = %s, to_judge = true where id = %s", (CRANE, TITLE, owls)
        )
    verdict = judged(warehouse, *later)
    assert verdict["duplicate_of"] == f"article:{owls}", (
        "it copies nothing itself, so it is compared, by its words of now"
    )


def test_where_a_text_changed_that_was_near_all_is_looked_up_anew(warehouse):
    """It may have been one of the twenty that are looked at, in the place of the one that is nearer now."""
    first, owls = arrive(warehouse, (TITLE, CRANE), ("Barn owls are back", OWLS))
    later = embedded(warehouse, "Crane falls, harbour master thanks divers", CRANE_AGAIN)
    with postgres.transaction(warehouse) as db:
        row = drafts.of(db, [later[0]])[later[0]]
        short = replace(lookups.of(row), nearest={f"article:{owls}": 0.1}, worded={}, cosines={})
        assert lookups.save(db, *later, short, row["looked_up_to"])
        postgres.execute(db, "update media.article set to_judge = true where id = %s", (owls,))
    complete, whole = in_its_turn(warehouse, later[0])
    assert complete.keys == whole.keys
    assert f"article:{first}" in complete.nearest


def test_a_seed_that_came_in_between_is_found_and_one_that_went_is_not(warehouse, tmp_path):
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text(json.dumps({"id": "owls", "title": "Barn owls are back", "text": OWLS}))
    seeds.load_seeds(warehouse, tmp_path)
    later = embedded(warehouse, "Crane falls, harbour master thanks divers", CRANE_AGAIN)
    own = embedded(warehouse, "Barn owls are back", OWLS)
    corpus.write_text(json.dumps({"id": "crane", "title": TITLE, "text": CRANE}))
    assert seeds.load_seeds(warehouse, tmp_path)["retired"] == 1
    with postgres.transaction(warehouse) as db:
        crane = postgres.one(db, "select id from media.seed where name = 'corpus.jsonl#crane'")["id"]
    assert judged(warehouse, *later)["duplicate_of"] == f"seed:{crane}"
    assert judged(warehouse, *own)["duplicate_of"] is None


def test_what_was_measured_ahead_is_not_measured_again(warehouse, monkeypatch):
    arrive(warehouse, (TITLE, CRANE), ("Dockers had just left when the crane went over", CRANE_OWN), ("Owls", OWLS))
    later = embedded(warehouse, "Crane falls, harbour master thanks divers", CRANE_AGAIN)
    arrive(warehouse, ("Grain ships wait", "Forty ships with grain and timber wait before the harbour of Port Elm."))
    measured = []

    def counted(one, other, cosine):
        measured.append(other.document.title)
        return likeness(one, other, cosine)

    monkeypatch.setattr(judging, "likeness", counted)
    assert judged(warehouse, *later)["rung"] in ("near", "semantic")
    assert measured == ["Grain ships wait"]


def test_a_draft_that_cannot_be_looked_up_is_judged_all_the_same(warehouse, monkeypatch):
    (first,) = arrive(warehouse, (TITLE, CRANE))

    def broken(db, row):
        postgres.execute(db, "select 1 / 0")

    monkeypatch.setattr(lookup, "_measured", broken)
    later = embedded(warehouse, "Crane falls, harbour master thanks divers", CRANE_AGAIN)
    with postgres.transaction(warehouse) as db:
        assert drafts.of(db, [later[0]])[later[0]]["lookup"] is None
    assert judged(warehouse, *later)["duplicate_of"] == f"article:{first}"


def test_a_task_whose_entry_another_run_has_taken_keeps_nothing_with_it(warehouse, monkeypatch):
    """It stood still meanwhile; the other run may have cleaned the page anew, so that what was measured is of another text."""
    measure = lookup._measured

    def taken(db, row):
        with postgres.transaction(warehouse) as other:
            batch = postgres.one(
                other, "insert into ingest.batch (run_id, lease_until) values ('other', now()) returning id"
            )
            postgres.execute(
                other, "update ingest.entry set batch_id = %s where id = %s", (batch["id"], row["entry_id"])
            )
        return measure(db, row)

    monkeypatch.setattr(lookup, "_measured", taken)
    entry, _ = embedded(warehouse, TITLE, CRANE)
    with postgres.transaction(warehouse) as db:
        assert drafts.of(db, [entry])[entry]["looked_up_to"] is None


@pytest.mark.parametrize("seed", range(3))
def test_a_stream_has_the_same_verdicts_either_way(make_warehouse, seed):
    """The same texts in the same order: looked up in their turn, or ahead, some far ahead, and loaded late."""
    chance = random.Random(seed)
    sentences = [
        part.strip() + "." for text in (CRANE, CRANE_AGAIN, CRANE_OWN, OWLS) for part in text.split(".") if part.strip()
    ]
    texts = [" ".join(chance.sample(sentences, 5)) for _ in range(12)] + [CRANE, CRANE_AGAIN, CRANE_OWN, OWLS] * 2
    chance.shuffle(texts)

    def outcome(*, ahead: bool) -> list[object]:
        found, waiting, finished = [], [], []
        with make_warehouse() as dsn:
            for number, text in enumerate(texts):
                waiting.append(embedded(dsn, f"Report {number}", text))
                if not ahead:
                    forget(dsn, waiting[-1][0])
                if not ahead or chance.random() < 0.4 or number == len(texts) - 1:
                    for one in waiting:
                        verdict = judged(dsn, *one)
                        found.append(
                            (verdict["duplicate_of"], verdict["rung"], round(verdict["score"], 9), verdict["nearest"])
                        )
                        finished.append(one)
                    waiting = []
                    while finished and (not ahead or chance.random() < 0.6):
                        loaded(dsn, *finished.pop(0))
        return found

    assert outcome(ahead=True) == outcome(ahead=False)
