"""A walk through the Newsroom in a real browser: framed by Airflow and alone, light and dark, wide and narrow. No test by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e import newsroom_actions as actions
from e2e import newsroom_lists as lists

SERIOUS = {"serious", "critical"}
CHANGED_BY_LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
WIDE, NARROW = 1440, 390
Sql = Callable[..., list[tuple]]


def walk(browser: Browser, states: dict[str, dict], address: str, sql: Sql, folder: Path) -> None:
    """Look at every page and do every action, as each role (`states` has their cookies); pictures go into `folder`."""
    outside: list[str] = []
    alert = lists.put_an_alert(sql)

    def context(role: str, width: int = WIDE) -> BrowserContext:
        made = browser.new_context(storage_state=states[role], viewport={"width": width, "height": 900})
        made.on("request", lambda request: outside.append(request.url) if is_outside(request.url, address) else None)
        return made

    for width, schemes in ((WIDE, ("light", "dark")), (NARROW, ("dark", "light"))):
        with context("admin", width) as looked:
            page = looked.new_page()
            for path in pages(sql):
                look_at(page, f"{address}/newsroom/{path}", width, schemes)
    with context("admin") as acted:
        page = acted.new_page()
        framed(page, address, sql, folder)
        actions.act_on_all(page, f"{address}/plugin/newsroom/newsroom", sql, alert)
    with context("admin", NARROW) as narrow:
        framed_on_a_phone(narrow.new_page(), address, sql)
    with context("viewer") as viewing:
        actions.look_only(viewing, f"{address}/newsroom", sql)
    assert outside == []


def is_outside(url: str, address: str) -> bool:
    return not url.startswith((address, "data:", "blob:", "about:"))


def pages(sql: Sql) -> list[str]:
    """An address for every kind of page."""
    copy, story = sql("select a.id, a.story_id from media.article a join media.duplicate d on d.article_id = a.id")[0]
    mentioned = sql("select article_id from media.mention limit 1")[0][0]
    run = sql("select run_id from ingest.entry where disposition = 'loaded' limit 1")[0][0]
    return [
        "", "?by=source&over=fortnight&count=articles", "entries?disposition=rejected", "stories", f"stories/{story}",
        "articles", f"articles/{mentioned}", "copies", f"copies/{copy}", "review", "sources", "sources/1", "gaps",
        "quarantine", "actions", "why",
        f"why?url={sql('select url from media.article where id = %s', copy)[0][0]}", "search",
        "search?q=border&by=words", "runs/ingest_articles", f"runs/{run}", *lists.PAGES, "nowhere",
    ]  # fmt: skip


def pictured(sql: Sql) -> dict[str, str]:
    """The pages of the README's pictures, by name."""
    story = sql("select story_id from media.article group by 1 order by count(*) desc, 1 limit 1")[0][0]
    copy = sql("select article_id from media.duplicate where rung <> 'exact' order by article_id limit 1")[0][0]
    return {"story": f"stories/{story}", "copy": f"copies/{copy}"}


def look_at(page: Page, url: str, width: int, schemes: tuple[str, str]) -> None:
    """A page has a heading, fits the width, and has no serious fault of accessibility, light and dark, forms opened too.

    All rules are asked at each width, in the first of the schemes; what a scheme can change is asked again in the other.
    """
    faults: list[str] = []
    page.on(
        "console", lambda said: faults.append(said.text) if said.type == "error" and "404" not in said.text else None
    )
    # Without motion: a colour that is still on its way from one scheme to the other has the contrast of neither.
    page.emulate_media(color_scheme=schemes[0], reduced_motion="reduce")
    page.goto(url)
    expect(page.locator("h1")).to_have_count(1)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{url} is too wide at {width}"
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        rules = {} if scheme == schemes[0] else {"runOnly": CHANGED_BY_LOOKS}
        found = Axe().run(page, options=rules).response["violations"]
        serious = [(v["id"], [node["html"] for node in v["nodes"][:3]]) for v in found if v["impact"] in SERIOUS]
        assert serious == [], f"{url}, {scheme} at {width}: {serious}"
    assert faults == [], f"{url} at {width}: {faults}"


def framed_on_a_phone(page: Page, address: str, sql: Sql) -> None:
    """Inside Airflow's frame on a narrow screen nothing has to be scrolled sideways."""
    for path in ("", "stories", "copies", "sources", "actions"):
        page.goto(f"{address}/plugin/newsroom/newsroom/{path}")
        frame = page.frame_locator("iframe")
        expect(frame.locator("h1")).to_be_visible()
        inner = frame.locator("html").evaluate("one => [one.scrollWidth, window.innerWidth]")
        assert inner[0] <= inner[1], f"{path} is too wide in the frame: {inner}"


def framed(page: Page, address: str, sql: Sql, folder: Path) -> None:
    """The Newsroom inside the UI: found in the navigation, deep links, the tab of a run, the theme."""
    page.goto(f"{address}/")
    page.get_by_role("link", name="Newsroom").first.click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Stories now")).to_be_visible()
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
    for name, path in pictured(sql).items():
        page.goto(f"{address}/plugin/newsroom/newsroom/{path}")
        expect(frame.locator("h1")).to_be_visible()
        page.wait_for_timeout(1000)
        page.screenshot(path=folder / f"newsroom_{name}.png")
    run = sql("select split_part(run_id, '/', 2) from ingest.entry where disposition = 'loaded' limit 1")[0][0]
    page.goto(f"{address}/dags/ingest_articles/runs/{run}")
    tab = page.get_by_role("link", name="Newsroom").nth(1)  # the first is the navigation's, and is there sooner
    expect(tab).to_be_visible()
    tab.click()
    expect(page.frame_locator("iframe").get_by_text("moved last by this run")).to_be_visible()
