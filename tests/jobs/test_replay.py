"""A replay proves that the archive gives the stored rows, and says of each that it does not give which field and why."""

from __future__ import annotations

import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsroom import hostile
from newsroom.raw import Servers, send
from wirewatch.io import feeds, makers, postgres
from wirewatch.jobs import ingest, reference, replay, seeds
from wirewatch.settings import ROOT, settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a loopback address for each server")
SEED = next((ROOT / "seeds" / "articles").glob("*.txt")).read_text(encoding="utf-8").strip().splitlines()
BREAD = (
    "Rye bread needs time. Mix the flour with water and sourdough in the evening, and leave it in a warm place until morning. "
    "In the morning add salt and the rest of the flour, knead it shortly, and bake the loaf for an hour with some steam."
)
ALL = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def page(title: str, *paragraphs: str) -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs if paragraph.strip())
    return (
        f"<html lang=en><head><title>{title}</title><meta property='og:type' content='article'></head>"
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


PAGES = {
    "/1": page("The north pier is rebuilt", hostile.TEXT),
    "/2": page("How rye bread is baked", BREAD),
    "/3": page("Rye, water, patience", BREAD),
    "/4": page("By rail to Beijing", *SEED),
    "/5": hostile._CONSENT.encode(),
    "/6": page(
        "The pier: work has begun", hostile.TEXT.replace("has voted", "voted last week"), "Work has begun today."
    ),
}


async def paper(asked, out) -> None:
    if asked.path == "/feed":
        items = [hostile.item(path, int(path[1:])) for path in PAGES]
        words = (
            "A short report of the feed alone, which has no page of its own but says in so many words all that it has to say: "
            * 2
        )
        send(out, "200 OK", hostile.rss(*items, hostile.item("", 7, words)), "Content-Type: application/xml")
    elif asked.path in PAGES:
        send(out, "200 OK", PAGES[asked.path], "Content-Type: text/html; charset=utf-8")
    else:
        send(out, "404 Not Found")


@pytest.fixture(scope="module")
def desk(make_warehouse):
    with make_warehouse() as dsn, Servers().running() as servers:
        home = servers.serve("127.9.1.1", paper)
        reference.load_reference(dsn)
        seeds.load_seeds(dsn, settings().seeds / "articles")
        with postgres.transaction(dsn) as db:
            feeds.add(db, f"{home}/feed", "Paper", home.partition("://")[2])
        ingest.ingest(dsn)
        yield dsn


@pytest.fixture
def offline(monkeypatch):
    """Connections other than to the warehouse fail."""
    real = socket.socket.connect

    def connect(self, address):
        assert not (isinstance(address, tuple) and str(address[0]).startswith("127.9.")), address
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


def rows(dsn: str, query: str):
    with postgres.transaction(dsn) as db:
        return postgres.rows(db, query)


def change(dsn: str, statement: str) -> None:
    with postgres.transaction(dsn) as db:
        postgres.execute(db, statement)


def found(dsn: str, run: str) -> dict[str, tuple[str, str]]:
    stored = rows(dsn, f"select field, kind, reason from ingest.replay_difference where run_id = '{run}'")
    return {row["field"]: (row["kind"], row["reason"]) for row in stored}


def test_twice_the_same_and_the_same_as_what_is_stored(desk, offline):
    first, second = replay.compare(desk, *ALL, "first"), replay.compare(desk, *ALL, "second")
    assert first["result"] == "0 of 7 rows differ", found(desk, "first")
    assert first["stored_digest"] == first["rebuilt_digest"] == second["rebuilt_digest"]
    (summary,) = rows(desk, "select * from ingest.replay_summary where run_id = 'second'")
    assert (summary["equal"], summary["unexplained"], summary["left_out"]) == (True, 0, "")


def test_what_came_later_does_not_count(desk):
    """An article is judged by what was known then: its own copies, which came later, make it no copy of theirs."""
    copies = rows(desk, "select a.id, a.duplicate_of from media.article a where a.duplicate_of is not null")
    assert copies
    assert all(row["duplicate_of"] < row["id"] for row in copies)
    assert replay.compare(desk, *ALL, "later")["different"] == 0


@pytest.mark.parametrize(
    ("statement", "undo", "field", "kind"),
    [
        (
            "update media.article set title = title || '!' where canonical_url like '%/1'",
            "update media.article set title = rtrim(title, '!') where canonical_url like '%/1'",
            "title",
            "unexplained",
        ),
        (
            "update media.article set section = 'x' where canonical_url like '%/2'",
            "update media.article set section = null where canonical_url like '%/2'",
            "section",
            "unexplained",
        ),
        (
            "update media.duplicate set rung = 'url' where rung = 'exact' and of_article_id is not null",
            "update media.duplicate set rung = 'exact' where rung = 'url'",
            "copy",
            "unexplained",
        ),
        (
            "update ingest.entry set reason = 'soft_404' where reason like 'consent_wall%'",
            "update ingest.entry set reason = 'consent_wall' where reason = 'soft_404'",
            "rejected",
            "unexplained",
        ),
    ],
)
def test_a_row_that_was_tampered_with_is_found(desk, statement, undo, field, kind):
    change(desk, statement)
    done = replay.compare(desk, *ALL, "tampered")
    assert done["different"] == 1
    assert done["stored_digest"] != done["rebuilt_digest"]
    assert done["result"].startswith(f"1 of 7 rows differ: {field} in 1")
    assert found(desk, "tampered")[field][0] == kind
    change(desk, undo)


def test_other_code_is_named_as_the_reason(desk):
    change(desk, "update ingest.maker set cleaning = 'earlier', code = '0.0.9'")
    change(desk, "update media.article set text = text || ' More.' where canonical_url like '%/1'")
    replay.compare(desk, *ALL, "code")
    kind, reason = found(desk, "code")["text"]
    now = makers.present(settings().model)
    assert (kind, reason) == ("code", f"cleaning code earlier (0.0.9), now {now.cleaning} ({now.code})")
    change(desk, "update media.article set text = replace(text, ' More.', '') where canonical_url like '%/1'")


def test_a_page_that_the_archive_lost_is_counted_and_the_rest_goes_on(desk):
    (row,) = rows(desk, "select min(archive_file) as file from ingest.page")
    path = Path(settings().archive_url) / row["file"]
    path.rename(path.with_suffix(".away"))
    done = replay.compare(desk, *ALL, "lost")
    path.with_suffix(".away").rename(path)
    assert done["unreadable"] >= 1
    assert done["pages"] == 7
    assert found(desk, "lost")["page"][0] == "unreadable"


def test_a_sample_is_the_same_each_time(desk):
    one, other = replay.compare(desk, *ALL, "s1", 3), replay.compare(desk, *ALL, "s2", 3)
    assert one["pages"] == 3
    assert one["rebuilt_digest"] == other["rebuilt_digest"]
    assert rows(desk, "select sampled from ingest.replay where run_id = 's1'") == [{"sampled": True}]
