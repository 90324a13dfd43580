"""Alerts as rules: the file that says who is told what, and when an observation is a new alert."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.alert_file import AlertFileError, parse_alerts
from wirewatch.core.alerting import Known, Observation, decide, pause
from wirewatch.core.counts import Sensitivity
from wirewatch.core.messages.message import slack
from wirewatch.jobs.digest import due

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_file_that_comes_with_the_project_is_sound_and_names_no_channel():
    plan = parse_alerts((Path(__file__).parents[2] / "seeds" / "alerts.yaml").read_text(encoding="utf-8"))
    assert plan.channels == ()
    assert {rule.kind for rule in plan.rules} == {"hit", "spike", "silence", "freshness", "gap", "quarantine"}
    assert plan.digest is not None


def test_a_whole_file_is_read():
    plan = parse_alerts(
        "channels:\n"
        "  - {name: mail, kind: smtp, connection: desk_mail, to: [a@b.test], from: w@b.test}\n"
        "  - {name: hook, kind: webhook, connection: desk_hook, path: /x}\n"
        "alerts:\n"
        "  - {kind: silence, of: source, only: [The Paper], sensitivity: sharp, cooldown: 2d, channels: [hook]}\n"
        "  - {kind: freshness, after: 30min}\n"
        'digest: {at: "7:30", zone: Europe/Berlin, channels: [mail], stories: 5}\n'
    )
    silence, freshness = plan.rules
    assert (silence.name, silence.only, silence.sensitivity) == ("silence of source", ("The Paper",), Sensitivity.SHARP)
    assert (silence.cooldown, freshness.after) == (timedelta(days=2), timedelta(minutes=30))
    assert plan.to(silence.channels) == ["hook"]
    assert plan.to(freshness.channels) == ["mail", "hook"]
    assert plan.digest is not None
    assert (plan.digest.at, plan.digest.channels, plan.digest.stories) == (time(7, 30), ("mail",), 5)
    assert parse_alerts("").rules == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "channels: [{name: a, kind: fax, connection: c}]",
            r"line 1: kind of channel 'a' is 'fax'; it must be one of smtp",
        ),
        ("channels: [{name: a, kind: smtp, connection: c}]", r"line 1: channel 'a' has nobody to send to; add `to:`"),
        (
            "channels:\n  - name: a\n    kind: slack\n    connection: https://hooks.slack.com/services/T/B/x",
            r"line 4: connection of channel 'a' must be the id of an Airflow connection, not an address: secrets",
        ),
        ("alerts: [{kind: spike}]", r"line 1: alert 'spike' does not say of what; add `of:` and one of topic, source"),
        ("alerts: [{kind: hit, of: topic}]", r"alert 'hit' takes no `of:`"),
        ("alerts: [{kind: spike, of: topic, sensitivity: 3}]", r"it must be one of calm, normal, sharp"),
        ("alerts: [{kind: hit, cooldown: soon}]", r"cooldown of alert 'hit' is 'soon'; .* such as 30min, 6h or 2d"),
        ("alerts: [{kind: hit, channels: [x]}]", r"alert 'hit' names the channel 'x'; there are: none"),
        (
            "alerts: [{kind: hit},\n {kind: hit}]",
            r"line 2: two alerts are called 'hit'; add `name:` to tell them apart",
        ),
        ("digest: {at: 25:00}", r"at of digest is '25:00'; it must be a time such as"),
        ('digest: {at: "7:00", zone: Berlin}', r"there is no time zone 'Berlin'; write one such as Europe/Berlin"),
        ("alarms: []", r"line 1: the file has the unknown key 'alarms'; known are alerts, channels, digest"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_to_do(content, message):
    with pytest.raises(AlertFileError, match=message):
        parse_alerts(content)


def test_a_secret_that_was_put_into_the_file_is_not_repeated():
    with pytest.raises(AlertFileError) as told:
        parse_alerts("channels: [{name: a, kind: slack, connection: https://hooks.slack.com/services/T0/B0/geheim}]")
    assert "geheim" not in str(told.value)


KEYS = st.sampled_from(["a", "b", "c"])
KNOWN = st.builds(
    Known,
    st.integers(1, 99),
    KEYS,
    st.integers(0, 72).map(lambda hours: NOW - hours * HOUR),
    st.booleans(),
    st.booleans(),
    st.integers(1, 48).map(lambda hours: hours * HOUR),
)


@given(st.lists(KEYS, max_size=5), st.lists(KNOWN, max_size=3, unique_by=(lambda k: k.id, lambda k: k.key)))
def test_whatever_is_known_one_key_has_one_alert_and_nothing_is_told_twice_within_its_cooldown(observed, known):
    seen = [Observation(key, "r", "hit", key, key) for key in observed]
    decision = decide(seen, known, NOW)
    told = [one.key for one in decision.new]
    more = {number for number, _ in decision.more}
    assert sorted(told + [one.key for _, one in decision.more]) == sorted(set(observed))
    assert not more & set(decision.over)
    open_after = [k.key for k in known if (not k.is_over or k.id in more) and k.id not in decision.over] + told
    assert len(open_after) == len(set(open_after))
    for alert in known:
        if NOW - alert.last_seen <= alert.cooldown or (alert.lasts and not alert.is_over):
            assert alert.key not in told
        elif alert.key in observed:
            assert alert.key in told


def test_a_state_ends_when_it_is_not_observed_and_an_event_when_it_is_quiet():
    state = Known(1, "state", NOW, is_over=False, lasts=True, cooldown=HOUR)
    event = Known(2, "event", NOW - HOUR / 2, is_over=False, lasts=False, cooldown=HOUR)
    assert decide([], [state, event], NOW).over == (1,)
    assert set(decide([], [state, event], NOW + HOUR).over) == {1, 2}


def test_pauses_grow_to_an_hour():
    assert [pause(n).total_seconds() / 60 for n in (1, 2, 3, 4, 9)] == [1, 5, 15, 60, 60]


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-02T05:59:00+00:00", None),  # 6:59 in Berlin
        ("2026-03-02T06:00:00+00:00", "2026-03-02"),
        ("2026-03-02T17:30:00+00:00", "2026-03-02"),  # the machine was off in the morning
        ("2026-03-02T18:30:00+00:00", None),
        ("2026-03-29T05:00:00+00:00", "2026-03-29"),  # summer time begins in this night: 7:00 is an hour earlier
        ("2026-03-29T04:59:00+00:00", None),
    ],
)
def test_a_digest_is_due_at_its_hour_in_its_zone(now, day):
    digest = parse_alerts('digest: {at: "07:00", zone: Europe/Berlin}').digest
    assert digest is not None
    found = due(digest, datetime.fromisoformat(now))
    assert (str(found) if found else None) == day


@given(st.text(max_size=40))
def test_slack_finds_no_link_and_no_call_in_a_title(title):
    assert not set(slack(title)) & set("<>|\n\r")
