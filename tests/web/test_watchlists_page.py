"""Watchlists in the Newsroom: who may edit, what a dry run shows, what is kept, and that nothing hostile runs."""

from __future__ import annotations

from html import unescape

import pytest

from wirewatch.core.watchlists import Entry, Watchlist
from wirewatch.io import postgres, watchlists
from wirewatch.jobs import watchlists as job
from wirewatch.settings import settings

HTML = {"accept": "text/html"}
OURS = {"origin": "http://newsroom.test", "sec-fetch-site": "same-origin", **HTML}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>“{{ 98765 * 43210 }}”"
EDITED = "- name: leaders\n  entries:\n    - name: Kim Jong Un\n      aliases: [Kim, Ким]\n    - Xi\n"


@pytest.fixture(scope="module")
def desk(make_warehouse):
    """A warehouse with a list of the file, two articles, and an alert that did not get through."""
    with make_warehouse() as dsn, pytest.MonkeyPatch.context() as patch:
        patch.setenv("WIREWATCH_DSN", dsn)
        settings.cache_clear()
        with postgres.transaction(dsn) as db:
            watchlists.store_file(db, [Watchlist("leaders", (Entry("Kim Jong Un", ("Kim",)),), HOSTILE)])
            postgres.execute(
                db,
                """
                insert into media.source (host, name) values ('paper.test', %(hostile)s);
                insert into ingest.entry (url, canonical_url, host, stage, disposition, decided_at)
                select u, u, 'paper.test', 'done', 'loaded', now() from (select 'https://paper.test/' || n as u
                    from generate_series(1, 2) n) x;
                insert into media.article (id, source_id, url, canonical_url, title, text, language, words, first_seen_at,
                    run_id, text_digest, shingles)
                select e.id, 1, e.url, e.url, 'Kim ' || %(hostile)s, 'Of Xi and ' || %(hostile)s, 'en', 9, now(), 'r', 'x', '{}'
                from ingest.entry e;
                insert into media.alert (key, rule, kind, subject, title, lines, first_seen_at, last_seen_at, cooldown, lasts)
                values ('k', 'r', 'hit', 'leaders', %(hostile)s, array[%(hostile)s], now(), now(), '1 h', false);
                insert into media.delivery (channel, alert_id, state, attempts, note) values ('mail', 1, 'unsure', 2, %(hostile)s);
                """,
                {"hostile": HOSTILE},
            )
        yield dsn
    settings.cache_clear()


@pytest.fixture(scope="module")
def airflow_app():
    from airflow.api_fastapi.app import create_app
    from airflow.utils.db import initdb

    initdb()
    return create_app(apps="core")


@pytest.fixture
def client(airflow_app, desk):
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi.testclient import TestClient

    def make(role: str) -> TestClient:
        made = TestClient(airflow_app, base_url="http://newsroom.test", follow_redirects=False)
        made.cookies.set(
            "_token", get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=f"a-{role}", role=role))
        )
        return made

    return make


def row(dsn: str, query: str) -> dict:
    with postgres.transaction(dsn) as db:
        return postgres.one(db, query)


def test_a_viewer_looks_and_tries_and_may_not_act(client, desk):
    viewer = client("viewer")
    page = viewer.get("/newsroom/watchlists/list/leaders?tried=true", headers=HTML).text
    assert "Would have matched 2 articles in the last 30 days" in page
    assert "<textarea" not in page
    assert "To edit, your login must be allowed to edit DAGs." in page
    assert "Send again" not in viewer.get("/newsroom/watchlists", headers=HTML).text
    for path in (
        "new",
        "list/leaders",
        "list/leaders/remove",
        "list/leaders/restore",
        "list/leaders/take-file",
        "deliveries/1/again",
    ):
        form = {"content": EDITED, "seen": "1", "version": "1", "do": "save"}
        assert viewer.post(f"/newsroom/watchlists/{path}", data=form, headers=OURS).status_code == 403, path
    assert row(desk, "select version from media.watchlist")["version"] == 1


def test_a_form_of_another_site_is_refused(client, desk):
    form = {"content": EDITED, "seen": "1", "do": "save"}
    answer = client("admin").post(
        "/newsroom/watchlists/list/leaders", data=form, headers={"origin": "http://evil.test"}
    )
    assert answer.status_code == 403
    assert row(desk, "select version from media.watchlist")["version"] == 1


def test_nothing_hostile_is_more_than_text(client):
    viewer = client("viewer")
    for path in ("watchlists", "watchlists/list/leaders?tried=true"):
        page = viewer.get(f"/newsroom/{path}", headers=HTML).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert str(98765 * 43210) not in page
        assert "&lt;script&gt;alert(1)" in page


def test_an_edit_is_tried_without_a_trace_then_saved_with_who_and_brought_back(client, desk):
    editor = client("admin")
    address = "/newsroom/watchlists/list/leaders"
    tried = editor.post(address, data={"content": EDITED, "seen": "1", "do": "try"}, headers=OURS)
    assert tried.status_code == 200
    assert "Would have matched 2 articles" in tried.text
    assert "Nothing was saved." in tried.text
    assert '<mark class="name" title="Xi">Xi</mark>' in tried.text
    assert unescape(tried.text.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0]).strip() == EDITED.strip()
    assert row(desk, "select version from media.watchlist")["version"] == 1

    assert editor.post(address, data={"content": EDITED, "seen": "1", "do": "save"}, headers=OURS).status_code == 303
    saved = row(desk, "select * from media.watchlist_version where version = 2")
    assert (saved["action"], saved["made_by"]) == ("edited", "a-admin")
    assert "being applied" in editor.get("/newsroom/watchlists", headers=HTML).text
    job.apply_edits(desk)
    assert row(desk, "select count(*)::int as n from media.mention where name = 'Xi'")["n"] == 2

    late = editor.post(address, data={"content": EDITED, "seen": "1", "do": "save"}, headers=OURS)
    assert late.status_code == 409
    assert "was changed meanwhile by a-admin (version 2)" in unescape(late.text)

    restored = editor.post(f"{address}/restore", data={"version": "1", "seen": "2"}, headers=OURS)
    assert restored.status_code == 303
    page = unescape(editor.get(address, headers=HTML).text)
    assert "Version 3, by a-admin" in page
    assert "Edited here, so loading the file does not change it." in page
    assert editor.post(f"{address}/remove", data={"seen": "3"}, headers=OURS).status_code == 303
    assert "removed" in editor.get("/newsroom/watchlists", headers=HTML).text
    assert editor.post(f"{address}/take-file", data={"seen": "4"}, headers=OURS).status_code == 303
    assert row(desk, "select origin, removed_at from media.watchlist") == {"origin": "file", "removed_at": None}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "- name: leaders\n  entries:\n    - rule: x\n",
            "the form, line 3: rule 'x' of watchlist 'leaders' finds nothing",
        ),
        ("- name: other\n  entries: [x]\n", "a list keeps its name"),
        ("- name: leaders\n  topics: [sprot]\n  entries: [x]\n", "there is no topic 'sprot'"),
        ("", "The form holds 0 watchlists; it must hold one."),
    ],
)
def test_a_mistake_leads_back_to_the_form_with_what_was_typed(client, content, said):
    form = {"content": content or "[]", "seen": "5", "do": "save"}
    answer = client("admin").post("/newsroom/watchlists/list/leaders", data=form, headers=OURS)
    assert answer.status_code == 400
    assert said in unescape(answer.text)
    assert content.strip() in unescape(answer.text)


def test_a_new_list_is_made_here_and_stays_when_the_file_is_loaded(client, desk):
    form = {"content": "- name: rivers & 川?\n  entries: [Rhine]\n", "do": "save"}
    answer = client("admin").post("/newsroom/watchlists/new", data=form, headers=OURS)
    assert answer.status_code == 303
    assert client("viewer").get(answer.headers["location"], headers=HTML).status_code == 200
    with postgres.transaction(desk) as db:
        watchlists.store_file(db, [])
        assert "rivers & 川?" in {one.name for one in watchlists.serving(db)}


def test_a_message_that_may_not_have_arrived_is_sent_again_by_who_may(client, desk):
    assert "Send again" in client("admin").get("/newsroom/watchlists", headers=HTML).text
    assert client("admin").post("/newsroom/watchlists/deliveries/1/again", headers=OURS).status_code == 303
    assert row(desk, "select state from media.delivery")["state"] == "waiting"
    assert client("admin").post("/newsroom/watchlists/deliveries/99/again", headers=OURS).status_code == 404
