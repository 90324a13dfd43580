"""The rules of fetching, each a table: Retry-After, freshness, schedules, robots.txt, addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core import http_rules, robots, schedule
from wirewatch.core.addresses import BadNetwork, parse_networks, refused

NOW = datetime(2025, 9, 2, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", 2 * MINUTE),
        ("0", None),
        ("Tue, 02 Sep 2025 12:05:00 GMT", 5 * MINUTE),
        ("Tue, 02 Sep 2025 11:00:00 GMT", None),
        ("9999999999", timedelta(days=2)),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_both_forms(value, wait):
    found = http_rules.retry_after(value, NOW)
    assert found == (NOW + wait if wait else None)


@given(st.text(max_size=40))
def test_no_header_value_breaks_the_rules(value):
    found = http_rules.retry_after(value, NOW)
    assert found is None or NOW < found <= NOW + http_rules.LONGEST_HOLD
    http_rules.charset(value)
    http_rules.cache_max_age({"cache-control": value})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("max-age=600", 600), ("public, MAX-AGE=60, must-revalidate", 60), ("s-maxage=9", None), ("", None)],
)
def test_freshness(header, seconds):
    assert http_rules.cache_max_age({"cache-control": header}) == seconds


@pytest.mark.parametrize(
    ("header", "charset"),
    [
        ("text/html; charset=utf-8", "utf-8"),
        ('text/xml; charset="ISO-8859-1"', "ISO-8859-1"),
        ("text/html", None),
        (None, None),
    ],
)
def test_charset(header, charset):
    assert http_rules.charset(header) == charset


def plan(**more: object) -> schedule.Plan:
    known = {
        "now": NOW, "previous": HOUR, "published": [], "new_entries": 0, "ttl": None, "cache_max_age": None,
        "failures": 0.0, "retry_after": None, "jitter": 0.0,
    }  # fmt: skip
    return schedule.next_poll(**{**known, **more})


def test_a_feed_with_news_is_polled_sooner_one_without_later():
    assert plan(new_entries=3).interval < HOUR < plan().interval


def test_a_feed_that_entries_were_missed_of_is_polled_much_sooner():
    assert plan(new_entries=3, gap=True).interval < plan(new_entries=3).interval
    assert plan(new_entries=3, gap=True, ttl=3600).interval < HOUR


def test_a_busy_feed_is_polled_at_its_own_pace():
    every_ten = [NOW - n * 10 * MINUTE for n in range(20)]
    assert plan(published=every_ten).interval == 5 * MINUTE


def test_what_the_server_asks_for_is_a_lower_bound_up_to_an_hour():
    every_minute = [NOW - n * MINUTE for n in range(20)]
    assert plan(published=every_minute, ttl=1800).interval == 30 * MINUTE
    assert plan(published=every_minute, cache_max_age=900).interval == 15 * MINUTE
    assert plan(published=every_minute, ttl=10**9).interval == HOUR


def test_failures_double_the_wait_and_no_feed_is_given_up():
    waits = [plan(failures=weight).at - NOW for weight in (1, 2, 3, 50, 10**6)]
    assert waits[:3] == [2 * HOUR, 4 * HOUR, 8 * HOUR]
    assert waits[3] == waits[4] == timedelta(days=1)


def test_retry_after_is_obeyed():
    assert plan(retry_after=NOW + timedelta(days=2)).at == NOW + timedelta(days=2)


@given(
    st.integers(0, 10**6),
    st.floats(0, 1000),
    st.integers(0, 10**12),
    st.lists(st.integers(0, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)), max_size=30),
    st.floats(0, 1),
)
def test_a_poll_is_never_sooner_than_the_shortest_interval_nor_later_than_a_day(new, failures, ttl, published, jitter):
    found = plan(new_entries=new, failures=failures, ttl=ttl, published=published, jitter=jitter)
    assert NOW + schedule.SHORTEST <= found.at <= NOW + timedelta(days=1) * 1.1
    assert schedule.SHORTEST <= found.interval <= schedule.LONGEST


AGENT = "Wirewatch/0.1 (+https://example.org)"
RULES = (
    "User-agent: *\nDisallow: /private\nAllow: /private/open\nCrawl-delay: 3\n\n"
    "User-agent: Wirewatch\nDisallow: /no-wire\nCrawl-delay: 500"
)


@pytest.mark.parametrize(
    ("body", "status", "path", "allowed"),
    [
        (RULES, 200, "/private/x", True),
        (RULES, 200, "/no-wire/x", False),
        ("User-agent: *\nDisallow: /", 200, "/x", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", 200, "/a/b/c", True),
        ("User-agent: *\nDisallow: /*.pdf$", 200, "/x.pdf", False),
        ("User-agent: *\nDisallow:", 200, "/x", True),
        ("<html>not robots</html>", 200, "/x", True),
        (None, 404, "/x", True),
        (None, 403, "/x", True),
        (None, 500, "/x", False),
        (None, None, "/x", False),
    ],
)
def test_robots(body, status, path, allowed):
    assert robots.allowed(body, status, f"https://example.org{path}", AGENT) is allowed


def test_crawl_delay_is_believed_up_to_a_minute():
    assert robots.crawl_delay(RULES, AGENT) == 60.0
    assert robots.crawl_delay(None, AGENT) is None


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("127.8.9.1", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("10.0.0.1", "private"),
        ("172.16.5.4", "private"),
        ("192.168.1.1", "private"),
        ("fd00::1", "private"),
        ("169.254.1.1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("169.254.169.254", "metadata"),
        ("0.0.0.0", "unspecified"),
        ("224.0.0.1", "multicast"),
        ("100.64.0.1", "reserved"),
        ("255.255.255.255", "address"),
        ("2002:7f00:1::", "loopback"),
        ("not an address", "no IP address"),
    ],
)
def test_addresses_inside_are_refused(address, kind):
    assert kind in (refused(address) or "")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "8.8.8.8"])
def test_addresses_outside_are_not(address):
    assert refused(address) is None


def test_a_network_can_be_allowed():
    allow = parse_networks("127.0.0.0/8, 10.1.2.3")
    assert refused("127.0.0.1", allow) is None
    assert refused("::ffff:10.1.2.3", allow) is None
    assert refused("10.1.2.4", allow)


def test_a_setting_that_is_no_network_is_named():
    with pytest.raises(BadNetwork, match="'localhost'"):
        parse_networks("127.0.0.1, localhost")


@given(
    st.integers(0, 400 * 24 * 60).map(lambda minutes: NOW + minutes * MINUTE),
    st.frozensets(st.integers(0, 23)),
    st.frozensets(st.integers(0, 6)),
)
def test_a_feed_is_asked_at_no_hour_and_day_that_it_names_but_within_the_week(at, hours, days):
    found = schedule.awake(at, hours, days)
    assert timedelta() <= found - at < timedelta(days=7)
    if len(hours) < 24 and len(days) < 7:
        assert found.hour not in hours
        assert found.weekday() not in days
    else:
        assert found == at


def test_the_plan_keeps_off_the_hours_that_a_feed_names():
    quiet = frozenset(range(24)) - {(NOW + timedelta(hours=5)).hour}
    assert plan(skip_hours=quiet).at.hour == (NOW + timedelta(hours=5)).hour
