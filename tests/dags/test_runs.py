"""Whole runs of each DAG, by Airflow, on a real Postgres, with the press on loopback."""

from __future__ import annotations

from urllib.request import urlopen

import pytest

import other_model
from newsroom.server import press
from wirewatch.io import embedding, models, postgres
from wirewatch.jobs import measure_model, move_model, reference, report
from wirewatch.settings import ROOT, settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def airflow_database():
    """Airflow's own tables, in the tests' home."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture(scope="module")
def desk(make_warehouse, airflow_database):
    """A warehouse that the tasks find by its variable, and the press entered as its feeds."""
    with make_warehouse() as dsn, press() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("WIREWATCH_DSN", dsn)
        settings.cache_clear()
        reference.enter_opml(dsn, urlopen(running.opml_url).read(), origin="demo")
        yield dsn, running
    settings.cache_clear()


_TOP_LEVEL = "select count(*)::int as n from media.topic where level = 1 and qcode like 'medtop:%%'"


def run(dag_id: str, **conf: object) -> dict[str, str]:
    """Run a DAG to its end; the state of each of its tasks, the worst of a mapped one."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(dag_folder=str(ROOT / "dags" / f"{dag_id}.py")).dags[dag_id]
    dag.deadline = None  # DAG.test cannot run a DAG with one: apache/airflow#73428
    done = dag.test(run_conf=conf)
    assert done.state == "success"
    return {task.task_id: str(task.state) for task in done.get_task_instances()}


def test_seeds_then_feeds_then_articles_then_the_house(desk):
    dsn, running = desk
    assert set(run("load_seeds").values()) == {"success"}
    with postgres.transaction(dsn) as db:
        assert postgres.one(db, "select count(*)::int as n from media.seed")["n"] == 1
        assert postgres.one(db, _TOP_LEVEL)["n"] == 17
        postgres.execute(db, "update ingest.feed set active = false where origin = 'seeds'")

    states = run("poll_feeds")
    assert states == {"due_feeds": "success", "poll_bucket": "success", "announce": "success"}
    waiting = report.funnel(dsn)["pending"]
    assert waiting > 30

    states = run("ingest_articles")
    assert states.pop("again") == "skipped"
    assert set(states.values()) == {"success"}
    counts = report.funnel(dsn)
    assert counts["loaded"] >= 25
    assert counts["duplicate"] == 5
    assert counts["pending"] == 1
    copy = next(row for row in running.truth() if row.get("slug") == "kim-train-rewrite")
    assert report.why(dsn, copy["url"])[0]["disposition"] == "duplicate"

    assert set(run("keep_house").values()) == {"success"}


def test_a_run_with_nothing_to_do_skips_and_succeeds(desk):
    dsn, _ = desk
    with postgres.transaction(dsn) as db:
        postgres.execute(
            db, "update ingest.entry set next_try_at = now() + interval '1 hour' where disposition = 'pending'"
        )
    states = run("ingest_articles")
    assert states.pop("claim") == "success"
    assert set(states.values()) <= {"skipped"}
    assert run("poll_feeds")["poll_bucket"] == "skipped"


def test_another_model_is_moved_to_in_slices_and_serves_when_all_is_filled(desk, tmp_path):
    dsn, _ = desk
    folder = other_model.save(tmp_path / "squeezed")
    states = run("move_model")
    assert (states["waiting"], states["fill"], states["switch"], states["again"]) == ("skipped",) * 4
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WIREWATCH_MODEL", str(folder))
        settings.cache_clear()
        key = measure_model.measure_model(dsn, other_model.texts(tmp_path / "texts.jsonl")).key
        patch.setattr(move_model, "_CHUNK", 8)
        fill = move_model.fill
        patch.setattr(move_model, "fill", lambda dsn, _slice: fill(dsn, 1e-6))
        states = run("move_model")
        assert (states["fill"], states["switch"], states["again"]) == ("success", "skipped", "success")
        with postgres.transaction(dsn) as db:
            assert models.serving(db).key == embedding.DEFAULT_MODEL
        patch.setattr(move_model, "fill", fill)
        states = run("move_model")
        assert (states["switch"], states["again"], states["drop_old"]) == ("success", "skipped", "success")
        with postgres.transaction(dsn) as db:
            assert models.serving(db).key == key
            assert postgres.one(db, "select run_id from media.model_move")["run_id"].startswith("move_model/")
    settings.cache_clear()
    assert run("move_model")["switch"] == "success"


def test_replay_finds_the_articles_as_they_were(desk):
    dsn, _ = desk
    states = run("replay", since="2025-01-01T00:00:00+00:00", until="2100-01-01T00:00:00+00:00", again=False)
    assert states == {"compare": "success", "put_back": "skipped", "announce": "skipped"}
    with postgres.transaction(dsn) as db:
        assert postgres.rows(db, "select * from ingest.replay_difference") == []
        (done,) = postgres.rows(db, "select * from ingest.replay_summary")
    assert done["result"].startswith("0 of ")
    assert done["equal"]


def test_replay_puts_back_what_was_rejected(desk):
    dsn, _ = desk
    rejected = report.funnel(dsn)["rejected"]
    states = run("replay", since="2025-01-01T00:00:00+00:00", until="2100-01-01T00:00:00+00:00", again=True)
    assert states["put_back"] == "success"
    assert report.funnel(dsn)["pending"] > 1
    run("ingest_articles")
    assert report.funnel(dsn)["rejected"] == rejected
