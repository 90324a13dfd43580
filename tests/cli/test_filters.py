"""The filters as a shell runs them: JSON lines in, as many JSON lines out, whatever comes."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest

from newsroom import articles
from wirewatch.settings import ROOT

SEED = min((ROOT / "seeds" / "articles").glob("*.txt"))
PRINTED = [article for article in articles.load() if article.paragraphs]
HTML = "<html lang=en><head><title>Rye</title></head><body><article><h1>Rye</h1>{}</article></body></html>".format(
    "".join(
        f"<p>Rye bread number {n} needs time, salt, flour, water and a warm place until the morning comes.</p>"
        for n in range(6)
    )
)
BROKEN = ["not json", "[]", "{", '"text"', "\x00", '{"id": 1e400}']


def run(command: str, lines: list[object], *more: str) -> list[dict]:
    """Feed lines (objects become JSON) to a filter; its answers."""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    done = subprocess.run(
        [sys.executable, "-m", "wirewatch", command, *more],
        input=text.encode(),
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return [json.loads(line) for line in done.stdout.splitlines()]


def record(article: articles.Article) -> dict[str, str]:
    return {"id": article.slug + article.again, "title": article.title, "text": "\n".join(article.paragraphs)}


def test_clean_takes_html_and_files_and_says_what_is_no_article(tmp_path):
    path = tmp_path / "page.html.gz"
    path.write_bytes(gzip.compress(HTML.encode()))
    given = [
        {"id": "a", "url": "https://example.org/a", "html": HTML, "crawled": "2025-09-02T08:00:00"},
        {"id": "b", "url": "https://example.org/b", "html_path": str(path)},
        {"id": "c", "url": "https://example.org/c", "html": "<title>Just a moment...</title>"},
    ]
    found = run("clean", given)
    assert [set(answer) for answer in found] == [
        {"id", "title", "headline", "text", "authors", "published", "language", "rejected", "detail"}
    ] * 3
    assert [answer["rejected"] for answer in found] == [None, None, "challenge"]
    assert found[0]["title"] == "Rye"
    assert found[0]["language"] == "en"
    assert found[0]["text"] == found[1]["text"]
    assert "number 5" in found[0]["text"]


@pytest.mark.parametrize("command", ["clean", "tag", "dedupe"])
def test_a_bad_line_gets_an_error_and_the_rest_goes_on(command):
    good = record(PRINTED[0]) | {"html": HTML}
    wrong = [
        *BROKEN,
        {"id": 2},
        {"id": 3, "html": 5, "text": 5},
        {"id": 4, "html": ["x"], "text": ["x"]},
    ]
    found = run(command, [good, *wrong, good | {"id": "last"}])
    assert len(found) == len(wrong) + 2
    assert "error" not in found[0]
    assert "error" not in found[-1]
    assert all(answer["error"] for answer in found[1:-1])
    assert [answer["id"] for answer in found[-4:]] == [2, 3, 4, "last"]


@pytest.mark.parametrize("command", ["clean", "tag", "dedupe"])
def test_odd_text_is_answered_like_any_other(command):
    texts = [
        "",
        " ",
        "\x00",
        "\ud800 lone",
        "日本語の記事です。" * 40,
        "a" * 100_000,
        "<b>" * 2000,
        "\u202eabc",
        "🙂" * 500,
    ]
    found = run(command, [{"id": n, "title": text[:50], "text": text, "html": text} for n, text in enumerate(texts)])
    assert [answer["id"] for answer in found] == list(range(len(texts)))
    assert all("error" not in answer for answer in found)


def test_dedupe_finds_copies_of_seeds_and_of_lines_before():
    given = [record(article) for article in PRINTED]
    found = {answer["id"]: answer for answer in run("dedupe", given, "--seeds", str(SEED.parent))}
    assert {slug for slug, answer in found.items() if answer["duplicate_of"] == SEED.name} == {
        "kim-train-copy", "kim-train-cut", "kim-train-rewrite",
    }  # fmt: skip
    assert found["kim-train-copy"]["rung"] == "exact"
    assert found["ceasefire-talks-stall-gazette"]["duplicate_of"] == "ceasefire-talks-stall"
    assert found["ceasefire-talks-stall-radio"]["duplicate_of"] == "ceasefire-talks-stall"
    assert len([answer for answer in found.values() if answer["duplicate_of"]]) == 5
    assert found["kim-train-cut"]["story"] == found["three-leaders-beijing-analysis"]["story"]


def test_dedupe_makes_no_story_of_reports_that_fill_one_form():
    towns = [("Salem", "Friday", 11, 89, 6600), ("Omaha", "Monday", 1, 38, 8900), ("Tulsa", "Sunday", 4, 61, 1200)]
    warnings = [
        f"The weather service has issued a warning for {town} and the counties around it, in effect from {hour} p.m. {day}. "
        f"Forecasters said that winds could reach {wind} mph and bring down trees and lines in all of {town}. "
        f"The utility said that about {dark} customers in {town} were without power on {day} and crews were at work."
        for town, day, hour, wind, dark in towns
    ]
    given = [{"id": n, "title": f"Storm warning for {towns[n][0]}", "text": text} for n, text in enumerate(warnings)]
    given.append({"id": 3, "title": "Storm warning for Salem area", "text": "By Ann Other. " + warnings[0]})
    found = run("dedupe", given)
    assert [answer["duplicate_of"] for answer in found] == [None, None, None, 0]
    assert len({answer["story"] for answer in found[:3]}) == 3
    assert found[3]["story"] == found[0]["story"]


@pytest.mark.parametrize("command", ["clean", "dedupe"])
def test_a_date_in_whatever_form_costs_no_article(command):
    dates = ["", "soon", "2-MAR-1987 08:22:57.75", "2025-09-02", 5, None, "9999-99-99", "0001-01-01", [], "1" * 500]
    found = run(command, [record(PRINTED[0]) | {"published": date, "crawled": date, "html": HTML} for date in dates])
    assert len(found) == len(dates)
    assert all("error" not in answer for answer in found)


def test_dedupe_answers_in_order_over_many_chunks():
    numbers = range(150)
    given = [
        {"id": n, "title": f"Report {n % 75}", "text": f"{n % 75} " + PRINTED[n % 25].paragraphs[0] * 3}
        for n in numbers
    ]
    found = run("dedupe", given)
    assert [answer["id"] for answer in found] == list(numbers)
    assert all(answer["duplicate_of"] is not None for answer in found[75:])


def test_tag_gives_topics_and_mentions(tmp_path):
    watchlists = tmp_path / "watchlists.yaml"
    watchlists.write_text("- name: people\n  entries: [Jenny Town]\n", encoding="utf-8")
    text = SEED.read_text(encoding="utf-8")
    (found,) = run("tag", [{"id": 1, "title": "", "text": text}], "--watchlists", str(watchlists))
    assert "medtop:11000000" in [topic["qcode"] for topic in found["topics"]]
    assert all(0 <= topic["score"] <= 1 and topic["name"] for topic in found["topics"])
    (mention,) = found["mentions"]
    assert (mention["name"], text[mention["start"] : mention["end"]]) == ("Jenny Town", "Jenny Town")
