"""Watchlists and alerts in a real browser: a list tried, made, mended, brought back and removed; a message sent again."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import FrameLocator, Page, expect

Sql = Callable[..., list[tuple]]
Place = Page | FrameLocator
PAGES = ("watchlists", "watchlists/new", "watchlists/list/leaders", "watchlists/list/leaders?tried=true")
NAME = "night trains"
FIRST = f"- name: {NAME}\n  description: Who goes by night\n  entries:\n    - name: {{}}\n"
MENDED = f"{FIRST}      aliases: [Schlafwagen, 夜车, قطار الليل]\n"


def watch(page: Page, place: Place, newsroom: str, sql: Sql) -> None:
    """A new list: a mistake is said, a dry run shows what it would match, and it is saved; then its versions; then removed."""
    phrase = printed(sql)
    first = FIRST.format(phrase)
    page.goto(f"{newsroom}/watchlists")
    place.get_by_role("link", name="New list").click()
    expect(place.get_by_role("heading", name="New list")).to_be_visible()
    content = place.get_by_label("The list, in YAML")
    content.fill(first.replace("entries", "entrys"))
    place.get_by_role("button", name="Save").click()
    expect(place.get_by_role("alert")).to_contain_text("entrys")
    expect(content).to_have_value(first.replace("entries", "entrys"))
    content.fill(first)
    least = matching(sql, phrase)
    place.get_by_role("button", name="Try on the last 30 days").click()
    heading = place.get_by_role("heading", name="Would have matched")
    expect(heading).to_be_visible()
    said, most = int(re.findall(r"[\d,]+", heading.inner_text())[0]), matching(sql, phrase)
    assert 0 < least <= said <= most, f"{least} before, {said} on the page, {most} after"
    expect(place.locator("mark").first).to_have_text(phrase, ignore_case=True)
    expect(place.get_by_text("Nothing was saved.")).to_be_visible()
    assert known(sql) == []
    place.get_by_role("button", name="Save").click()
    expect(place.get_by_role("heading", name=NAME)).to_be_visible()
    expect(place.get_by_text("Version 1, by ")).to_be_visible()
    assert known(sql) == [(1, False)]
    versions(place, sql, phrase)


def versions(place: Place, sql: Sql, phrase: str) -> None:
    """An edit is undone by bringing back the version before it, a removal by bringing back any."""
    place.get_by_label("The list, in YAML").fill(MENDED.format(phrase))
    place.get_by_role("button", name="Save").click()
    expect(place.get_by_text("Version 2, by ")).to_be_visible()
    expect(place.get_by_label("The list, in YAML")).to_have_value(re.compile("夜车"))
    place.get_by_role("button", name="Restore version 1").click()
    expect(place.get_by_text("Version 3, by ")).to_be_visible()
    assert sql("select definition::text from media.watchlist where name = %s", NAME)[0][0].count("夜车") == 0
    place.get_by_role("button", name="Remove this list").click()
    expect(place.get_by_text("It was removed and is not watched any more")).to_be_visible()
    assert known(sql) == [(4, True)]
    place.get_by_role("button", name="Restore version 2").click()
    expect(place.get_by_text("Version 5, by ")).to_be_visible()
    assert known(sql) == [(5, False)]
    place.get_by_role("button", name="Remove this list").click()
    expect(place.get_by_text("It was removed and is not watched any more")).to_be_visible()


def put_an_alert(sql: Sql) -> int:
    """An alert whose message may or may not have arrived; its id."""
    return sql(
        """
        with told as (
            insert into media.alert (key, rule, kind, subject, title, lines, first_seen_at, last_seen_at, cooldown, lasts)
            values ('put here by a test', 'hit', 'hit', 'leaders', 'Kim: the train arrives · 金正恩 · كيم', array['The train arrives'],
                now(), now(), '1 hour', false) returning id)
        insert into media.delivery (channel, alert_id, state, attempts, note)
        select 'a mail of the test', id, 'unsure', 2, 'the task ended while it was being sent: it may have arrived' from told
        returning alert_id
        """
    )[0][0]


def send_again(page: Page, place: Place, newsroom: str, sql: Sql, alert: int) -> None:
    """The page says of an alert what became of its message, and sends it again."""
    page.goto(f"{newsroom}/watchlists")
    card = place.locator(f"#alert-{alert}")
    expect(card).to_contain_text("a mail of the test: unsure, 2 tries: the task ended")
    card.get_by_role("button", name="Send Kim: the train arrives").click()
    expect(card).to_contain_text("a mail of the test: waiting, 2 tries")
    expect(card).not_to_contain_text("the task ended")
    assert sql("select state from media.delivery where alert_id = %s", alert) == [("waiting",)]


def known(sql: Sql) -> list[tuple]:
    return sql("select version, removed_at is not null from media.watchlist where name = %s", NAME)


def printed(sql: Sql) -> str:
    """Two words of a headline that has come in: which articles are there by now is the feeds' affair."""
    words = r"\m[A-Z][a-z]{3,} [a-z]{3,}\M"
    found = sql(
        "select substring(title from %s) from media.article where title ~ %s and language = 'en' order by id limit 1",
        words,
        words,
    )
    return found[0][0]


def matching(sql: Sql, phrase: str) -> int:
    """Articles of which an editor would say, without any of our code, that the list matches them."""
    words = rf"\m{phrase}\M"
    return sql(
        "select count(*) from media.article where first_seen_at > now() - interval '30 days' "
        "and (title ~* %s or text ~* %s)",
        words,
        words,
    )[0][0]
