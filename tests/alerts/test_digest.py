"""The daily digest: what is in it, once a day through a real mail server, and how it looks in a real browser."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from wirewatch import channels
from wirewatch.core.alert_file import Digest, parse_alerts
from wirewatch.io import alert_sources, postgres
from wirewatch.jobs import digest as job
from wirewatch.jobs.deliver import deliver

HOSTILE = "<script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">"


@pytest.fixture(scope="module")
def desk(make_warehouse):
    """A day of news: a story in three papers with a copy, a hostile one, a silent source, a gap."""
    with make_warehouse() as dsn:
        with postgres.transaction(dsn) as db:
            postgres.execute(
                db,
                """
                insert into media.source (host, name) select 'p' || n || '.test', 'Paper ' || n from generate_series(1, 3) n;
                insert into media.watchlist (name, definition) values ('leaders', '{}');
                insert into media.story (title, first_at, last_at, model, centroid) values
                    ('Kim’s train arrives in Beijing, and the talks that were put off twice begin', now(), now(), 'm', '[1]'),
                    (%s, now(), now(), 'm', '[1]');
                insert into ingest.entry (url, canonical_url, host, stage, disposition, decided_at)
                select u, u, 'p1.test', 'done', 'loaded', now() from (select 'https://p1.test/' || n as u from generate_series(1, 5) n) x;
                insert into media.article (id, source_id, url, canonical_url, title, text, language, words, first_seen_at, run_id,
                    text_digest, shingles, story_id)
                select e.id, 1 + (e.id - 1) %% 3, case when e.id = 5 then 'javascript:alert(1)' else e.url end, e.url,
                    case when e.id = 5 then %s else 'Title ' || e.id end, '', 'en', 9, now() - e.id * interval '1 hour', 'r',
                    'x', '{}', case when e.id = 5 then 2 else 1 end
                from ingest.entry e order by e.id;
                update media.article set duplicate_of = 1 where id = 4;
                insert into media.mention values (1, 'leaders', 'Kim', 'Kim', 'title', 0, 3);
                insert into media.alert (key, rule, kind, subject, title, facts, first_seen_at, last_seen_at, cooldown, lasts)
                values ('s1', 'r', 'silence', 'Paper 9', 'Source Paper 9 is silent since Sun 1 Mar, 06:10 UTC (2 d 3 h)',
                        '{"feed_id": 1, "since": "2026-03-01T06:10:00+00:00"}', now(), now(), '1 h', true),
                    ('s2', 'r', 'spike', 'conflict', 'Topic conflict spikes: 40 independent reports in 6 hours, 8.1 are usual',
                        '{}', now(), now(), '1 h', true);
                """,
                (HOSTILE, HOSTILE),
            )
        yield dsn


def written(dsn: str) -> job.Written:
    with postgres.transaction(dsn) as db:
        return job.write(db, Digest(at=job.MORNING, zone="Europe/Berlin"), alert_sources.now(db))


def test_it_has_the_top_stories_in_independent_reports_the_unusual_and_what_is_incomplete(desk):
    made = written(desk)
    text = made.text
    assert "1. Kim’s train arrives in Beijing" in text
    assert "3 independent reports, 4 with copies, 3 sources; first Paper" in text
    assert "WATCHLIST leaders: 1 report" in text
    assert "- Source Paper 9 is silent since Sun 1 Mar, 06:10 UTC (2 d 3 h)" in text.split("NOT COMPLETE")[1]
    assert "- Topic conflict spikes: 40 independent reports" in text.split("UNUSUAL")[1]
    assert made.facts["reports"] == 4
    assert "<script>" not in made.html
    assert "javascript:" not in made.html


def test_it_is_sent_once_a_day_as_text_and_html_by_a_real_mail_server(desk, monkeypatch, mails):
    with postgres.transaction(desk) as db:
        now = alert_sources.now(db)
    at = (now - timedelta(minutes=1)).strftime("%H:%M")
    monkeypatch.setenv("AIRFLOW_CONN_TEST_MAIL", f"smtp://127.0.0.1:{mails.port}/?disable_ssl=true&disable_tls=true")
    plan = parse_alerts(
        "channels: [{name: mail, kind: smtp, connection: test_mail, to: [desk@example.org], from: w@example.org}]\n"
        f'digest: {{at: "{at}"}}'
    )
    assert [job.send_due(desk, plan)["written"] for _ in range(2)] == [1, 0]
    assert [deliver(desk, plan, channels.send)["sent"] for _ in range(2)] == [1, 0]
    (mail,) = mails.taken
    assert mail["Subject"].startswith("[Wirewatch] ")
    assert "Kim’s train arrives in Beijing" in mail["Subject"]
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "TOP STORIES" in text
    assert "&lt;script&gt;" in html


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 390), ("light", 900)])
def test_it_is_readable_in_a_browser_and_nothing_in_it_runs_or_calls_out(desk, tmp_path, scheme, width):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(written(desk).html)
        page.screenshot(path=tmp_path / f"digest-{scheme}-{width}.png", full_page=True)
        assert page.title() != "hacked"
        assert asked == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ink, paper = page.evaluate(
            "[getComputedStyle(document.querySelector('h1')).color, getComputedStyle(document.querySelector('.sheet')).backgroundColor]"
        )
        assert (ink, paper) == (
            ("rgb(29, 33, 38)", "rgb(255, 255, 255)")
            if scheme == "light"
            else ("rgb(228, 231, 234)", "rgb(27, 31, 36)")
        )
        browser.close()
