"""What a person does in the Newsroom, in a real browser: every action with its undo, by mouse and keyboard; and what a viewer cannot."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from e2e import newsroom_lists as lists

Sql = Callable[..., list[tuple]]
Place = Page | FrameLocator


def act_on_all(page: Page, newsroom: str, sql: Sql, alert: int) -> None:
    """Each action and its undo; `newsroom` is the address of the pages, inside Airflow's frame or without it.

    `alert` is one whose message may not have arrived."""
    place: Place = page.frame_locator("iframe") if "/plugin/" in newsroom else page
    take_a_verdict_back(page, place, newsroom, sql)
    merge_and_split(page, place, newsroom, sql)
    add_and_pause_a_feed(page, place, newsroom, sql)
    replay(page, place, newsroom, sql)
    lists.watch(page, place, newsroom, sql)
    lists.send_again(page, place, newsroom, sql, alert)
    page.goto(f"{newsroom}/actions")
    expect(place.get_by_role("table").get_by_text("undone", exact=True).first).to_be_visible()


def take_a_verdict_back(page: Page, place: Place, newsroom: str, sql: Sql) -> None:
    """By keyboard alone: from the page of a copy to its form, through it, and the undo by a click."""
    copy = sql("select article_id from media.duplicate where of_article_id is not null order by 1 limit 1")[0][0]
    page.goto(f"{newsroom}/copies/{copy}")
    summary = place.get_by_text("Not a copy…")
    expect(summary).to_be_visible()
    place.locator("#content").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if summary.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("it has a voice of its own")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(place.get_by_role("status")).to_contain_text("is not a copy of")
    assert sql("select count(*) from media.duplicate where article_id = %s", copy) == [(0,)]
    undo(place)
    assert sql("select count(*) from media.duplicate where article_id = %s", copy) == [(1,)]
    page.goto(f"{newsroom}/copies/{copy}")
    place.get_by_role("button", name=f"Confirm: article {copy} is a copy").click()
    expect(place.get_by_role("status")).to_contain_text("is indeed a copy of")
    undo(place)


def merge_and_split(page: Page, place: Place, newsroom: str, sql: Sql) -> None:
    """A story takes in its nearest, one report is taken out again, and both are undone in order."""
    story = sql(
        "select story_id from media.article where story_id is not null group by 1 order by count(*) desc, 1 limit 1"
    )[0][0]
    before = sql("select id, story_id from media.article order by id")
    page.goto(f"{newsroom}/stories/{story}")
    place.get_by_text("Merge another story into this…").click()
    place.locator("input[name=other]").first.check()
    place.get_by_label("Reason").first.fill("one event")
    place.get_by_role("button", name="Merge").click()
    expect(place.get_by_role("status")).to_contain_text("is a part of")
    place.get_by_text("Split this story…").click()
    place.locator("input[name=article]").last.check()
    place.locator("#split-reason").fill("another event")
    place.get_by_role("button", name="Split").click()
    expect(place.get_by_role("status")).to_contain_text("taken out of")
    undo(place)
    page.goto(f"{newsroom}/stories/{story}")
    place.get_by_role("button", name="Undo action").first.click()
    expect(place.get_by_role("status")).to_contain_text("Undone")
    assert sql("select id, story_id from media.article order by id") == before


def add_and_pause_a_feed(page: Page, place: Place, newsroom: str, sql: Sql) -> None:
    """A feed is added, paused, and that undone; an address inside is refused with a sentence."""
    page.goto(f"{newsroom}/sources")
    place.get_by_text("Add a feed…").click()
    place.get_by_label("Address of an RSS").fill("http://10.1.2.3/feed.xml")
    place.get_by_role("button", name="Add and poll").click()
    expect(place.get_by_role("heading", name="That cannot be done")).to_be_visible()
    page.goto(f"{newsroom}/sources")
    place.get_by_text("Add a feed…").click()
    place.get_by_label("Address of an RSS").fill("https://gull.example/rss.xml")
    place.get_by_label("Name").fill("The Gull")
    place.get_by_role("button", name="Add and poll").click()
    expect(place.get_by_role("status")).to_contain_text("The Gull is polled")
    place.get_by_text("Stop polling…").click()
    place.get_by_role("button", name="Stop polling").click()
    expect(place.get_by_role("status")).to_contain_text("is not polled any more")
    undo(place)
    assert sql("select active from ingest.feed where title = 'The Gull'") == [(True,)]


def replay(page: Page, place: Place, newsroom: str, sql: Sql) -> None:
    """An entry in quarantine is let go by the button, and held again."""
    entry = sql(
        """
        with chosen as (select id from ingest.entry where disposition = 'rejected' order by id limit 1), moved as (
            update ingest.entry set disposition = 'quarantined', next_try_at = now() + interval '1 hour'
            where id = (select id from chosen))
        insert into ingest.quarantine (entry_id, stage, error, run_id)
        select id, 'fetch', 'put here by a test', 'test/run' from chosen returning entry_id
        """
    )[0][0]
    page.goto(f"{newsroom}/quarantine")
    place.get_by_role("button", name=f"Replay entry {entry}").click()
    title = sql("select coalesce(nullif(hints ->> 'title', ''), canonical_url) from ingest.entry where id = %s", entry)[
        0
    ][0]
    expect(place.get_by_role("status")).to_contain_text(f"{title} goes again with the next run")
    released = "select released_by from ingest.quarantine where entry_id = %s order by id desc limit 1"
    assert sql(released, entry) == [("admin",)]
    undo(place)
    assert sql(released, entry) == [(None,)]
    assert sql("select disposition from ingest.entry where id = %s", entry) == [("quarantined",)]
    expect(place.get_by_role("button", name=f"Replay entry {entry}")).to_be_visible()


def undo(place: Place) -> None:
    place.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(place.get_by_role("status")).to_contain_text("Undone")


def look_only(context: BrowserContext, newsroom: str, sql: Sql) -> None:
    """A viewer sees the pages and no form that acts; a form that he makes himself is answered with 403."""
    copy, story = sql("select id, story_id from media.article where duplicate_of is not null order by 1 limit 1")[0]
    page = context.new_page()
    own = (f"copies/{copy}", f"articles/{copy}", f"stories/{story}")
    for path in ("", *own, "sources", "sources/1", "review", "quarantine", "actions", *lists.PAGES):
        page.goto(f"{newsroom}/{path}")
        expect(page.get_by_text("may look but not act")).to_be_visible()
        expect(page.locator("form[method=post]")).to_have_count(0)
    acting = (f"copies/{copy}/not-a-copy", f"stories/{story}/split", "sources/add", "actions/1/undo")
    for path in (*acting, "watchlists/new", "watchlists/list/leaders", "watchlists/list/leaders/remove"):
        with page.expect_navigation() as led:
            page.evaluate(
                """action => {
                    const form = document.createElement("form");
                    form.method = "post";
                    form.action = action;
                    document.body.append(form);
                    form.submit();
                }""",
                f"{newsroom}/{path}",
            )
        assert led.value.status == 403, path
        page.goto(f"{newsroom}/actions")
