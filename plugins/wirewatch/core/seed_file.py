"""Seed files: plain text, Markdown, HTML and JSON lines to seeds, and a seed to Markdown. What is wrong is said, not raised."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath

import yaml

from wirewatch.core.storable import storable

SUFFIXES = (".txt", ".md", ".html", ".htm", ".jsonl")
READER = 1
"""Version of this reading: with another one, files that did not change are read again."""
_LONGEST_TITLE = 90


class SeedUnreadable(ValueError):
    """A file of the seed corpus, or a line of it, is not what it should be."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed; `name` is its file's path below the folder, and of a line of a JSON lines file `path#id`."""

    name: str
    title: str
    text: str
    url: str | None = None
    language: str | None = None
    published: datetime | None = None

    @property
    def file(self) -> str:
        """The path of the file that it is from."""
        return self.name.partition("#")[0]


def read(name: str, lines: Iterable[bytes]) -> Iterator[Seed | SeedUnreadable]:
    """The seeds of a file that is read as `lines`; in place of what cannot be read, the sentence that says why.

    Text and Markdown may have YAML front matter (title, url, language, published). HTML is cleaned as fetched pages
    are. A JSON line is {"text", "title"?, "url"?, "language"?, "published"?, "id"?}.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".jsonl":
        yield from _of_json_lines(name, lines)
        return
    content = b"".join(lines)
    try:
        yield _of_page(name, content) if suffix in (".html", ".htm") else _of_text(name, content)
    except SeedUnreadable as problem:
        yield problem


def print_markdown(seed: Seed) -> str:
    """The seed as a Markdown file with front matter, which `read` reads back."""
    facts = {"title": seed.title, "url": seed.url, "language": seed.language, "published": seed.published}
    head = yaml.safe_dump({key: value for key, value in facts.items() if value}, allow_unicode=True, sort_keys=False)
    return f"---\n{head}---\n{seed.text}\n"


def _of_text(name: str, content: bytes) -> Seed:
    try:
        text = storable(content.decode("utf-8-sig")).replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        message = f"{name} is not UTF-8 text: save it as UTF-8."
        raise SeedUnreadable(message) from problem
    facts, body = _front_matter(name, text)
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    title = facts.get("title")
    if title is None and lines and lines[0].startswith("# "):
        title, lines = lines[0][2:].strip(), lines[1:]
    return _seed(name, {**facts, "title": title, "text": "\n".join(lines)})


def _of_page(name: str, content: bytes) -> Seed:
    from wirewatch.core.clean.article import clean  # the extractors take a second to load, and few seeds are pages

    article = clean(content, url="https://seed.invalid/")
    if article.rejected is not None:
        message = f"{name} is a page without an article ({article.rejected.value.replace('_', ' ')})."
        raise SeedUnreadable(message)
    return _seed(
        name,
        {
            "title": article.headline or article.title,
            "text": article.text,
            "url": article.canonical_url,
            "language": article.language,
            "published": article.published,
        },
    )


def _of_json_lines(name: str, lines: Iterable[bytes]) -> Iterator[Seed | SeedUnreadable]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{name}, line {number}"
        try:
            row = json.loads(line.decode("utf-8-sig"))
        except ValueError:
            yield SeedUnreadable(f"{place}: this is not JSON in UTF-8.")
            continue
        if not isinstance(row, dict):
            yield SeedUnreadable(f'{place}: an object with "text" is needed.')
            continue
        key = storable(str(row.get("id") or number))
        try:
            yield _seed(f"{name}#{key}", row, place)
        except SeedUnreadable as problem:
            yield problem


def _seed(name: str, facts: Mapping[str, object], place: str = "") -> Seed:
    text = facts.get("text")
    if not isinstance(text, str) or not text.strip():
        message = f"{place or name} has no text."
        raise SeedUnreadable(message)
    lines = [line.strip() for line in storable(text).splitlines() if line.strip()]
    return Seed(
        name=name,
        title=_word(facts, "title") or _first_words(lines[0]),
        text="\n".join(lines),
        url=_word(facts, "url"),
        language=_word(facts, "language"),
        published=_moment(place or name, facts.get("published")),
    )


def _front_matter(name: str, content: str) -> tuple[dict[str, object], str]:
    if not content.startswith("---\n"):
        return {}, content
    head, found, body = content[4:].partition("\n---\n")
    if not found:
        message = f"{name} starts with --- but its front matter has no closing ---."
        raise SeedUnreadable(message)
    try:
        facts = yaml.safe_load(head) or {}
    except (yaml.YAMLError, ValueError) as problem:
        message = f"{name}: the front matter is not YAML ({problem})."
        raise SeedUnreadable(message) from problem
    if not isinstance(facts, dict):
        message = f"{name}: the front matter must be `key: value` lines."
        raise SeedUnreadable(message)
    return facts, body


def _moment(place: str, value: object) -> datetime | None:
    """A date of YAML or JSON as a moment; without a zone it is read as UTC."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, datetime):
            found = value
        elif isinstance(value, date):
            found = datetime.combine(value, time())
        else:
            found = datetime.fromisoformat(str(value))
    except ValueError as problem:
        message = f"{place}: published must be a date such as 2025-09-02 or 2025-09-02T07:30:00+09:00, not {value!r}."
        raise SeedUnreadable(message) from problem
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _word(facts: Mapping[str, object], key: str) -> str | None:
    value = facts.get(key)
    return " ".join(storable(str(value)).split()) or None if value is not None else None


def _first_words(line: str) -> str:
    if len(line) <= _LONGEST_TITLE:
        return line
    return line[:_LONGEST_TITLE].rsplit(" ", 1)[0] + "…"
