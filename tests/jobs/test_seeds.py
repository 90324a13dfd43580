"""The seed corpus on a real Postgres with the real model: loaded once, gone on after a stop, found by any part, reported."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from newsroom import hostile
from newsroom.raw import Servers, send
from wirewatch.cli import app
from wirewatch.core.seed_file import SeedUnreadable
from wirewatch.io import embedding, known, postgres
from wirewatch.io import seeds as table
from wirewatch.jobs import filters, seeds
from wirewatch.settings import settings

SUBJECTS = ["bridges", "orchards", "glaciers", "violins", "harbours", "telescopes", "bakeries", "railways"]


def text(subject: str, sentences: int = 6) -> str:
    return " ".join(
        f"Report {n} on {subject} tells what the {subject} of the region needed in year {n}." for n in range(sentences)
    )


def rows(dsn: str, statement: str, parameters: tuple[object, ...] = ()) -> list[dict[str, object]]:
    with postgres.transaction(dsn) as db:
        return postgres.rows(db, statement, parameters)


@pytest.fixture
def folder(tmp_path):
    corpus = tmp_path / "articles"
    corpus.mkdir()
    (corpus / "a.txt").write_text(f"# A\n{text('bridges')}", encoding="utf-8")
    lines = [json.dumps({"id": subject, "title": subject, "text": text(subject)}) for subject in SUBJECTS]
    (corpus / "many.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return corpus


def test_what_is_loaded_and_unchanged_is_not_read_again(warehouse, folder, monkeypatch):
    counts = seeds.load_seeds(warehouse, folder)
    assert counts == {"files": 2, "seeds": 9, "loaded": 9, "unchanged": 0, "retired": 0, "unreadable": 0, "left": 0}
    asked = []
    embed = embedding.embed
    monkeypatch.setattr(embedding, "embed", lambda *given: asked.append(len(given[0])) or embed(*given))
    assert seeds.load_seeds(warehouse, folder)["unchanged"] == 9
    assert asked == []
    content = (folder / "many.jsonl").read_text(encoding="utf-8").replace('"title": "violins"', '"title": "Violins"')
    (folder / "many.jsonl").write_text(content, encoding="utf-8")
    assert seeds.load_seeds(warehouse, folder)["loaded"] == 1
    assert asked == [1]
    assert rows(warehouse, "select title from media.seed where name = 'many.jsonl#violins'") == [{"title": "Violins"}]


def test_a_load_that_was_stopped_goes_on_where_it_was(warehouse, folder, monkeypatch):
    monkeypatch.setattr(seeds, "_CHUNK", 3)
    counts = seeds.load_seeds(warehouse, folder, seconds=-1.0)
    assert counts["loaded"] == 1
    assert counts["left"] == 2
    stored, failing = table.store, []

    def killed(*given):
        if failing:
            raise KeyboardInterrupt
        failing.append(1)
        stored(*given)

    monkeypatch.setattr(table, "store", killed)
    with pytest.raises(KeyboardInterrupt):
        seeds.load_seeds(warehouse, folder)
    monkeypatch.setattr(table, "store", stored)
    told = []
    counts = seeds.load_seeds(warehouse, folder, progress=lambda *step: told.append(step))
    assert counts["loaded"] == 9 - 1 - 3
    assert told[-1] == (8, 8)


def test_two_that_load_at_once_share_the_work(warehouse, folder, monkeypatch):
    """One takes the last files first; each text is embedded once, where they do not come to the same file at the same time."""
    embed, asked = embedding.embed, []
    monkeypatch.setattr(embedding, "embed", lambda texts, model: asked.extend(texts) or embed(texts, model))
    (folder / "z.txt").write_text(f"# Z\n{text('canals')}", encoding="utf-8")
    first = seeds.load_seeds(warehouse, folder, seconds=-1.0)
    other = seeds.load_seeds(warehouse, folder, seconds=-1.0, last_first=True)
    assert (first["loaded"], other["loaded"]) == (1, 1)
    assert rows(warehouse, "select name from media.seed order by name") == [{"name": "a.txt"}, {"name": "z.txt"}]
    assert seeds.load_seeds(warehouse, folder)["loaded"] == 8
    assert len(asked) == len(set(asked)) == 10


def test_the_rest_is_loaded_where_one_cannot_be_read(warehouse, folder):
    (folder / "b.txt").write_bytes(b"caf\xe9")
    with (folder / "many.jsonl").open("a", encoding="utf-8") as out:
        out.write('\n{"text": 3}')
    counts = seeds.load_seeds(warehouse, folder)
    assert (counts["seeds"], counts["unreadable"]) == (9, 2)
    with pytest.raises(
        SeedUnreadable, match=r"b\.txt is not UTF-8 text: save it as UTF-8\. many\.jsonl, line 9 has no text"
    ):
        seeds.require_readable(warehouse)
    (folder / "b.txt").unlink()
    seeds.load_seeds(warehouse, folder)
    with pytest.raises(SeedUnreadable, match=r"^many"):
        seeds.require_readable(warehouse)


def test_an_id_that_is_there_twice_is_said_and_the_first_is_kept(warehouse, folder, monkeypatch):
    monkeypatch.setattr(seeds, "_CHUNK", 3)
    with (folder / "many.jsonl").open("a", encoding="utf-8") as out:
        out.write("\n" + json.dumps({"id": SUBJECTS[0], "text": text("lighthouses")}))
    counts = seeds.load_seeds(warehouse, folder)
    assert (counts["seeds"], counts["unreadable"]) == (9, 1)
    with pytest.raises(SeedUnreadable, match=r"many\.jsonl#bridges is there twice"):
        seeds.require_readable(warehouse)
    kept = rows(warehouse, "select text from media.seed where name = 'many.jsonl#bridges'")
    assert [row["text"] for row in kept] == [text("bridges")]


UNREADABLE = "/proc/self/mem"
"""It opens, and its first byte cannot be read: what a broken disk or share does, for root too."""


@pytest.mark.skipif(not Path(UNREADABLE).exists(), reason="only Linux has a file that opens and cannot be read")
@pytest.mark.parametrize("name", ["here.txt", "here.jsonl"])
def test_a_file_that_cannot_be_read_is_said(warehouse, folder, name):
    (folder / name).symlink_to(UNREADABLE)
    counts = seeds.load_seeds(warehouse, folder)
    assert (counts["seeds"], counts["unreadable"], counts["left"]) == (9, 1, 0)
    with pytest.raises(SeedUnreadable, match=rf"^{re.escape(name)} cannot be read: "):
        seeds.require_readable(warehouse)


@pytest.mark.skipif(not Path(UNREADABLE).exists(), reason="only Linux has a file that opens and cannot be read")
def test_a_file_that_cannot_be_read_for_a_while_keeps_its_seeds(warehouse, folder):
    seeds.load_seeds(warehouse, folder)
    known = rows(warehouse, "select id, name, text_digest from media.seed where retired_at is null order by id")
    away = (folder / "many.jsonl").rename(folder / "away")
    (folder / "many.jsonl").symlink_to(UNREADABLE)
    for _ in range(2):
        counts = seeds.load_seeds(warehouse, folder)
        assert (counts["seeds"], counts["retired"], counts["unreadable"]) == (9, 0, 1)
    (folder / "many.jsonl").unlink()
    away.rename(folder / "many.jsonl")
    counts = seeds.load_seeds(warehouse, folder)
    assert (counts["seeds"], counts["loaded"], counts["unreadable"]) == (9, 0, 0)
    assert rows(warehouse, "select id, name, text_digest from media.seed where retired_at is null order by id") == known
    seeds.require_readable(warehouse)


def test_a_line_that_was_deleted_is_compared_with_nothing_more(warehouse, folder):
    seeds.load_seeds(warehouse, folder)
    lines = (folder / "many.jsonl").read_text(encoding="utf-8").splitlines()
    (folder / "many.jsonl").write_text("\n".join(lines[1:]), encoding="utf-8")
    counts = seeds.load_seeds(warehouse, folder)
    assert (counts["seeds"], counts["retired"]) == (8, 1)
    vectors = embedding.embed([text(subject) for subject in SUBJECTS])
    with postgres.transaction(warehouse) as db:
        found = {key for vector in vectors for key in known.by_meaning(db, vector, settings().model, known.Span(30))}
        names = {f"seed:{row['id']}": row["name"] for row in postgres.rows(db, "select id, name from media.seed")}
    assert {names[key] for key in found} == {"a.txt", *(f"many.jsonl#{subject}" for subject in SUBJECTS[1:])}
    (folder / "many.jsonl").write_text("\n".join(lines), encoding="utf-8")
    counts = seeds.load_seeds(warehouse, folder)
    assert (counts["seeds"], counts["loaded"]) == (9, 1)


def test_a_long_seed_is_found_by_its_middle(warehouse, folder):
    parts = [text(subject, 14) for subject in SUBJECTS]
    (folder / "long.md").write_text("# A year in review\n" + "\n\n".join(parts), encoding="utf-8")
    seeds.load_seeds(warehouse, folder)
    vector = embedding.embed([parts[5]])[0]
    with postgres.transaction(warehouse) as db:
        known.prepare_search(db)
        keys = {row["name"]: f"seed:{row['id']}" for row in postgres.rows(db, "select id, name from media.seed")}
        nearest = list(known.by_meaning(db, vector, settings().model, known.Span(30)))
        cosine = known.cosines(db, vector, [keys["long.md"]], settings().model)[keys["long.md"]]
    assert set(nearest[:2]) == {keys["long.md"], keys["many.jsonl#telescopes"]}
    assert cosine > 0.8
    assert len(nearest) == len(set(nearest))


@pytest.fixture
def desk(warehouse, folder, monkeypatch):
    monkeypatch.setenv("WIREWATCH_DSN", warehouse)
    monkeypatch.setenv("WIREWATCH_SEEDS", str(folder.parent))
    monkeypatch.setenv("WIREWATCH_ALLOW_PRIVATE", "127.0.0.0/8")
    settings.cache_clear()
    yield CliRunner(), folder
    settings.cache_clear()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a loopback address for each server")
def test_the_corpus_by_the_command_line(warehouse, desk, tmp_path):
    runner, folder = desk
    page = (
        "<html lang=en><head><title>Pier</title><meta property='og:type' content='article'></head><body><article>"
        f"<h1>The north pier is rebuilt</h1><p>{hostile.TEXT}</p></article></body></html>"
    ).encode()

    async def answer(asked, out) -> None:
        if asked.path == "/pier":
            send(out, "200 OK", page, "Content-Type: text/html; charset=utf-8")
        else:
            send(out, "404 Not Found")

    (tmp_path / "own.txt").write_text(text("lighthouses"), encoding="utf-8")
    with Servers().running() as servers:
        home = servers.serve("127.9.7.1", answer)
        added = runner.invoke(app, ["seeds", "add", str(tmp_path / "own.txt"), f"{home}/pier"])
        assert added.exit_code == 0, added.output
        missing = runner.invoke(app, ["seeds", "add", f"{home}/none"])
    assert missing.exit_code == 1
    assert "answered 404" in " ".join(missing.output.split())
    (pier,) = folder.glob("127.9.7.1*.md")
    assert "The north pier is rebuilt" in pier.read_text(encoding="utf-8")
    told = runner.invoke(app, ["seeds", "report"]).output
    assert "11 of 11 seeds drew nothing (100%)" in told
    taken = runner.invoke(app, ["seeds", "remove", "own.txt"])
    assert taken.exit_code == 0, taken.output
    assert not (folder / "own.txt").exists()
    listed = runner.invoke(app, ["seeds", "list"]).output
    assert "own.txt" not in listed
    assert "more:" not in listed
    assert "7 more: --most 10 shows all." in runner.invoke(app, ["seeds", "list", "--most", "3"]).output
    assert runner.invoke(app, ["seeds", "remove", "own.txt"]).exit_code == 1


def test_a_load_that_somebody_stops_says_how_it_goes_on(warehouse, desk, monkeypatch, tmp_path):
    runner, folder = desk
    (tmp_path / "own.txt").write_text(text("lighthouses"), encoding="utf-8")

    def stopped(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(table, "store", stopped)
        told = runner.invoke(app, ["seeds", "add", str(tmp_path / "own.txt")])
    assert told.exit_code == 130
    assert "`wirewatch seeds load` goes on from there" in " ".join(told.output.split())
    assert seeds.load_seeds(warehouse, folder)["loaded"] == 10


def test_two_paragraphs_of_a_seed_in_a_longer_piece_are_a_link(warehouse, folder):
    """By the same flow as the filter: judged, loaded, shown by media.why."""
    paragraphs = [text(subject) for subject in SUBJECTS]
    for path in folder.iterdir():
        path.unlink()
    (folder / "long.md").write_text("# A year in review\n" + "\n\n".join(paragraphs), encoding="utf-8")
    seeds.load_seeds(warehouse, folder)
    with postgres.transaction(warehouse) as db:
        names = {f"seed:{row['id']}": row["name"] for row in postgres.rows(db, "select id, name from media.seed")}
    own = " ".join(
        f"Sentence {n} of our own reporting speaks of market day number {n * 7} by the river." for n in range(90)
    )
    piece = {
        "id": "x",
        "title": "Market days",
        "text": f"{own}\n{paragraphs[3]}\n{paragraphs[4]}",
        "url": "https://gull.example/x",
    }
    (answer,) = filters.Deduplicator(warehouse, names)([piece])
    assert answer["duplicate_of"] is None
    assert {"of": "long.md", "where": "middle"}.items() <= answer["parts"][0].items()
    (why,) = rows(warehouse, "select parts from media.why('https://gull.example/x')")
    assert any("from the middle of “A year in review”" in line for line in why["parts"]), why
