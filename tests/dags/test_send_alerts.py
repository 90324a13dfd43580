"""Whole runs of send_alerts by Airflow: real Postgres, a real mail server, and a webhook that fails before it works."""

from __future__ import annotations

import pytest

from alerts.made import article, do, rows, story
from wirewatch.settings import ROOT, settings

pytestmark = pytest.mark.slow
PLAN = """
channels:
  - {name: mail, kind: smtp, connection: test_mail, from: wirewatch@example.org, to: [desk@example.org]}
  - {name: hook, kind: webhook, connection: test_hook, path: /wirewatch}
alerts:
  - {kind: hit, cooldown: 6h}
"""


@pytest.fixture
def desk(make_warehouse, tmp_path, monkeypatch, mails, posts):
    """A warehouse, a plan with a mail and a webhook, and Airflow's connections to them."""
    from airflow.utils.db import initdb

    initdb()
    (tmp_path / "alerts.yaml").write_text(PLAN, encoding="utf-8")
    monkeypatch.setenv(
        "AIRFLOW_CONN_TEST_MAIL", f"smtp://127.0.0.1:{mails.port}/?disable_ssl=true&disable_tls=true&retry_limit=0"
    )
    monkeypatch.setenv("AIRFLOW_CONN_TEST_HOOK", f"http://127.0.0.1:{posts.port}")
    with make_warehouse() as dsn:
        monkeypatch.setenv("WIREWATCH_DSN", dsn)
        monkeypatch.setenv("WIREWATCH_SEEDS", str(tmp_path))
        settings.cache_clear()
        yield dsn
    settings.cache_clear()


def send() -> None:
    """A run of the DAG, all of whose tasks succeed."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(dag_folder=str(ROOT / "dags" / "send_alerts.py")).dags["send_alerts"]
    dag.deadline = None  # DAG.test cannot run a DAG with one: apache/airflow#73428
    done = dag.test()
    assert {task.task_id: str(task.state) for task in done.get_task_instances()} == {
        "apply_watchlists": "success",
        "find": "success",
        "deliver": "success",
    }


def subjects(mails) -> list[str]:
    return [mail["Subject"] for mail in mails.taken]


def test_an_event_is_told_once_on_each_channel_and_again_after_its_cooldown(desk, mails, posts):
    train, cup = story(desk, "The train arrives"), story(desk, "The cup final")
    for number in range(3):
        article(desk, f"Kim {number}", story=train)
    article(desk, "Beijing", story=train, mention="Beijing", of="places")
    article(desk, "A goal", story=cup, mention="Mbappé", of="players")
    posts.status = 500
    send()
    assert subjects(mails) == ["[Wirewatch] Kim, Beijing: The train arrives", "[Wirewatch] Mbappé: The cup final"]
    assert "Kim 0" in mails.taken[0].get_body(("plain",)).get_content()
    assert len(posts.taken) == 2
    waiting = rows(desk, "select channel, state, attempts, note from media.delivery where state <> 'sent'")
    assert [(row["channel"], row["state"], row["attempts"]) for row in waiting] == [("hook", "waiting", 1)] * 2
    assert all("500" in row["note"] for row in waiting)

    # More of the story is no second message; what the webhook refused is tried again when its pause is over.
    article(desk, "Kim again", story=train)
    posts.status = 200
    send()
    assert (len(mails.taken), len(posts.taken)) == (2, 2)
    do(desk, "update media.delivery set next_try_at = now() where state = 'waiting'")
    send()
    assert len(mails.taken) == 2
    keys = [headers["Idempotency-Key"] for _, headers, _ in posts.taken]
    assert keys[2:] == keys[:2]
    told = posts.taken[2][2]["alerts"][0]
    assert (told["title"], told["articles"]) == ("Kim, Beijing: The train arrives", 5)
    assert {row["state"] for row in rows(desk, "select state from media.delivery")} == {"sent"}
    send()
    assert (len(mails.taken), len(posts.taken)) == (2, 4)

    # After its cooldown the same story is news again, and the other is not.
    do(
        desk,
        "update media.alert set last_seen_at = last_seen_at - interval '7 hours' where story_id = %(id)s",
        id=train,
    )
    article(desk, "Kim returns", story=train)
    send()
    assert subjects(mails)[2:] == ["[Wirewatch] Kim: The train arrives"]
    assert len(posts.taken) == 5
