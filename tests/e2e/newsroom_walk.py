"""A walk through the Newsroom in a real browser: framed by Airflow and alone, light and dark, wide and narrow. No test by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

SERIOUS = {"serious", "critical"}
Sql = Callable[..., list[tuple]]


def walk(browser: Browser, state: dict, address: str, sql: Sql, folder: Path) -> None:
    """Look at every page as a person who is logged in (`state` has the cookies); pictures go into `folder`."""
    outside: list[str] = []
    for scheme, width in (("light", 1440), ("dark", 390)):
        context = browser.new_context(
            storage_state=state, viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        context.on("request", lambda request: outside.append(request.url) if is_outside(request.url, address) else None)
        page = context.new_page()
        for path in pages(sql):
            look_at(page, f"{address}/newsroom/{path}", f"{scheme} at {width}")
        context.close()
    context = browser.new_context(storage_state=state, viewport={"width": 1440, "height": 900})
    context.on("request", lambda request: outside.append(request.url) if is_outside(request.url, address) else None)
    page = context.new_page()
    framed(page, address, sql, folder)
    context.close()
    assert outside == []


def is_outside(url: str, address: str) -> bool:
    return not url.startswith((address, "data:", "blob:", "about:"))


def pages(sql: Sql) -> list[str]:
    """An address for every kind of page."""
    copy, story = sql("select a.id, a.story_id from media.article a join media.duplicate d on d.article_id = a.id")[0]
    mentioned = sql("select article_id from media.mention limit 1")[0][0]
    return [
        "", "?by=source&over=fortnight&count=articles", "entries?disposition=rejected", "stories", f"stories/{story}",
        "articles", f"articles/{mentioned}", "copies", f"copies/{copy}", "sources", "sources/1", "quarantine", "why",
        f"why?url={sql('select url from media.article where id = %s', copy)[0][0]}", "search",
        "search?q=border&by=words", "runs/ingest_articles", "nowhere",
    ]  # fmt: skip


def look_at(page: Page, url: str, how: str) -> None:
    """A page has a heading, fits the width, and has no serious fault of accessibility."""
    faults: list[str] = []
    page.on(
        "console", lambda said: faults.append(said.text) if said.type == "error" and "404" not in said.text else None
    )
    page.goto(url)
    expect(page.locator("h1")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{url} is too wide, {how}"
    found = Axe().run(page).response["violations"]
    serious = [(v["id"], [node["html"] for node in v["nodes"][:3]]) for v in found if v["impact"] in SERIOUS]
    assert serious == [], f"{url}, {how}: {serious}"
    assert faults == [], f"{url}, {how}: {faults}"


def framed(page: Page, address: str, sql: Sql, folder: Path) -> None:
    """The Newsroom inside the UI: found in the navigation, deep links, the tab of a run, the theme, and the one action."""
    page.goto(f"{address}/")
    page.get_by_role("link", name="Newsroom").first.click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Stories now")).to_be_visible(timeout=60_000)
    theme = page.locator("html").get_attribute("class") or ""
    kept = frame.locator("html").get_attribute("class") or ""
    assert ("dark" in theme.split()) == ("dark" in kept.split())
    page.screenshot(path=folder / "newsroom.png")
    frame.get_by_role("link", name="Stories", exact=True).click()
    expect(page).to_have_url(re.compile(r"/plugin/newsroom/newsroom/stories"))
    frame.locator("body").press("j")
    assert frame.locator("a.headline").first.evaluate("one => one === document.activeElement")
    frame.locator("body").press("/")
    assert frame.locator("#find").evaluate("one => one === document.activeElement")
    run = sql("select split_part(run_id, '/', 2) from ingest.entry where disposition = 'loaded' limit 1")[0][0]
    page.goto(f"{address}/dags/ingest_articles/runs/{run}")
    page.get_by_role("link", name="Newsroom").last.click()
    expect(page.frame_locator("iframe").get_by_text("moved last by this run")).to_be_visible(timeout=60_000)
    replay(page, address, sql)


def replay(page: Page, address: str, sql: Sql) -> None:
    """An entry in quarantine is let go by the button, inside the frame."""
    entry = sql(
        """
        with chosen as (select id from ingest.entry where disposition = 'rejected' order by id limit 1), moved as (
            update ingest.entry set disposition = 'quarantined' where id = (select id from chosen))
        insert into ingest.quarantine (entry_id, stage, error, run_id)
        select id, 'fetch', 'put here by a test', 'test/run' from chosen returning entry_id
        """
    )[0][0]
    page.goto(f"{address}/plugin/newsroom/newsroom/quarantine")
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name=f"Replay entry {entry}").click()
    expect(frame.get_by_role("status")).to_contain_text(f"Entry {entry} goes again")
    released = sql("select released_by from ingest.quarantine where entry_id = %s order by id desc", entry)
    assert released[0] == ("admin",)
