"""Alerts on a real Postgres: a source that dies, a weekend paper, one story one message, and deliveries through kills."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from alerts.made import article, do, rows, story
from wirewatch.core.alert_file import Channel, parse_alerts
from wirewatch.core.messages.message import Message
from wirewatch.core.watchlists import Entry, Watchlist
from wirewatch.io import alerts, deliveries, postgres, watchlists
from wirewatch.jobs import alerts as job
from wirewatch.jobs import house
from wirewatch.jobs.deliver import MOST_AT_ONCE, deliver

PLAN = """
channels:
  - {name: one, kind: webhook, connection: c1}
  - {name: two, kind: webhook, connection: c2}
alerts:
"""


def plan(*rules: str):
    return parse_alerts(PLAN + "".join(f"  - {{{rule}}}\n" for rule in rules) or "  []")


@pytest.fixture(scope="module")
def _made(make_warehouse):
    with make_warehouse() as dsn:
        yield dsn


@pytest.fixture
def warehouse(_made):
    """A warehouse with nothing in it."""
    emptied = ("media.delivery", "media.digest", "media.alert", "media.alert_check", "media.mention", "media.article",
               "ingest.gap", "ingest.quarantine", "ingest.entry", "ingest.poll", "ingest.feed", "media.story",
               "media.source", "media.watchlist")  # fmt: skip
    with postgres.transaction(_made) as db:
        for table in emptied:
            postgres.execute(db, f"delete from {table}")
    return _made


def source(dsn: str, name: str, *, polled: str = "now()") -> None:
    """A source with a feed that is polled."""
    do(dsn, "insert into media.source (host, name) values (%(host)s, %(name)s)", host=f"{name}.test", name=name)
    do(
        dsn,
        f"""
        with f as (insert into ingest.feed (url, title, host, added_at, last_polled_at)
            values ('https://' || %(host)s, %(name)s, %(host)s, now() - interval '60 days', {polled}) returning id)
        insert into ingest.poll (feed_id, polled_at, run_id, outcome, entries, new_entries) select id, {polled}, 'r', 'ok', 1, 1 from f
        """,
        host=f"{name}.test",
        name=name,
    )


def history(dsn: str, name: str, *, until: datetime, a_day: int = 20, weekends: bool = True, days: int = 56) -> None:
    """Entries of a source from 6 to 22 h, evenly, on every day up to `until`."""
    do(
        dsn,
        """
        insert into ingest.entry (url, canonical_url, host, stage, disposition, discovered_at, decided_at)
        select u, u, %(host)s, 'done', 'rejected', at, at from (
            select 'https://' || %(host)s || '/' || row_number() over () as u, at from (
                select d + interval '6 hours' + n * interval '16 hours' / %(n)s as at
                from generate_series(date_trunc('day', %(until)s - %(days)s * interval '1 day', 'UTC'), %(until)s, '1 day') d,
                    generate_series(0, %(n)s - 1) n
                where %(weekends)s or extract(isodow from d at time zone 'UTC') < 6
            ) x where at < %(until)s
        ) y
        """,
        host=f"{name}.test",
        until=until,
        n=a_day,
        days=days,
        weekends=weekends,
    )
    do(
        dsn,
        """
        insert into ingest.sighting (entry_id, feed_id, url)
        select min(e.id), f.id, f.url from ingest.entry e join ingest.feed f using (host) where host = %(host)s group by f.id, f.url
        """,
        host=f"{name}.test",
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


class TestSilence:
    """The clock is the last poll's: the rows are dated so that it stands at the hour that is asked about."""

    @staticmethod
    def told(dsn: str, polled: datetime, word: str = "normal") -> list[str]:
        do(dsn, "update ingest.feed set last_polled_at = %(at)s, last_success_at = %(at)s", at=polled)
        job.decide(dsn, plan(f"kind: silence, of: source, sensitivity: {word}"))
        return [row["title"] for row in rows(dsn, "select title from media.alert where state = 'open' order by title")]

    def test_a_source_that_dies_is_told_at_the_documented_hour_and_for_the_two_days(self, warehouse):
        # Tuesday noon, 20 entries a day between 6 and 22 h: `normal` tells from ln(20 * 365) = 8.9 missed ones on,
        # which is 7.1 hours after the last, at 18:43.
        died = at("2026-03-03T12:00:00+00:00")
        source(warehouse, "paper")
        history(warehouse, "paper", until=died)
        assert self.told(warehouse, died + timedelta(hours=6, minutes=40)) == []
        assert self.told(warehouse, died + timedelta(hours=7)) == [
            "Source paper is silent since Tue 3 Mar, 11:36 UTC (7 h)"
        ]
        (first,) = rows(warehouse, "select * from media.alert")
        assert self.told(warehouse, died + timedelta(days=2)) == [
            "Source paper is silent since Tue 3 Mar, 11:36 UTC (2 d)"
        ]
        (still,) = rows(warehouse, "select * from media.alert")
        assert still["id"] == first["id"]
        assert "some 40 entries were to be expected" in still["lines"][0]
        assert len(rows(warehouse, "select from media.delivery")) == 2  # one a channel, once
        # It comes back, and goes again within the cooldown: the same alert, and nothing is sent again.
        do(warehouse, "update media.alert set state = 'over'")
        assert len(self.told(warehouse, died + timedelta(days=2))) == 1
        assert len(rows(warehouse, "select from media.delivery")) == 2

    def test_a_paper_that_is_silent_every_weekend_is_not_told(self, warehouse):
        source(warehouse, "weekday")
        friday = at("2026-03-06T23:00:00+00:00")
        history(warehouse, "weekday", until=friday, weekends=False)
        for hours in (12, 24, 36, 48, 55):
            assert self.told(warehouse, friday + timedelta(hours=hours), "sharp") == []
        # On Monday it fails to come: told by the afternoon.
        assert self.told(warehouse, at("2026-03-09T15:00:00+00:00"), "normal") != []

    def test_while_nothing_is_polled_no_source_is_silent_but_the_pipeline_is(self, warehouse):
        died = at("2026-03-03T12:00:00+00:00")
        source(warehouse, "paper")
        history(warehouse, "paper", until=died)
        do(
            warehouse,
            "update ingest.feed set last_polled_at = %(at)s, last_success_at = %(at)s",
            at=died + timedelta(minutes=5),
        )
        job.decide(warehouse, plan("kind: silence, of: source", "kind: freshness, after: 1h"))
        (only,) = rows(warehouse, "select kind, title from media.alert")
        assert only["kind"] == "freshness"
        assert only["title"].startswith("No feed was polled since Tue 3 Mar, 12:05 UTC")

    def test_a_feed_that_never_delivered_is_told_after_a_day(self, warehouse):
        source(warehouse, "empty")
        assert self.told(warehouse, at("2026-03-03T12:00:00+00:00"))[0].startswith(
            "empty has shown nothing since it was added"
        )


HIT = plan("kind: hit, cooldown: 6h")


def test_one_story_is_one_alert_however_many_articles_and_lists_it_has(warehouse):
    train, cup = story(warehouse, "The train arrives"), story(warehouse, "The cup final")
    for number in range(3):
        article(warehouse, f"Kim {number}", story=train)
    article(warehouse, "Beijing", story=train, mention="Beijing", of="places")
    article(warehouse, "Cup", story=cup)
    article(warehouse, "Alone")
    assert job.decide(warehouse, HIT)["new"] == 3
    told = rows(warehouse, "select title, subject, story_id from media.alert order by id")
    assert told[0] == {"title": "Kim, Beijing: The train arrives", "subject": "leaders, places", "story_id": train}
    # More of the story is written down, and is no second message.
    article(warehouse, "Kim again", story=train)
    assert job.decide(warehouse, HIT) == {"new": 0, "more": 1, "over": 0}
    assert job.decide(warehouse, HIT) == {"new": 0, "more": 0, "over": 0}
    assert len(rows(warehouse, "select from media.delivery")) == 6
    assert (
        len(
            rows(
                warehouse,
                "select from media.alert_article c join media.alert a on a.id = c.alert_id where a.story_id = %(id)s",
                id=train,
            )
        )
        == 5
    )
    # After the cooldown the same story is news again.
    do(warehouse, "update media.alert set last_seen_at = last_seen_at - interval '7 hours'")
    article(warehouse, "Kim returns", story=train)
    assert job.decide(warehouse, HIT) == {"new": 1, "more": 0, "over": 3}


def test_no_alert_is_made_of_what_an_edit_of_a_list_brings_nor_of_old_articles(warehouse):
    old = article(warehouse, "Kim long ago")
    do(warehouse, "update media.article set published_at = now() - interval '9 days' where id = %(id)s", id=old)
    do(warehouse, "delete from media.mention where article_id <> %(id)s", id=old)
    with postgres.transaction(warehouse) as db:
        watchlists.save(db, Watchlist("leaders", (Entry("Kim"),)), "ada", seen=0)
    fresh = article(warehouse, "Kim today")
    do(warehouse, "delete from media.mention where article_id = %(id)s", id=fresh)
    from wirewatch.jobs import watchlists as lists

    lists.apply_edits(warehouse)
    assert len(rows(warehouse, "select from media.mention")) == 2
    assert job.decide(warehouse, HIT)["new"] == 0


def test_a_list_that_spikes_because_of_one_story_is_told_once_as_that_story(warehouse):
    do(warehouse, "insert into media.watchlist (name, definition) values ('leaders', '{}'), ('places', '{}')")
    train = story(warehouse, "The train arrives")
    for day in range(1, 30):
        for name in ("leaders", "places"):
            article(warehouse, "usual", loaded=f"now() - interval '{day} days 1 minute'", of=name)
    for _ in range(20):
        key = article(warehouse, "Kim", story=train, of="leaders", loaded="now() - interval '1 hour'")
        do(
            warehouse,
            "insert into media.mention values (%(id)s, 'places', 'Kim', 'Kim', 'title', 0, 3)",
            id=key,
        )
    assert job.decide(warehouse, plan("kind: spike, of: watchlist"))["new"] == 1
    (told,) = rows(warehouse, "select title, lines, story_id from media.alert")
    assert told["story_id"] == train
    assert told["title"].startswith(
        "“The train arrives” makes leaders, places spike: 20 independent reports in 6 hours"
    )
    assert "20 reports: The train arrives" in told["lines"]


def test_gaps_waiting_entries_and_a_growing_quarantine_are_told_and_end_when_they_are_mended(warehouse):
    source(warehouse, "paper")
    do(
        warehouse,
        """
        insert into ingest.gap (feed_id, from_at, until_at, noticed_at, run_id)
        select id, now() - interval '9 hours', now() - interval '5 hours', now() - interval '3 hours', 'r' from ingest.feed
        """,
    )
    do(
        warehouse,
        """
        insert into ingest.entry (url, canonical_url, host, discovered_at, next_try_at)
        select 'u' || n, 'u' || n, 'paper.test', now() - interval '3 hours', now() - interval '3 hours' from generate_series(1, 5) n
        """,
    )
    do(
        warehouse,
        "insert into ingest.quarantine (entry_id, stage, error, run_id) select id, 'clean', 'boom: x', 'r' from ingest.entry",
    )
    rules = plan("kind: gap", "kind: freshness", "kind: quarantine")
    assert job.decide(warehouse, rules)["new"] == 3
    titles = [row["title"] for row in rows(warehouse, "select title from media.alert order by kind")]
    assert titles[0].startswith("5 entries wait to be taken in, the oldest since")
    assert titles[1].startswith("paper showed more than was seen between")
    assert titles[2] == "5 pages are in quarantine, 5 more than a day ago"
    do(warehouse, "update ingest.gap set state = 'repaired', closed_at = now()")
    do(warehouse, "update ingest.quarantine set released_at = now()")
    do(warehouse, "update ingest.entry set disposition = 'rejected', stage = 'done', reason = 'x', decided_at = now()")
    assert job.decide(warehouse, rules) == {"new": 0, "more": 0, "over": 3}


class Sender:
    """Takes messages as a channel does; fails, or is killed, where it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Message]] = []
        self.fail = self.kill_before = self.kill_after = False

    def __call__(self, channel: Channel, message: Message, on_the_wire) -> None:
        if self.fail:
            raise ConnectionError("refused")
        if self.kill_before:
            raise KeyboardInterrupt
        on_the_wire()
        self.taken.append((channel.name, message))
        if self.kill_after:
            raise KeyboardInterrupt


@pytest.fixture
def waiting(warehouse):
    """One alert that waits for two channels."""
    article(warehouse, "Kim", story=story(warehouse, "The train arrives"))
    job.decide(warehouse, HIT)
    return warehouse


def states(dsn: str) -> list[str]:
    return [row["state"] for row in rows(dsn, "select state from media.delivery order by id")]


def later(dsn: str) -> None:
    do(
        dsn,
        "update media.delivery set next_try_at = now() - interval '1 s', taken_at = taken_at - interval '11 minutes'",
    )


def test_what_was_sent_is_not_sent_again_and_what_failed_is(waiting):
    sender = Sender()
    sender.fail = True
    assert deliver(waiting, HIT, sender) == {"sent": 0, "failed": 2, "unsure": 0, "given_up": 0}
    (row, _) = rows(waiting, "select attempts, note, next_try_at > now() as is_put_off from media.delivery")
    assert row == {"attempts": 1, "note": "refused", "is_put_off": True}
    sender.fail = False
    assert deliver(waiting, HIT, sender)["sent"] == 0
    later(waiting)
    assert deliver(waiting, HIT, sender)["sent"] == 2
    assert [name for name, _ in sender.taken] == ["one", "two"]
    assert sender.taken[0][1].subject == "[Wirewatch] Kim: The train arrives"
    later(waiting)
    assert deliver(waiting, HIT, sender) == {"sent": 0, "failed": 0, "unsure": 0, "given_up": 0}


def test_a_kill_before_the_wire_loses_nothing(waiting):
    sender = Sender()
    sender.kill_before = True
    with pytest.raises(KeyboardInterrupt):
        deliver(waiting, HIT, sender)
    assert states(waiting) == ["taken", "waiting"]
    sender.kill_before = False
    deliver(waiting, HIT, sender)
    later(waiting)
    deliver(waiting, HIT, sender)
    assert states(waiting) == ["sent", "sent"]
    assert sorted(name for name, _ in sender.taken) == ["one", "two"]


def test_a_kill_on_the_wire_sends_nothing_twice_and_the_next_message_says_so(waiting):
    sender = Sender()
    sender.kill_after = True
    with pytest.raises(KeyboardInterrupt):
        deliver(waiting, HIT, sender)
    sender.kill_after = False
    later(waiting)
    assert deliver(waiting, HIT, sender)["unsure"] == 1
    assert [name for name, _ in sender.taken] == ["one", "two"]
    assert states(waiting) == ["unsure", "sent"]
    article(waiting, "Another", mention="Xi")
    job.decide(waiting, HIT)
    deliver(waiting, HIT, sender)
    assert "Earlier messages that may not have arrived:\n- Kim: The train arrives" in sender.taken[2][1].text
    assert states(waiting)[:2] == ["told", "sent"]
    with postgres.transaction(waiting) as db:
        first = postgres.one(db, "select id from media.delivery order by id limit 1")["id"]
        assert deliveries.send_again(db, first)
    deliver(waiting, HIT, sender)
    assert [name for name, _ in sender.taken] == ["one", "two", "one", "two", "one"]


def test_many_alerts_at_once_are_one_message(warehouse):
    for number in range(MOST_AT_ONCE + 2):
        article(warehouse, f"Title {number}")
    job.decide(warehouse, HIT)
    sender = Sender()
    assert deliver(warehouse, HIT, sender)["sent"] == 2 * (MOST_AT_ONCE + 2)
    assert len(sender.taken) == 2
    assert sender.taken[0][1].subject.startswith("[Wirewatch] 7 alerts: Kim: Title 0, and 6 more")


def test_what_failed_for_a_week_is_given_up_and_shown(waiting):
    do(waiting, "update media.delivery set asked_at = now() - interval '8 days'")
    assert deliver(waiting, HIT, Sender())["given_up"] == 2
    with postgres.transaction(waiting) as db:
        assert {row["state"] for row in deliveries.undelivered(db)} == {"given up"}


def test_without_a_channel_alerts_are_recorded_all_the_same(warehouse):
    article(warehouse, "Kim")
    bare = parse_alerts("alerts: [{kind: hit}]")
    assert job.decide(warehouse, bare)["new"] == 1
    assert deliver(warehouse, bare, Sender())["sent"] == 0
    with postgres.transaction(warehouse) as db:
        assert [row["deliveries"] for row in alerts.recent(db, 1)] == [[]]


def test_old_alerts_go_and_none_that_waits_to_be_sent(warehouse):
    do(
        warehouse,
        """
        insert into media.alert (key, rule, kind, subject, title, first_seen_at, last_seen_at, cooldown, lasts, state, over_at)
        select 'k' || n, 'r', 'gap', 's', case n when 1 then 'sent' when 2 then 'waits' when 3 then 'open' else 'new' end,
            now(), now() - case when n < 4 then 91 else 89 end * interval '1 day', interval '1 day', true,
            case n when 3 then 'open' else 'over' end, now()
        from generate_series(1, 4) n;
        insert into media.delivery (channel, alert_id, state) select 'one', id, case title when 'waits' then 'waiting' else 'sent' end
        from media.alert;
        insert into media.digest (day, subject, text, html, made_at)
        select current_date - days, 's', 't', 'h', now() - days * interval '1 day' from unnest(array[89, 91]) days
        """,
    )
    dropped = house.retention(warehouse)
    assert (dropped["alerts"], dropped["digests"]) == (1, 1)
    assert [row["title"] for row in rows(warehouse, "select title from media.alert order by title")] == [
        "new",
        "open",
        "waits",
    ]
