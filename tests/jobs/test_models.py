"""The move to another embedding model, with two real models on a real Postgres: filled beside the old one, killed, switched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

import other_model
from newsroom.server import press
from wirewatch.io import drafts, embedding, models, postgres
from wirewatch.jobs import ingest, measure_model, move_model, reference, search, seeds
from wirewatch.settings import ROOT, settings

OLD = embedding.DEFAULT_MODEL
_LEFT = "select (select count(*) from media.embedding where model = %s)::int as n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return other_model.save(tmp_path_factory.mktemp("models") / "squeezed")


@pytest.fixture(scope="module")
def desk(make_warehouse, tmp_path_factory):
    """A warehouse that took in some of the press under the model that is shipped; three papers wait."""
    with make_warehouse() as dsn, press() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("WIREWATCH_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("WIREWATCH_OLD_VECTOR_DAYS", "0")
        settings.cache_clear()
        seeds.load_seeds(dsn, settings().seeds / "articles")
        reference.load_reference(dsn)
        reference.enter_opml(dsn, urlopen(running.opml_url).read(), origin="demo")
        with postgres.transaction(dsn) as db:
            postgres.execute(
                db,
                "update ingest.feed set active = title not in ('Meridian Wire', 'Nordlicht Zeitung', 'El Faro de Levante')",
            )
        ingest.ingest(dsn)
        yield dsn
    settings.cache_clear()


@pytest.fixture
def other(folder, monkeypatch):
    """WIREWATCH_MODEL names the other model; its key."""
    monkeypatch.setenv("WIREWATCH_MODEL", str(folder))
    settings.cache_clear()
    yield f"squeezed@{embedding.revision(str(folder))}"
    settings.cache_clear()


def rows(dsn, query, *values):
    with postgres.transaction(dsn) as db:
        return postgres.rows(db, query, values)


def vectors_of(dsn, model):
    return rows(dsn, _LEFT, model)[0]["n"]


def verdicts(dsn):
    return rows(
        dsn, "select article_id, of_article_id, of_seed_id, rung, score from media.duplicate order by article_id"
    )


def placed(dsn):
    return rows(dsn, "select id, story_id from media.article order by id")


def test_a_warehouse_begins_with_the_model_that_is_shipped(desk):
    assert rows(desk, "select key, state, revision from media.model") == [
        {"key": OLD, "state": "serving", "revision": embedding.revision()}
    ]
    assert rows(desk, "select * from media.embedding where model <> %s", OLD) == []


def test_a_model_of_which_no_scale_is_known_is_refused_with_the_command_that_measures_it(desk, other):
    with pytest.raises(models.ModelNotMeasured, match="wirewatch models measure"):
        move_model.fill(desk)
    with postgres.transaction(desk) as db:
        assert models.serving(db).key == OLD


def test_a_model_that_is_not_here_is_said_to_be_not_here(desk, monkeypatch):
    monkeypatch.setenv("WIREWATCH_MODEL", "no-such-model")
    settings.cache_clear()
    with pytest.raises(embedding.ModelNotFound, match="no-such-model is not on this machine"):
        move_model.waiting(desk)
    settings.cache_clear()


def test_its_scale_is_measured_and_kept_for_other_warehouses_too(desk, other, tmp_path, make_warehouse):
    found = measure_model.measure_model(desk, other_model.texts(tmp_path / "texts.jsonl"))
    assert (found.key, found.dimensions) == (other, other_model.DIMENSIONS)
    assert found.scale.own(0.5) > 0.65
    with make_warehouse() as new, postgres.transaction(new) as db:
        assert models.begin(db).key == other


def test_while_it_is_filled_the_old_one_serves_and_a_killed_run_is_gone_on_with(desk, other):
    before, stories = verdicts(desk), placed(desk)
    code = "from wirewatch.jobs import move_model; from wirewatch.settings import settings; move_model._CHUNK = 1\n"
    code += f"move_model.fill({desk!r})"
    worker = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 300
    while not vectors_of(desk, other) and worker.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    done, total = vectors_of(desk, other), len(stories)
    assert 0 < done < total
    assert (verdicts(desk), placed(desk)) == (before, stories)
    with postgres.transaction(desk) as db:
        assert models.serving(db).key == OLD
    assert search.search(desk, "Kim's train", by="meaning")

    assert move_model.fill(desk, seconds=-1.0)["left"] == total - done
    counts = move_model.fill(desk)
    assert (counts["articles"], counts["left"]) == (total - done, 0)
    assert vectors_of(desk, OLD) == total
    assert move_model.drop_old(desk) == {"models": 0, "vectors": 0}


def test_what_comes_in_before_the_switch_is_judged_by_the_old_one_and_moves_with_the_rest(desk, other):
    with postgres.transaction(desk) as db:
        postgres.execute(db, "update ingest.feed set active = true where title = 'Nordlicht Zeitung'")
    ingest.ingest(desk)
    assert rows(desk, "select distinct model from media.duplicate") == [{"model": OLD}]
    before, stories = verdicts(desk), placed(desk)
    told = move_model.switch(desk, "test")
    assert told["switched"] == 1
    assert told["stories"] == rows(desk, "select count(*)::int as n from media.story where merged_into is null")[0]["n"]
    assert vectors_of(desk, other) == vectors_of(desk, OLD) == len(stories)
    assert (verdicts(desk), placed(desk)) == (before, stories)
    assert rows(desk, "select distinct model from media.story") == [{"model": other}]
    (moved,) = rows(desk, "select * from media.model_move")
    assert (moved["from_model"], moved["to_model"], moved["run_id"]) == (OLD, other, "test")


def test_arrivals_are_judged_placed_and_tagged_under_the_new_one(desk, other):
    with postgres.transaction(desk) as db:
        postgres.execute(db, "update ingest.feed set active = true where title = 'Meridian Wire'")
        last = rows(desk, "select max(id) as id from media.article")[0]["id"]
    ingest.ingest(desk)
    new = rows(desk, "select * from media.article where id > %s", last)
    assert len(new) >= 5
    assert {row["model"] for row in rows(desk, "select model from media.embedding where article_id > %s", last)} == {
        other
    }
    judged = rows(desk, "select * from media.duplicate where article_id > %s", last)
    assert {row["model"] for row in judged} == {other}
    # The threshold of a story is on the common scale: by bare cosines, half of everything would be one story.
    sizes = rows(desk, "select story_id, count(*)::int as n from media.article group by 1 order by 2 desc")
    assert sizes[0]["n"] <= 8
    joined = """
        select s.article_id from media.story_article s where s.article_id > %(last)s and not s.reasons ? 'copy'
            and s.story_id in (select story_id from media.article where id <= %(last)s)
    """
    with postgres.transaction(desk) as db:
        assert postgres.rows(db, joined, {"last": last})
    tagged = rows(desk, "select count(*)::int as n from media.tagging where article_id > %s and topics > 0", last)
    assert tagged[0]["n"] >= len(new) / 3
    assert search.search(desk, "the leader's armoured train", by="meaning")[0]["cosine"] > 0.25


def test_the_old_vectors_go_only_after_and_their_indexes_with_them(desk, other):
    assert move_model.waiting(desk) == {"articles": 0, "seeds": 0, "moving": 0}
    told = move_model.drop_old(desk)
    assert told["models"] == 1
    assert told["vectors"] > 20
    assert vectors_of(desk, OLD) == 0
    assert rows(desk, "select * from media.seed_embedding where model = %s", OLD) == []
    left = rows(desk, "select indexdef from pg_indexes where indexdef like '%%hnsw%%' and indexdef like %s", f"%{OLD}%")
    assert left == []
    # What the index is for still works, and seeds are not embedded again.
    assert seeds.load_seeds(desk, settings().seeds / "articles")["loaded"] == 0


def test_a_text_embedded_just_before_the_switch_is_judged_by_the_model_that_serves(desk, other, monkeypatch):
    """Back to the shipped model while articles are on their way, one of which is written by a task that knew of no switch."""
    with postgres.transaction(desk) as db:
        postgres.execute(db, "update ingest.feed set active = true")
    monkeypatch.setenv("WIREWATCH_MODEL", OLD)
    settings.cache_clear()
    seen = {}

    def at_the_worst_time(stage, done, total):
        if stage == "deduplicate" and not seen:
            late = rows(desk, "select entry_id, model, vector::text from ingest.draft order by entry_id limit 1")[0]
            assert late["model"] == other
            move_model.fill(desk)
            seen.update(late, **move_model.switch(desk, "back"))
            with postgres.transaction(desk) as db:
                drafts.renew_vector(db, late["entry_id"], other, drafts.vector_of(late["vector"]))

    ingest.ingest(desk, at_the_worst_time)
    assert seen["switched"] == 1
    found = rows(desk, "select model from media.embedding where article_id = %s", seen["entry_id"])
    assert found == [{"model": OLD}]
    story = "select s.model from media.story s join media.article a on a.story_id = s.id where a.id = %s"
    assert rows(desk, story, seen["entry_id"]) == found
    assert move_model.waiting(desk) == {"articles": 0, "seeds": 0, "moving": 0}
