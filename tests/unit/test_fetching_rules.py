"""More rules of fetching as tables: robots groups, trust in validators, moves, gaps; and the crowd that fetches."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core import gaps, http_rules, moves, robots, validators
from wirewatch.jobs.crowd import NotStarted, as_done, handfuls

NOW = datetime(2025, 9, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
AGENT = "FooBot/2.1 (+https://example.org/barbot)"


def allowed(text: str, path: str) -> bool:
    return robots.allowed(text, 200, f"http://foo.bar{path}", AGENT)


@pytest.mark.parametrize(
    ("text", "path", "may"),
    [
        ("user-agent: FooBot\ndisallow: /\n", "/x/y", False),
        ("foo: FooBot\nbar: /\n", "/x/y", True),
        ("user-agent FooBot\ndisallow /\n", "/x/y", False),
        ("USER-AGENT: FOOBOT\nALLOW: /x/\nDISALLOW: /\n", "/x/y", True),
        ("User-Agent: FooBot Bar\nDisallow: /\n", "/x", False),
        ("User-Agent: FooBot/7\nDisallow: /\n", "/x", False),
        ("User-Agent: Foo\nDisallow: /\n", "/x", True),
        ("User-Agent: Bot\nDisallow: /\n", "/x", True),
        ("User-Agent: FooBot-News\nDisallow: /\n", "/x", True),
        ("User-Agent: BarBot\nDisallow: /\n", "/x", True),
        ("User-Agent: example\nDisallow: /\n", "/x", True),
        ("user-agent: *\nallow: /\nuser-agent: FooBot\ndisallow: /\n", "/x", False),
        ("User-agent: *\nDisallow: /x/\nUser-agent: FooBot\nDisallow: /y/\n", "/x/page", True),
        ("User-agent: BarBot\nSitemap: https://foo.bar/s\nUser-agent: *\nDisallow: /\n", "/", False),
        ("allow: /foo/\nuser-agent: FooBot\ndisallow: /\n", "/foo/bar", False),
        ("user-agent: FooBot\ndisallow: /\nallow: /x/\nuser-agent: BarBot\ndisallow: /x/\n", "/x/b", True),
        ("user-agent: FooBot\ndisallow: /a\n\nuser-agent: FooBot\ndisallow: /b\n", "/b", False),
        ("user-agent: BazBot\n\nuser-agent: FooBot\nallow: /z/\ndisallow: /\n", "/z/d", True),
        ("user-agent: FooBot\ndisallow: /x/page.html\nallow: /x/\n", "/x/page.html", False),
        ("user-agent: FooBot\nallow: /x/page.html\ndisallow: /x/\n", "/x/page.html", True),
        ("user-agent: FooBot\ndisallow: \nallow: \n", "/x", True),
        ("user-agent: FooBot\ndisallow: /x\nallow: /x\n", "/x", True),
        ("user-agent: FooBot\nallow: /page\ndisallow: /*.html\n", "/page.html", False),
        ("user-agent: FooBot\nallow: /x/page.\ndisallow: /*.html\n", "/x/page.html", True),
        ("user-agent: FooBot\ndisallow: /x/\n", "/X/y", True),
        ("user-agent: FooBot\ndisallow: /\nallow: /foo/bar/ツ\n", "/foo/bar/%E3%83%84", True),
        ("user-agent: FooBot\ndisallow: /\nallow: /*.php$\n", "/filename.php?a", False),
        ("user-agent: FooBot\ndisallow: /\nallow: /$\n", "/", True),
        ("user-agent: FooBot\ndisallow: /foo/quz#qux\n", "/foo/quz", False),
        ("\ufeffuser-agent: FooBot\ndisallow: /\n", "/x", False),
        ("user-agent: FooBot\rdisallow: /\r", "/x", False),
        ("user-agent: FooBot\r\ndisallow: /\r\n", "/x", False),
        ("user-agent: FooBot\n\rdisallow: /x\rdisallow: /y\ndisallow: /z", "/z", False),
        ("user-agent: BarBot\rdisallow: /\r\ruser-agent: FooBot\rallow: /\r", "/x", True),
        ("ï»¿user-agent: FooBot\ndisallow: /\n", "/x", False),
        ("\ufffduser-agent: FooBot\ndisallow: /\n", "/x", False),
        ("  User-agent :\tFooBot\t\n\tDisallow :\t/x\t\n", "/x", False),
        ("useragent: FooBot\ndisalow: /x\n", "/x", False),
        ("user-agent: FooBot\n\n\n# us\nuser-agent: BarBot\n\ndisallow: /x\n", "/x", False),
        ("user-agent: FooBot\nsitemap: /s.xml\nuser-agent: BarBot\ndisallow: /x\n", "/x", False),
        ("user-agent: FooBot\nnoindex: /q\nuser-agent: BarBot\ndisallow: /x\n", "/x", False),
        ("user-agent: FooBot\ncrawl-delay: 9\nuser-agent: BarBot\ndisallow: /x\n", "/x", False),
        ("user-agent: *\ndisallow: /a\nuser-agent: BarBot\ndisallow: /b\nuser-agent: *\ndisallow: /c\n", "/a", False),
        ("user-agent: *\ndisallow: /a\nuser-agent: BarBot\ndisallow: /b\nuser-agent: *\ndisallow: /c\n", "/b", True),
        ("user-agent: *\ndisallow: /\n\nuser-agent: FooBot\n", "/x", True),
        ("user-agent: *\ndisallow: /\nuser-agent: FooBot\ndisallow:\n", "/x", True),
        ("user-agent: *bot\ndisallow: /x\n", "/x", True),
        ("user-agent: FooBot\ndisallow: /*/print\n", "/a/b/print", False),
        ("user-agent: FooBot\ndisallow: /*/print\n", "/print", True),
        ("user-agent: FooBot\ndisallow: /a***b\n", "/a-x-b", False),
        ("user-agent: FooBot\ndisallow: *.pdf\n", "/x/y.pdf", False),
        ("user-agent: FooBot\ndisallow: /*.pdf$\n", "/x.pdf?a=1", True),
        ("user-agent: FooBot\ndisallow: /a$b\n", "/a$b", False),
        ("user-agent: FooBot\ndisallow: /a$b\n", "/a", True),
        ("user-agent: FooBot\ndisallow: /*?print=\n", "/story?print=1", False),
        ("user-agent: FooBot\ndisallow: /*?\n", "/story", True),
        ("user-agent: FooBot\ndisallow: /caf%c3%a9\n", "/café/1", False),
        ("user-agent: FooBot\ndisallow: /%7Ejoe\n", "/~joe/x", False),
        ("user-agent: FooBot\ndisallow: /a%2fb\n", "/a%2Fb", False),
        ("user-agent: FooBot\ndisallow: /a%2Fb\n", "/a/b", True),
        ("user-agent: FooBot\ndisallow: /a%2Ab\n", "/axxb", True),
        ("user-agent: FooBot\ndisallow: /a%24\n", "/a$", False),
        ("user-agent: FooBot\nallow: /$\ndisallow: /\n", "/?x", False),
        ("user-agent: FooBot\ndisallow: /a\u2028disallow: /b\n", "/b", True),
        ("user-agent: FooBot\ndisallow: /a\x85disallow: /b\n", "/b", True),
        ("user-agent: FooBot\ndisallow: /" + "a" * 20_000 + "\ndisallow: /x\n", "/x", False),
        ("user-agent: FooBot\n" + "# x\n" * (499 * 256) + "disallow: /x\n", "/x", False),
        ("<html>\n<p>user-agent: *\ndisallow: /x</p>\n</html>", "/x", True),
        ("user-agent: FooBot\ndisallow: /\n", "/robots.txt", True),
    ],
)
def test_robots_groups_and_rules_as_the_rfc_has_them(text, path, may):
    """The cases of RFC 9309 and of Google's parser that matter here."""
    assert allowed(text, path) is may


def test_the_rule_is_told_in_words():
    text = "User-agent: *\nCrawl-delay: 3\nDisallow: /a\n"
    assert robots.rule(text, 200, "http://foo.bar/b", AGENT).words == "robots.txt, group *: allowed, 3 s apart"
    assert "forbidden" in robots.rule(text, 200, "http://foo.bar/a", AGENT).words
    assert robots.rule(None, 404, "http://foo.bar/a", AGENT).words == "no robots.txt (404)"
    assert robots.crawl_delay("User-agent: *\nRequest-rate: 1/10s\n", AGENT) == 10.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("User-agent: *\nCrawl-delay: 2.5\n", 2.5),
        ("User-agent: *\nCrawl-delay: 5 # please\n", 5.0),
        ("User-agent: *\nCrawl-delay: 1e9\n", 60.0),
        ("User-agent: *\nCrawl-delay: 0\n", None),
        ("User-agent: *\nCrawl-delay: -1\n", None),
        ("User-agent: *\nCrawl-delay: soon\n", None),
        ("User-agent: *\nRequest-rate: 2/1m\n", 30.0),
        ("User-agent: *\nRequest-rate: 1/0\n", None),
        ("User-agent: BarBot\nCrawl-delay: 9\n\nUser-agent: *\nDisallow: /x\n", None),
    ],
)
def test_the_delay_that_is_asked_for_is_that_of_our_group(text, seconds):
    """What parts groups for rules (see above) does not for delays: a group that asks for nothing else is its agents' own."""
    assert robots.crawl_delay(text, AGENT) == seconds


def test_sitemaps_are_named_by_robots_txt():
    text = "Sitemap: https://foo.bar/a.xml\nsitemap: /b.xml\nSitemap: https://foo.bar/a.xml"
    assert robots.sitemaps(text, "https://foo.bar/robots.txt") == ("https://foo.bar/a.xml", "https://foo.bar/b.xml")


@given(st.text(max_size=300) | st.text(max_size=60).map("Sitemap: {}".format) | st.just("Sitemap: http://[::1"))
def test_any_text_is_a_robots_txt(text):
    assert robots.rule(text, 200, "http://foo.bar/x", AGENT).words
    assert all(found.startswith("http") for found in robots.sitemaps(text, "http://foo.bar/robots.txt"))


@pytest.mark.parametrize(
    ("whole_at", "caught_at", "sent"),
    [
        (None, None, False),
        (NOW - HOUR, None, True),
        (NOW - 7 * HOUR, None, False),
        (NOW - HOUR, NOW - HOUR, False),
        (NOW - HOUR, NOW - timedelta(days=31), True),
    ],
)
def test_validators_are_sent_while_they_are_believed(whole_at, caught_at, sent):
    assert validators.conditional(now=NOW, whole_at=whole_at, caught_at=caught_at) is sent


@pytest.mark.parametrize(
    ("before", "after", "lie"),
    [
        (('"a"', None, "1"), ('"a"', None, "2"), True),
        (('W/"a"', None, "1"), ('W/"a"', None, "2"), True),
        (('"a"', None, "1"), ('"a"', None, "1"), False),
        (('"a"', None, "1"), ('"b"', None, "2"), False),
        (('"a"', "Tue", "1"), ('"b"', "Tue", "2"), False),
        ((None, "Tue", "1"), (None, "Tue", "2"), True),
        ((None, "Tue", "1"), (None, "Wed", "2"), False),
        ((None, None, "1"), (None, None, "2"), False),
        ((None, None, None), ('"a"', None, "2"), False),
    ],
)
def test_a_server_lies_that_keeps_its_validators_for_another_body(before, after, lie):
    assert validators.lied(before=before, after=after) is lie


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": "max-age=600", "age": "100"}, 500),
        ({"cache-control": "max-age=60", "age": "100"}, 0),
        ({"expires": "Tue, 02 Sep 2025 12:10:00 GMT"}, 600),
        ({"expires": "Tue, 02 Sep 2025 12:10:00 GMT", "date": "Tue, 02 Sep 2025 12:05:00 GMT"}, 300),
        ({"expires": "0"}, None),
        ({}, None),
    ],
)
def test_how_long_an_answer_stays_fresh(headers, seconds):
    assert http_rules.fresh_for(headers, NOW) == seconds


HERE = "http://example.org/feed"


@pytest.mark.parametrize(
    ("self_url", "new_url", "looked_at", "to"),
    [
        (HERE, None, None, None),
        ("http://EXAMPLE.org:80/feed", None, None, None),
        ("https://example.org/feed", None, None, "https://example.org/feed"),
        ("https://example.org/feed", None, "https://example.org/feed", None),
        (None, "https://new.example/feed", None, "https://new.example/feed"),
        ("https://example.org/feed", "https://new.example/feed", None, "https://new.example/feed"),
        ("ftp://example.org/feed", None, None, None),
        (None, None, None, None),
    ],
)
def test_an_address_that_a_feed_names_is_looked_at_once(self_url, new_url, looked_at, to):
    found = moves.candidate(polled=HERE, self_url=self_url, new_url=new_url, looked_at=looked_at)
    assert (found.to if found else None) == to


def test_two_feeds_are_one_by_their_entries():
    assert moves.same_feed(["a", "b", "c"], ["c", "b", "x"])
    assert not moves.same_feed(["a", "b", "c"], ["c", "x", "y"])
    assert not moves.same_feed([], [])


@pytest.mark.parametrize(
    ("known", "newest", "dates", "found"),
    [
        (0, NOW - 5 * HOUR, [NOW - HOUR, NOW - 2 * HOUR], (NOW - 5 * HOUR, NOW - 2 * HOUR)),
        (1, NOW - 5 * HOUR, [NOW - HOUR, NOW - 2 * HOUR], None),
        (0, NOW - 2 * HOUR, [NOW - HOUR, NOW - 2 * HOUR], None),
        (0, None, [NOW - HOUR], None),
        (0, NOW - HOUR, [], None),
        (0, NOW - HOUR, [NOW + 5 * HOUR], (NOW - HOUR, NOW)),
    ],
)
def test_a_gap_is_where_a_poll_does_not_touch_the_last(known, newest, dates, found):
    gap = gaps.gap(shown=len(dates), known=known, newest_before=newest, dates=dates, now=NOW)
    assert (gap and (gap.since, gap.until)) == found


def test_a_feed_of_one_section_is_filled_from_that_section_only():
    mine = gaps.sections(f"https://a.example/world/{n}" for n in range(10))
    assert gaps.belongs("https://a.example/world/new", mine)
    assert not gaps.belongs("https://a.example/sport/new", mine)
    mixed = gaps.sections(f"https://a.example/{n}/x" for n in range(10))
    assert gaps.belongs("https://a.example/sport/new", mixed)


def test_the_crowd_works_on_few_things_of_one_host_at_once_and_holds_up_no_other():
    running, most, order = {"slow": 0, "quick": 0}, {"slow": 0, "quick": 0}, []

    async def work(item: tuple[str, int]) -> int:
        host, number = item
        running[host] += 1
        most[host] = max(most[host], running[host])
        for _ in range(50 if host == "slow" else 1):
            await asyncio.sleep(0)
        running[host] -= 1
        if number == 3:
            raise ValueError
        return number

    async def all_of_it() -> None:
        items = [("slow", n) for n in range(6)] + [("quick", n) for n in range(6)]
        async for item, result in as_done(items, work, lambda item: item[0], at_once=4, per_host=2):
            order.append((item, result))

    asyncio.run(all_of_it())
    assert most == {"slow": 2, "quick": 2}
    assert {host for (host, _), _ in order[:6]} == {"quick"}
    assert len(order) == 12
    assert all(isinstance(result, ValueError) for (_, number), result in order if number == 3)


def test_what_the_time_does_not_suffice_for_is_handed_back():
    async def work(item: int) -> int:
        return item

    async def all_of_it() -> list[object]:
        return [r async for _, r in as_done([1, 2, 3], work, lambda _: "a", at_once=2, seconds=0.0)]

    assert [type(result) for result in asyncio.run(all_of_it())] == [NotStarted] * 3


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 7), st.integers(1, 9))
def test_handfuls_lose_nothing_and_are_no_larger_than_asked(hosts, most, at_once):
    running, peak = Counter(), Counter()

    async def work(item: tuple[int, str]) -> int:
        for key in ("all", item[1]):
            running[key] += 1
            peak[key] = max(peak[key], running[key])
        for _ in range(item[0] % 3):
            await asyncio.sleep(0)
        running.subtract(("all", item[1]))
        return item[0]

    async def all_of_it() -> list[list[tuple[tuple[int, str], int | Exception]]]:
        coming = handfuls(
            list(enumerate(hosts)), work, lambda item: item[1], at_once=at_once, per_host=2, most=most, within=60.0
        )
        return [held async for held in coming]

    found = asyncio.run(all_of_it())
    assert sorted(result for held in found for _, result in held) == list(range(len(hosts)))
    assert all(item[0] == result for held in found for item, result in held)
    assert all(0 < len(held) <= most for held in found)
    assert peak["all"] <= at_once
    assert all(peak[host] <= 2 for host in set(hosts))


def test_work_goes_on_while_a_handful_is_looked_at_but_not_without_end():
    begun = []

    async def work(item: int) -> int:
        begun.append(item)
        return item

    async def all_of_it() -> None:
        coming = handfuls(range(100), work, str, at_once=4, most=10, within=60.0)
        assert len(await anext(coming)) == 10
        for _ in range(200):
            await asyncio.sleep(0)
        assert 20 <= len(begun) < 40
        assert sum([len(held) async for held in coming]) == 90

    asyncio.run(all_of_it())


def test_who_stops_listening_stops_the_work():
    ended = []

    async def work(item: int) -> int:
        try:
            await asyncio.sleep(3600 if item else 0)
        finally:
            ended.append(item)
        return item

    async def all_of_it() -> None:
        coming = as_done([0, 1, 2], work, str, at_once=3)
        assert await anext(coming) == (0, 0)
        await coming.aclose()
        await asyncio.sleep(0)

    asyncio.run(all_of_it())
    assert sorted(ended) == [0, 1, 2]
