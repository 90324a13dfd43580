"""The Newsroom behind Airflow's own login: who may read, who may act, what a page shows, and that nothing in it runs."""

from __future__ import annotations

import csv
import io
import json
import re
from urllib.parse import quote
from urllib.request import urlopen

import feedparser
import pytest
from pyarrow import parquet

from newsroom.server import press
from web.addresses import address, existing
from wirewatch.io import ledger, postgres
from wirewatch.io.discovery import Discovery, discover
from wirewatch.jobs import ingest, reference, seeds
from wirewatch.settings import settings
from wirewatch.web.cross_site import FOREIGN_FORM

HTML = {"accept": "text/html"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>“{{ 98765 * 43210 }}”"


@pytest.fixture(scope="module")
def desk(make_warehouse):
    """A warehouse that has taken the press in, with one entry in quarantine, set as the one that the page reads."""
    with make_warehouse() as dsn, press() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("WIREWATCH_DSN", dsn)
        settings.cache_clear()
        reference.load_reference(dsn)
        seeds.load_seeds(dsn, settings().seeds / "articles")
        reference.enter_opml(dsn, urlopen(running.opml_url).read(), origin="demo")
        ingest.ingest(dsn)
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
    """Makes clients: of a role (viewer, user, op, admin), or anonymous."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi.testclient import TestClient

    def make(role: str | None = None) -> TestClient:
        made = TestClient(airflow_app, base_url="http://newsroom.test", follow_redirects=False)
        if role:
            user = SimpleAuthManagerUser(username=f"a-{role}", role=role)
            made.cookies.set("_token", get_auth_manager().generate_jwt(user))
        return made

    return make


@pytest.fixture
def quarantined(desk) -> int:
    """An entry that waits in quarantine."""
    with postgres.transaction(desk) as db:
        feed = postgres.one(db, "select id from ingest.feed order by id limit 1")["id"]
        url = f"http://127.0.0.1:9/{quote(HOSTILE)}"
        found = Discovery(url, url, "127.0.0.1:9", None, HOSTILE, {"title": HOSTILE})
        discover(db, {feed: [found]})
        entry = postgres.one(db, "select id from ingest.entry where canonical_url = %s", (url,))["id"]
        batch = ledger.claim(db, "test/run", limit=500, buckets=1, lease_minutes=1, max_attempts=5)
        if batch.entries:
            ledger.quarantine(
                db, entry, batch.id, "fetch", f"fetch failed: {HOSTILE}", f"Traceback {HOSTILE}", "test/run"
            )
            ledger.close(db, batch.id)
    return entry


def routes(airflow_app) -> list:
    mounted = next(route for route in airflow_app.routes if getattr(route, "path", "") == "/newsroom")
    return list(mounted.app.routes)


def every_address(airflow_app, desk) -> list[tuple[str, str]]:
    """Every route with an address that exists: pairs of method and path."""
    values = existing(desk)
    found = []
    for route in routes(airflow_app):
        found += [(method, f"/newsroom{address(route.path, values)}") for method in route.methods]
    return found


def test_the_plugin_is_loaded_and_has_its_places(airflow_app):
    from airflow import plugins_manager

    assert plugins_manager.get_import_errors() == {}
    views = [view for view in plugins_manager.get_plugin_info() if view["name"] == "newsroom"]
    assert [view["destination"] for view in views[0]["external_views"]] == ["nav", "dag", "dag_run"]


def test_no_route_is_public(client, airflow_app, desk):
    addresses = every_address(airflow_app, desk)
    assert len(addresses) > 14
    anonymous = client()
    for method, path in addresses:
        assert anonymous.request(method, path).status_code == 401, (method, path)
    for path in ("docs", "redoc", "openapi.json"):
        assert anonymous.get(f"/newsroom/{path}").status_code == 401
        assert client("admin").get(f"/newsroom/{path}").status_code == 404


def test_a_person_who_is_not_logged_in_is_led_to_the_login_and_back(client):
    answer = client().get("/newsroom/articles?kind=copy", headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/api/v2/auth/login?next=%2Fnewsroom%2Farticles%3Fkind%3Dcopy"
    assert client().get(answer.headers["location"]).status_code == 307


def test_every_page_answers_a_viewer_with_its_headers(client, airflow_app, desk):
    viewer = client("viewer")
    for method, path in every_address(airflow_app, desk):
        if method != "GET" or "nowhere" in path:
            continue
        answer = viewer.get(path, headers=HTML)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        if answer.headers["content-type"].startswith("text/html"):
            assert answer.headers["cache-control"] == "no-store"
            assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?! src=)", answer.text), path
            assert not re.search(r"(src|href)=\"https?://(?!127\.0\.0\.1)", re.sub(r"<a [^>]*>", "", answer.text)), path


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("articles/999999", 404), ("stories/999999", 404), ("copies/999999", 404), ("sources/999999", 404),
        ("nowhere", 404), ("articles/one", 400), ("?on=yesterday", 400), ("?by=nothing", 400), ("articles?source=x", 400),
        ("articles?before=999999", 200), ("why?url=not+an+address", 200), ("search?q=%22%20or%20-&by=words", 200),
        ("articles?name=%27%20or%201%3D1", 200), ("entries?reason=%25", 200),
    ],
)  # fmt: skip
def test_bad_input_is_answered_with_a_page_that_says_what_is_wrong(client, path, status):
    answer = client("viewer").get(f"/newsroom/{path}", headers=HTML)
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text


def test_a_viewer_sees_no_button_and_cannot_act(client, quarantined, desk):
    viewer = client("viewer")
    page = viewer.get("/newsroom/quarantine", headers=HTML).text
    assert f"quarantine/{quarantined}/replay" not in page
    assert "may look but not act" in page
    answer = viewer.post(f"/newsroom/quarantine/{quarantined}/replay", headers={"origin": "http://newsroom.test"})
    assert answer.status_code == 403
    with postgres.transaction(desk) as db:
        assert postgres.one(db, "select disposition from ingest.entry where id = %s", (quarantined,)) == {
            "disposition": "quarantined"
        }


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "http://elsewhere.test"}, {"origin": "null"}, {"origin": "http://newsroom.test", "sec-fetch-site": "cross-site"}],
)  # fmt: skip
def test_a_form_from_elsewhere_is_refused(client, quarantined, headers):
    answer = client("admin").post(f"/newsroom/quarantine/{quarantined}/replay", headers=headers)
    assert answer.status_code == 403


def test_who_may_act_replays_and_is_written_down(client, quarantined, desk):
    user = client("user")
    assert f"quarantine/{quarantined}/replay" in user.get("/newsroom/quarantine", headers=HTML).text
    origin = {"origin": "http://newsroom.test", "sec-fetch-site": "same-origin"}
    answer = user.post(f"/newsroom/quarantine/{quarantined}/replay", headers=origin)
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/newsroom/quarantine")
    with postgres.transaction(desk) as db:
        row = postgres.one(
            db,
            "select released_by, released_at is not null as dated, disposition from ingest.quarantine q "
            "join ingest.entry e on e.id = q.entry_id where entry_id = %s order by q.id desc",
            (quarantined,),
        )
    assert row == {"released_by": "a-user", "dated": True, "disposition": "pending"}
    assert "a-user" in user.get("/newsroom/quarantine", headers=HTML).text
    assert user.post(f"/newsroom/quarantine/{quarantined}/replay", headers=origin).status_code == 409
    notice = user.get(answer.headers["location"], headers=HTML).text
    undo = re.search(r'action="(/newsroom/actions/\d+/undo)"', notice)[1]
    assert user.post(undo, headers=origin).status_code == 303
    assert f"quarantine/{quarantined}/replay" in user.get("/newsroom/quarantine", headers=HTML).text


OURS = {"origin": "http://newsroom.test", "sec-fetch-site": "same-origin", **HTML}


@pytest.fixture
def copy(desk) -> dict:
    """A copy of an article: its id, its story, and what it copies."""
    with postgres.transaction(desk) as db:
        return postgres.one(
            db,
            "select a.id, a.story_id, a.duplicate_of from media.article a "
            "join media.duplicate d on d.article_id = a.id where d.of_article_id is not null order by a.id limit 1",
        )


def posts(airflow_app, desk) -> list[str]:
    return [path for method, path in every_address(airflow_app, desk) if method == "POST"]


def test_every_action_is_refused_to_a_viewer_and_to_forged_forms_and_changes_nothing(client, airflow_app, desk):
    addresses = posts(airflow_app, desk)
    assert len(addresses) >= 9
    assert {method for method, _ in every_address(airflow_app, desk)} == {"GET", "HEAD", "POST"}
    form = {"reason": "because", "other": "1", "article": "1", "url": "http://127.0.0.1:1/x"}
    with postgres.transaction(desk) as db:
        before = postgres.rows(db, "select id, undone_at from media.action order by id")
    for path in addresses:
        assert client("viewer").post(path, data=form, headers=OURS).status_code == 403, path
        forged = {"origin": "http://elsewhere.test", "sec-fetch-site": "cross-site"}
        neighbour = {"origin": "http://newsroom.test", "sec-fetch-site": "same-site"}
        for headers in ({}, forged, {"origin": "null"}, neighbour):
            answer = client("admin").post(path, data=form, headers=headers)
            assert (answer.status_code, answer.text) == (403, FOREIGN_FORM), (path, headers)
    with postgres.transaction(desk) as db:
        assert postgres.rows(db, "select id, undone_at from media.action order by id") == before


def test_no_address_is_drawn_into_another_sites_page_and_all_can_be_followed_to(client, airflow_app, desk):
    drawn = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    followed = {**drawn, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    for method, path in every_address(airflow_app, desk):
        if method == "GET" and "nowhere" not in path:
            assert client("admin").get(path, headers=drawn).status_code == 403, path
    assert client("admin").get("/newsroom/articles", headers=followed).status_code == 200


def test_a_viewer_sees_every_page_without_a_form_that_acts(client, airflow_app, desk, copy):
    viewer = client("viewer")
    own = (f"articles/{copy['id']}", f"copies/{copy['id']}", f"stories/{copy['story_id']}")
    for path in (*own, "sources", "sources/1", "review", "actions"):
        page = viewer.get(f"/newsroom/{path}", headers=HTML)
        assert page.status_code == 200
        assert 'method="post"' not in page.text, path
        if path not in ("review", "actions"):
            assert 'method="post"' in client("admin").get(f"/newsroom/{path}", headers=HTML).text, path


def act(client, path: str, **form: object) -> str:
    """Send a form as who may act; the page that it leads to."""
    answer = client("op").post(f"/newsroom/{path}", data=form, headers=OURS)
    assert answer.status_code == 303, answer.text
    page = client("op").get(answer.headers["location"], headers=HTML)
    assert page.status_code == 200
    assert 'class="notice"' in page.text
    return page.text


def undo_of(page: str) -> str:
    return re.search(r'action="/newsroom/(actions/\d+/undo)"', page)[1]


def test_a_copy_is_confirmed_and_taken_back_from_its_page(client, desk, copy):
    page = act(client, f"copies/{copy['id']}/confirm")
    assert "Confirmed by a-op" in page
    act(client, undo_of(page))
    page = act(client, f"copies/{copy['id']}/not-a-copy", reason=f"no {HOSTILE}")
    assert '<span class="state fair">Copy</span>' not in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert client("viewer").get(f"/newsroom/copies/{copy['id']}", headers=HTML).status_code == 404
    page = act(client, undo_of(page))
    assert '<span class="state fair">Copy</span>' in page
    record = client("viewer").get("/newsroom/actions", headers=HTML).text
    assert record.count('<span class="state">undone</span>') >= 2


def test_stories_are_merged_split_and_that_undone_from_their_page(client, desk, copy):
    kept = copy["story_id"]
    with postgres.transaction(desk) as db:
        gone = postgres.one(db, "select story_id from media.article where story_id <> %s order by id limit 1", (kept,))[
            "story_id"
        ]
    merged = act(client, f"stories/{kept}/merge", number=gone, reason="one event")
    lead = client("viewer").get(f"/newsroom/stories/{gone}", headers=HTML)
    assert (lead.status_code, lead.headers["location"]) == (303, f"/newsroom/stories/{kept}")
    split = act(client, f"stories/{kept}/split", article=copy["id"], reason="two events")
    answer = client("op").post(f"/newsroom/{undo_of(merged)}", headers=OURS)
    assert answer.status_code == 409
    assert "undo that first" in answer.text
    act(client, undo_of(split))
    act(client, undo_of(merged))
    assert client("viewer").get(f"/newsroom/stories/{gone}", headers=HTML).status_code == 200
    refused = client("op").post(f"/newsroom/stories/{kept}/merge", data={"number": gone}, headers=OURS)
    assert (refused.status_code, "Say why" in refused.text) == (409, True)


def test_a_feed_is_added_and_paused_from_the_page_and_a_bad_address_is_said(client, desk):
    page = act(client, "sources/add", url="http://127.0.0.1:1/new.xml", title="A new one")
    assert "is polled" in page
    feed = re.search(r"sources/(\d+)/pause", page)[1]
    page = act(client, f"sources/{feed}/pause", reason="too loud")
    assert "Poll it again" in page
    act(client, undo_of(page))
    for url, status in (
        ("javascript:alert(1)", 400),
        ("http://127.0.0.1:1/new.xml", 409),
        ("http://10.0.0.1/feed", 409),
    ):
        answer = client("op").post("/newsroom/sources/add", data={"url": url}, headers=OURS)
        assert answer.status_code == status, url
        assert "<h1>That cannot be done</h1>" in answer.text


def test_an_articles_versions_show_what_was_put_in_and_taken_out(client, desk, copy):
    with postgres.transaction(desk) as db:
        for number, change, text in ((1, "first", "Ten died.\nSame."), (2, "numbers", "Twelve <b>died</b>.\nSame.")):
            postgres.execute(
                db,
                "insert into media.article_version (article_id, version, change, summary, title, text, text_digest) "
                "values (%s, %s, %s, 'a number', 'A title', %s, 'x')",
                (copy["id"], number, change, text),
            )
    page = client("viewer").get(f"/newsroom/articles/{copy['id']}", headers=HTML).text
    assert re.search(r"<del>.*?Ten.*?</del>", page)
    assert re.search(r"<ins>.*?Twelve.*?</ins>", page)
    assert "<b>died</b>" not in page


@pytest.mark.parametrize(
    ("language", "said"), [("de", "does not read this language"), ("en", "not sure enough of any")]
)
def test_why_an_article_has_no_topic_is_said(client, desk, copy, language, said):
    with postgres.transaction(desk) as db:
        postgres.execute(db, "delete from media.article_topic where article_id = %s", (copy["id"],))
        postgres.execute(db, "update media.article set language = %s where id = %s", (language, copy["id"]))
    assert said in client("viewer").get(f"/newsroom/articles/{copy['id']}", headers=HTML).text


def test_gaps_and_drift_are_shown(client, desk):
    with postgres.transaction(desk) as db:
        postgres.execute(
            db,
            "insert into ingest.gap (feed_id, from_at, until_at, run_id, note) "
            "values (1, now() - interval '3 hours', now() - interval '1 hour', 'test/run', %s)",
            (HOSTILE,),
        )
    viewer = client("viewer")
    page = viewer.get("/newsroom/gaps", headers=HTML).text
    assert '<span class="state fair">open</span>' in page
    assert "2 h" in page
    assert "1 gap is open" in viewer.get("/newsroom/", headers=HTML).text
    assert "Gaps</h2>" in viewer.get("/newsroom/sources/1", headers=HTML).text
    assert "too few" in viewer.get("/newsroom/sources/1", headers=HTML).text


def test_hostile_titles_and_texts_are_shown_and_never_run(client, airflow_app, quarantined, desk):
    with postgres.transaction(desk) as db:
        row = postgres.one(
            db,
            "select a.id, a.story_id, a.source_id from media.article a join media.duplicate d on d.article_id = a.id "
            "where d.of_article_id is not null",
        )
        values = (HOSTILE, HOSTILE, f"javascript:alert({HOSTILE})", row["id"])
        postgres.execute(db, "update media.article set title = %s, text = %s || text, url = %s where id = %s", values)
        postgres.execute(db, "update media.source set name = %s where id = %s", (HOSTILE, row["source_id"]))
        postgres.execute(db, "update media.story set title = %s where id = %s", (HOSTILE, row["story_id"]))
        postgres.execute(db, "update ingest.feed set title = %s where id = 1", (HOSTILE,))
        postgres.execute(db, "update media.article_topic set evidence = %s", (HOSTILE,))
    admin = client("admin")
    pages = [
        "", "?by=source&count=articles", "articles", f"articles/{row['id']}", f"copies/{row['id']}", "copies",
        f"stories/{row['story_id']}", "stories?over=month", "sources", "sources/1", "quarantine", "review", "actions", "gaps",
        "search?by=words&q=alert", f"search?by=words&q={quote(HOSTILE)}", f"why?url={quote(HOSTILE)}",
        f"runs/{quote(HOSTILE)}/{quote(HOSTILE)}", f"entries?reason={quote(HOSTILE)}",
    ]  # fmt: skip
    everywhere = [path for method, path in every_address(airflow_app, desk) if method == "GET"]
    for path in [*(f"/newsroom/{page}" for page in pages), *everywhere]:
        answer = admin.get(path, headers=HTML)
        if "html" not in answer.headers["content-type"]:
            continue
        text = answer.text
        assert "<script>" not in text, path
        assert "<img" not in text, path
        assert 'href="javascript:' not in text, path
        assert str(98765 * 43210) not in text, path
    assert "&lt;script&gt;alert(1)" in admin.get(f"/newsroom/articles/{row['id']}", headers=HTML).text


def test_the_list_is_exported_with_its_filters(client, desk):
    viewer = client("viewer")
    with postgres.transaction(desk) as db:
        copies = postgres.one(db, "select count(*)::int as n from media.duplicate")["n"]
        postgres.execute(
            db, "update media.article set title = '=1+1 \x01 <b>' where id = (select min(id) from media.article)"
        )
    table = list(csv.DictReader(io.StringIO(viewer.get("/newsroom/export/articles.csv?kind=copy").text)))
    assert len(table) == copies
    assert all(row["kind"].startswith("copy") for row in table)
    everything = viewer.get("/newsroom/export/articles.csv")
    assert everything.headers["content-disposition"] == 'attachment; filename="articles.csv"'
    assert "'=1+1" in everything.text
    lines = [json.loads(line) for line in viewer.get("/newsroom/export/articles.jsonl").text.splitlines()]
    assert len(lines) == len(list(csv.DictReader(io.StringIO(everything.text))))
    feed = feedparser.parse(viewer.get("/newsroom/export/articles.rss").content)
    assert not feed.bozo
    assert {entry.link for entry in feed.entries} == {line["url"] for line in lines[-50:]}
    table = parquet.read_table(io.BytesIO(viewer.get("/newsroom/export/articles.parquet?text=1").content))
    assert table.column("id").to_pylist() == [line["id"] for line in lines]
    assert all(table.column("text").to_pylist())
    assert viewer.get("/newsroom/export/articles.exe").status_code == 400


def test_each_watchlist_and_topic_has_a_feed(client, desk):
    viewer = client("viewer")
    links = re.findall(r'href="(/newsroom/feeds/[^"]+)"', viewer.get("/newsroom/feeds", headers=HTML).text)
    with postgres.transaction(desk) as db:
        names = [row["name"] for row in postgres.rows(db, "select name from media.watchlist")]
        topics = postgres.one(db, "select count(distinct qcode)::int as n from media.article_topic")["n"]
        mentioned = postgres.rows(
            db,
            "select distinct a.url from media.mention m join media.article a on a.id = m.article_id where m.watchlist = 'leaders'",
        )
    assert len(links) == topics + len(names)
    for link in links:
        feed = feedparser.parse(viewer.get(link).content)
        assert not feed.bozo, link
    leaders = feedparser.parse(viewer.get("/newsroom/feeds/watchlist/leaders.rss").content)
    assert {entry.link for entry in leaders.entries} == {row["url"] for row in mentioned}
    assert leaders.feed.links[1]["href"] == "http://newsroom.test/newsroom/feeds/watchlist/leaders.rss"
    assert viewer.get("/newsroom/feeds/topic/nothing.rss").status_code == 404
    assert viewer.get("/newsroom/export/articles.csv?topic=nothing").status_code == 404


def test_the_funnel_on_the_page_is_that_of_the_ledger(client, desk):
    with postgres.transaction(desk) as db:
        row = postgres.one(db, "select * from ingest.funnel order by day desc limit 1")
    text = client("viewer").get("/newsroom/", headers=HTML).text
    shown = re.findall(r"<b>(\d+)</b> (discovered|loaded|copies|rejected)", text)
    assert {name: int(n) for n, name in shown} == {
        "discovered": row["discovered"], "loaded": row["loaded"], "copies": row["duplicate"], "rejected": row["rejected"],
    }  # fmt: skip
    assert "Not complete yet" in text


def test_search_finds_by_words_and_by_meaning(client):
    viewer = client("viewer")
    words = viewer.get("/newsroom/search?by=words&q=artillery", headers=HTML).text
    assert '<mark class="found">' in words
    meaning = viewer.get(
        "/newsroom/search?by=meaning&q=fighting between armies while diplomats negotiate", headers=HTML
    ).text
    assert "Varda" in "".join(meaning.split('class="item"')[1:4])


def test_where_nothing_is_found_search_proposes_what_was_not_tried(client):
    viewer = client("viewer")
    by_words = viewer.get("/newsroom/search?by=words&q=zxqvbn", headers=HTML).text
    by_both = viewer.get("/newsroom/search?q=zxqvbn", headers=HTML).text
    assert "search by meaning" in by_words
    assert "search by meaning" not in by_both
    assert "Try other words" in by_both


def test_a_run_has_its_funnel_under_its_own_address(client, desk):
    with postgres.transaction(desk) as db:
        run = postgres.one(db, "select run_id, count(*) as n from ingest.entry where disposition = 'loaded' group by 1")
    text = client("viewer").get(f"/newsroom/runs/{run['run_id']}", headers=HTML).text
    assert re.search(rf"<b>{run['n']}</b> loaded", text)


def test_a_warehouse_that_is_away_is_said(client, monkeypatch):
    monkeypatch.setenv("WIREWATCH_DSN", "postgresql://nobody@127.0.0.1:9/nothing")
    settings.cache_clear()
    answer = client("viewer").get("/newsroom/", headers=HTML)
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    monkeypatch.undo()
    settings.cache_clear()
