"""Articles looked at again: versions, changes in order, what is gone, and copies of what was taken back."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime

import pytest

from newsroom import hostile
from newsroom.raw import Servers, send
from wirewatch.io import corrections, feeds, postgres
from wirewatch.jobs import ingest, reference, rejudge, replay, report, revisit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a loopback address for each server")
TITLE, TEXT = "The north pier is rebuilt", hostile.TEXT
BREAD = (
    "Rye bread needs time. Mix the flour with water and sourdough in the evening, and leave it in a warm place until morning. "
    "In the morning add salt and the rest of the flour, knead it shortly, and bake the loaf for an hour with some steam."
)


def page(title: str, text: str) -> bytes:
    return (
        f"<html lang=en><head><title>{title}</title><meta property='og:type' content='article'></head>"
        f"<body><article><h1>{title}</h1><p>{text}</p></article></body></html>"
    ).encode()


EVER = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


class Paper:
    """A paper whose pages can be changed: path to (status, body)."""

    def __init__(self) -> None:
        self.pages = {"/1": ("200 OK", page(TITLE, TEXT)), "/2": ("200 OK", page("Rye", BREAD))}

    async def answer(self, asked, out) -> None:
        if asked.path == "/feed":
            send(out, "200 OK", hostile.rss(*(hostile.item(path, int(path[1:])) for path in self.pages)))
        elif asked.path in self.pages:
            status, body = self.pages[asked.path]
            send(out, status, body, "Content-Type: text/html; charset=utf-8")
        else:
            send(out, "404 Not Found")


@pytest.fixture
def desk(warehouse):
    paper = Paper()
    with Servers().running() as servers:
        homes = [servers.serve(f"127.9.{n}.1", paper.answer) for n in (1, 2)]
        reference.load_reference(warehouse)
        for home in homes:
            with postgres.transaction(warehouse) as db:
                feeds.add(db, f"{home}/feed", "Paper", home.partition("://")[2])
            ingest.ingest(warehouse)
        yield warehouse, paper, homes


def again(dsn: str) -> dict[str, int]:
    with postgres.transaction(dsn) as db:
        postgres.execute(db, "update media.article set next_look_at = now()")
    return revisit.revisit(dsn, "again")


def rows(dsn: str, query: str):
    with postgres.transaction(dsn) as db:
        return postgres.rows(db, query)


def test_corrections_from_first_look_to_retraction(desk):
    dsn, paper, homes = desk
    assert report.funnel(dsn)["loaded"] == 2
    assert report.funnel(dsn)["duplicate"] == 2
    assert again(dsn) == {"looked": 4, "unchanged": 4, "failed": 0}
    assert rows(dsn, "select from media.article_version") == []

    paper.pages["/1"] = ("200 OK", page(TITLE, TEXT.replace("four million", "4 million").replace("harbour", "harbor")))
    assert again(dsn)["unchanged"] == 2
    paper.pages["/1"] = ("200 OK", page(TITLE, "This article has been withdrawn. " + TEXT))
    assert again(dsn)["retracted"] == 2
    paper.pages["/2"] = ("404 Not Found", b"")
    assert again(dsn)["unchanged"] == 4
    assert again(dsn)["gone"] == 2
    paper.pages["/2"] = ("200 OK", page("Rye", BREAD))
    assert again(dsn)["back"] == 2

    versions = rows(
        dsn,
        "select change from media.article_version where article_id = (select min(article_id) from media.article_version) "
        "order by version",
    )
    assert [row["change"] for row in versions] == ["first", "substantial", "retracted"]
    assert len(rows(dsn, "select from media.article")) == 4
    assert len(rows(dsn, "select from ingest.entry")) == 4
    assert rows(dsn, "select * from ingest.ledger_fault") == []
    cursors = rows(dsn, "select cursor, kind from media.change order by cursor")
    assert [row["kind"] for row in cursors[:4]] == ["new"] * 4
    assert {"changed", "retracted", "gone", "back", "copy_of_retracted"} <= {row["kind"] for row in cursors}
    assert [row["title"] for row in rows(dsn, "select title from media.copy_of_retracted")] == [TITLE]
    states = {report.why(dsn, f"{home}/1")[0]["article_state"] for home in homes}
    assert states == {"retracted"}
    assert "retracted" in report.why(dsn, f"{homes[0]}/1")[0]["corrections"][1]
    assert rejudge.rejudge(dsn, "judge")["articles"] == 2
    window = rows(
        dsn, "select min(fetched_at) as since, max(fetched_at) + interval '1 second' as until from ingest.page"
    )[0]
    assert replay.compare(dsn, window["since"], window["until"], "replay")["different"] == 0


def test_a_changed_text_is_judged_again_with_what_copies_it(desk):
    """The second paper's page copies the first's; then it prints something of its own, and the first copies the bread."""
    dsn, paper, _ = desk
    vectors = "select article_id, vector::text from media.embedding order by 1"
    before = rows(dsn, vectors)
    second = dict(paper.pages)
    paper.pages["/1"] = ("200 OK", page("Rye bread", BREAD))
    assert again(dsn)["substantial"] == 2
    assert rejudge.rejudge(dsn, "judge") == {"articles": 2, "changed": 2}
    assert rejudge.rejudge(dsn, "judge") == {"articles": 0, "changed": 0}
    copies = rows(
        dsn,
        "select a.id, a.duplicate_of, a.story_id, e.disposition, e.reason from media.article a join ingest.entry e using (id) order by 1",
    )
    (root,) = {row["duplicate_of"] for row in copies} - {None}
    assert [row["disposition"] for row in copies if row["id"] == root] == ["loaded"]
    assert {row["duplicate_of"] for row in copies if row["id"] != root} == {root}
    assert len({row["story_id"] for row in copies}) == 1
    assert all("since its text changed" in row["reason"] for row in copies if row["id"] in (1, 3) and row["id"] != root)
    assert rows(dsn, vectors) != before
    kinds = rows(dsn, "select kind from media.change where kind = 'judged'")
    assert len(kinds) >= 2
    assert rows(dsn, "select * from ingest.ledger_fault") == []

    paper.pages = second
    paper.pages["/1"] = ("200 OK", page(TITLE, TEXT))
    assert again(dsn)["substantial"] == 2
    assert rejudge.rejudge(dsn, "judge")["articles"] == 2
    assert rows(dsn, "select count(*)::int as n from media.article where duplicate_of is null") == [{"n": 2}]
    assert rows(dsn, "select * from ingest.ledger_fault") == []
    assert replay.compare(dsn, *EVER, "replay")["result"].startswith("0 of 4 rows differ")


def test_a_wall_changes_nothing(desk):
    dsn, paper, _ = desk
    paper.pages["/1"] = ("200 OK", hostile._CHALLENGE.encode())
    assert again(dsn)["unchanged"] == 4
    assert rows(dsn, "select from media.article_version") == []


def test_nothing_appears_below_a_cursor_that_was_seen(desk):
    """Writers that commit in another order than they began: the later one waits, so that its cursor is the higher."""
    dsn, _, _ = desk
    article = rows(dsn, "select min(id) as id from media.article")[0]["id"]
    first, second = postgres.connect(dsn), postgres.connect(dsn)
    corrections.note_change(first, article, "changed", 2)

    def other() -> None:
        corrections.note_change(second, article, "changed", 3)
        second.commit()

    thread = threading.Thread(target=other)
    thread.start()
    seen = rows(dsn, "select max(cursor) as top from media.change")[0]["top"]
    first.commit()
    thread.join()
    new = rows(dsn, f"select version from media.change where cursor > {seen} order by cursor")
    assert [row["version"] for row in new] == [2, 3]
    first.close()
    second.close()
