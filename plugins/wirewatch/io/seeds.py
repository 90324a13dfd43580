"""The seed corpus: files in a folder, and their rows in the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from wirewatch.core.model import Vectors
from wirewatch.io import postgres
from wirewatch.io.drafts import literal
from wirewatch.io.postgres import Connection

SUFFIXES = (".txt", ".md")


class SeedUnreadable(ValueError):
    """A file of the seed corpus is not what it should be."""


@dataclass(frozen=True, slots=True)
class SeedFile:
    """One seed as its file gives it; `name` is the path below the folder."""

    name: str
    title: str
    text: str
    url: str | None = None
    language: str | None = None
    published: datetime | None = None


def read_folder(folder: Path) -> Iterator[SeedFile]:
    """The seeds of a folder and the folders below it, by name. SeedUnreadable names the file and what is wrong."""
    if not folder.is_dir():
        message = f"There is no folder {folder} with seed articles."
        raise SeedUnreadable(message)
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and path.name.lower() != "readme.md":
            yield read_file(path, path.relative_to(folder).as_posix())


def read_file(path: Path, name: str) -> SeedFile:
    """A seed: plain text or Markdown, with optional YAML front matter (title, url, language, published)."""
    try:
        content = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        message = f"{name} is not UTF-8 text: save it as UTF-8."
        raise SeedUnreadable(message) from problem
    facts, body = _front_matter(name, content)
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    if not lines:
        message = f"{name} has no text."
        raise SeedUnreadable(message)
    title = facts.get("title")
    if title is None and lines[0].startswith("# "):
        title, lines = lines[0][2:].strip(), lines[1:]
    published = facts.get("published")
    return SeedFile(
        name=name,
        title=str(title or _first_words(lines[0])),
        text="\n".join(lines),
        url=_word(facts, "url"),
        language=_word(facts, "language"),
        published=published if isinstance(published, datetime) else None,
    )


def missing(db: Connection, digests: dict[str, str]) -> set[str]:
    """Of these seeds (name → digest), the names that are new or whose text changed."""
    known = postgres.rows(db, "select name, text_digest from media.seed where name = any(%s)", (list(digests),))
    same = {row["name"] for row in known if digests[row["name"]] == row["text_digest"]}
    return set(digests) - same


def store(db: Connection, files: Sequence[tuple[SeedFile, str, list[int]]], vectors: Vectors, model: str) -> None:
    """Write seeds (file, digest, sampled shingles) and their vectors, in place of what had the same names."""
    postgres.insert(
        db,
        "media.seed",
        [
            {
                "name": seed.name,
                "title": seed.title,
                "text": seed.text,
                "url": seed.url,
                "language": seed.language,
                "published_at": seed.published,
                "text_digest": digest,
                "shingles": shingles,
            }
            for seed, digest, shingles in files
        ],
        """
        on conflict (name) do update set title = excluded.title, text = excluded.text, url = excluded.url,
            language = excluded.language, published_at = excluded.published_at,
            text_digest = excluded.text_digest, shingles = excluded.shingles
        """,
    )
    keys = postgres.rows(db, "select id, name from media.seed where name = any(%s)", ([f[0].name for f in files],))
    ids = {row["name"]: row["id"] for row in keys}
    postgres.insert(
        db,
        "media.seed_embedding",
        [
            {"seed_id": ids[seed.name], "model": model, "vector": literal(vector)}
            for (seed, _, _), vector in zip(files, vectors, strict=True)
        ],
        "on conflict (seed_id, model) do update set vector = excluded.vector",
    )


def listing(db: Connection) -> list[dict[str, object]]:
    """All seeds with how many copies and how many near articles they drew."""
    return postgres.rows(
        db,
        """
        select s.name, s.title, s.language, array_length(regexp_split_to_array(s.text, '\\s+'), 1) as words, s.added_at,
            (select count(*) from media.article a where a.duplicate_of_seed = s.id) as copies,
            (select count(*) from media.article a where a.nearest_seed_id = s.id) as nearest_to
        from media.seed s order by s.name
        """,
    )


def _front_matter(name: str, content: str) -> tuple[dict[str, object | None] | dict[str, str], str]:
    if not content.startswith("---\n"):
        return {}, content
    head, found, body = content[4:].partition("\n---\n")
    if not found:
        message = f"{name} starts with --- but its front matter has no closing ---."
        raise SeedUnreadable(message)
    try:
        facts = yaml.safe_load(head) or {}
    except yaml.YAMLError as problem:
        message = f"{name}: the front matter is not YAML ({problem})."
        raise SeedUnreadable(message) from problem
    if not isinstance(facts, dict):
        message = f"{name}: the front matter must be `key: value` lines."
        raise SeedUnreadable(message)
    return facts, body


def _word(facts: Mapping[str, object], key: str) -> str | None:
    value = facts.get(key)
    return str(value) if value is not None else None


def _first_words(line: str, limit: int = 90) -> str:
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0] + "…"
