"""Seed files of every form: what is read, what is said of what cannot be read, and that a written seed reads back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.duplicates.text import further_passages
from wirewatch.core.seed_file import Seed, SeedUnreadable, print_markdown, read
from wirewatch.jobs.seed_page import file_name

PAGE = (
    "<html lang=en><head><title>Piers | The Gull</title><link rel=canonical href='https://gull.example/piers'>"
    "<meta property='article:published_time' content='2025-09-02T07:30:00+09:00'></head><body><nav>News Sport</nav><article>"
    "<h1>The north pier is rebuilt</h1>"
    + "<p>The harbour board said on Tuesday that the north pier, closed since the storm of March, will open again in June.</p>"
    * 2
    + "<p>Fishermen had asked for it for two years; the work costs nine million, half of which the region pays.</p></article></body>"
)
KOREA = timezone(timedelta(hours=9))


def seeds(name: str, content: str | bytes) -> list[Seed | SeedUnreadable]:
    raw = content.encode() if isinstance(content, str) else content
    return list(read(name, raw.splitlines(keepends=True)))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", "\n\nOne line.\n\nAnother.\n", Seed("a.txt", "One line.", "One line.\nAnother.")),
        ("a.txt", "x" * 80 + " yes " + "y" * 80, Seed("a.txt", "x" * 80 + " yes…", "x" * 80 + " yes " + "y" * 80)),
        ("d/a.md", "# Piers\n\nText.", Seed("d/a.md", "Piers", "Text.")),
        (
            "a.md",
            "---\ntitle: Piers\nurl: https://gull.example/1\nlanguage: en\npublished: 2025-09-02\n---\nText.",
            Seed("a.md", "Piers", "Text.", "https://gull.example/1", "en", datetime(2025, 9, 2, tzinfo=UTC)),
        ),
        (
            "a.jsonl",
            json.dumps({"id": "k1", "title": "Piers", "text": "Text.", "published": "2025-09-02T07:30:00+09:00"}),
            Seed("a.jsonl#k1", "Piers", "Text.", published=datetime(2025, 9, 2, 7, 30, tzinfo=KOREA)),
        ),
        ("a.jsonl", '\n{"text": "Text."}\n', Seed("a.jsonl#2", "Text.", "Text.")),
    ],
)
def test_a_seed_of_each_form(name, content, expected):
    assert seeds(name, content) == [expected]


def test_a_page_is_cleaned_as_pages_are():
    (found,) = seeds("pier.html", PAGE)
    assert isinstance(found, Seed)
    assert (found.title, found.url, found.language) == ("The north pier is rebuilt", "https://gull.example/piers", "en")
    assert found.published == datetime(2025, 9, 2, 7, 30, tzinfo=KOREA)
    assert "nine million" in found.text
    assert "Sport" not in found.text


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.txt", "caf\xe9".encode("latin-1"), "a.txt is not UTF-8 text: save it as UTF-8."),
        ("a.txt", "  \n", "a.txt has no text."),
        ("a.md", "---\ntitle: x\n", "a.md starts with --- but its front matter has no closing ---."),
        ("a.md", "---\n- x\n---\nText.", "a.md: the front matter must be `key: value` lines."),
        ("a.md", "---\npublished: soon\n---\nText.", "a.md: published must be a date"),
        ("a.html", "<html><body><p>Hi</p></body></html>", "a.html is a page without an article"),
        ("a.jsonl", "{", "a.jsonl, line 1: this is not JSON in UTF-8."),
        ("a.jsonl", "[1]", 'a.jsonl, line 1: an object with "text" is needed.'),
        ("a.jsonl", '{"text": 3}', "a.jsonl, line 1 has no text."),
    ],
)
def test_what_cannot_be_read_is_said(name, content, sentence):
    (found,) = seeds(name, content)
    assert isinstance(found, SeedUnreadable)
    assert str(found).startswith(sentence)


def test_a_bad_line_does_not_stop_the_others():
    found = seeds("a.jsonl", '{"text": "One."}\n{"text": 3}\n\xff\n{"text": "Two."}\n'.encode("latin-1"))
    assert [seed.text for seed in found if isinstance(seed, Seed)] == ["One.", "Two."]
    assert len(found) == 4


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12)
LINES = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)


@given(
    LINES,
    st.lists(LINES, min_size=1, max_size=4).map("\n".join),
    st.none() | st.datetimes(datetime(1950, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_what_is_written_reads_back(title, text, published):
    seed = Seed("s.md", title, text, "https://gull.example/1", "en", published)
    assert list(read("s.md", [print_markdown(seed).encode()])) == [seed]


@given(st.binary(max_size=400), st.sampled_from(["a.txt", "a.md", "a.jsonl"]))
def test_no_file_breaks_the_reading(content, name):
    for found in read(name, content.splitlines(keepends=True)):
        assert isinstance(found, SeedUnreadable) or found.text


@given(st.integers(0, 15_000))
def test_the_lead_and_the_passages_cover_a_long_text(count):
    words = [str(number) for number in range(count)]
    covered = words[:200] + " ".join(further_passages(" ".join(words))).split()
    assert words[: len(covered)] == covered
    assert count - len(covered) < 60 or len(covered) == 200 * 61


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.gull.example/2025/09/north-pier.html", "www.gull.example-2025-09-north-pier-html.md"),
        ("https://gull.example/", "gull.example-page.md"),
        ("https://gull.example/../../etc/passwd", "gull.example-etc-passwd.md"),
        ("https://gull.example/" + "a" * 300, f"gull.example-{'a' * 80}.md"),
    ],
)
def test_the_file_of_an_address_stays_in_the_folder(url, name):
    assert file_name(url) == name
