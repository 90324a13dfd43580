"""The seed corpus: the files of a folder, and their rows in the warehouse."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wirewatch.core.model import Vector
from wirewatch.core.seed_file import READER, SUFFIXES, Seed, SeedUnreadable, read
from wirewatch.io import postgres
from wirewatch.io.drafts import literal
from wirewatch.io.postgres import Connection

UNREADABLE = "unreadable"
"""In place of the digest of a file that could not be read to its end: no content has it."""


class SeedFileUnreadable(SeedUnreadable):
    """A file of the seed corpus cannot be opened, or not be read to its end."""


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A file of the corpus: `name` is its path below the folder, `digest` tells whether it changed (or UNREADABLE)."""

    path: Path
    name: str
    digest: str

    def seeds(self) -> Iterator[Seed | SeedUnreadable]:
        """What is in it, a line at a time where it is JSON lines, so that its size does not matter.

        Where it cannot be read any further, a SeedFileUnreadable is the last.
        """
        try:
            with self.path.open("rb") as lines:
                yield from read(self.name, lines)
        except OSError as problem:
            yield SeedFileUnreadable(f"{self.name} cannot be read: {problem.strerror}. The seeds that it gave stay.")

    def expected(self) -> int:
        """How many seeds it may hold: its lines, where it is JSON lines that can be read."""
        if self.digest == UNREADABLE or self.path.suffix.lower() != ".jsonl":
            return 1
        with self.path.open("rb") as lines:
            return sum(1 for line in lines if line.strip())


@dataclass(frozen=True, slots=True)
class SeedRow:
    """A seed ready to be written: the digest of its words, its sampled shingles, its vector and those of its passages."""

    seed: Seed
    digest: str
    shingles: list[int]
    vector: Vector
    passages: Sequence[Vector]


def files(folder: Path) -> list[SeedFile]:
    """The files of a folder and the folders below it, by name. SeedUnreadable where there is no folder."""
    if not folder.is_dir():
        message = f"There is no folder {folder} with seed articles."
        raise SeedUnreadable(message)
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return [file(path, path.relative_to(folder).as_posix()) for path in found if path.name.lower() != "readme.md"]


def file(path: Path, name: str) -> SeedFile:
    """One file under the name that its seeds are to have."""
    try:
        with path.open("rb") as content:
            return SeedFile(path, name, f"{READER}:{hashlib.file_digest(content, 'sha256').hexdigest()}")
    except OSError:
        return SeedFile(path, name, UNREADABLE)


def changed(db: Connection, found: Sequence[SeedFile], model: str) -> list[SeedFile]:
    """Of these files those that were not loaded whole, as they are, with this model."""
    rows = postgres.rows(
        db,
        """
        select f.name, f.digest from media.seed_file f
        where f.model = %s and f.seeds = (select count(*) from media.seed s where s.file = f.name and s.retired_at is null)
        """,
        (model,),
    )
    known = {row["name"]: row["digest"] for row in rows}
    return [one for one in found if known.get(one.name) != one.digest]


def differing(db: Connection, seeds: Mapping[str, tuple[Seed, str]], model: str) -> set[str]:
    """Of these seeds (by name, with the digest of the words) the names of those that are not in the warehouse as they are."""
    rows = postgres.rows(
        db,
        """
        select s.name, s.title, s.text, s.url, s.language, s.published_at, s.text_digest from media.seed s
        join media.seed_embedding e on e.seed_id = s.id and e.model = %s
        where s.name = any(%s) and s.retired_at is null
        """,
        (model, list(seeds)),
    )
    same = {
        row["name"]
        for row in rows
        for seed, digest in [seeds[row["name"]]]
        if (row["title"], row["text"], row["url"], row["language"], row["published_at"], row["text_digest"])
        == (seed.title, seed.text, seed.url, seed.language, seed.published, digest)
    }
    return set(seeds) - same


def store(db: Connection, rows: Sequence[SeedRow], model: str) -> None:
    """Write seeds and their vectors, in place of what had the same names."""
    columns = ("title", "text", "url", "language", "published_at", "text_digest", "shingles", "file", "retired_at")
    renewed = ", ".join(f"{column} = excluded.{column}" for column in columns)
    postgres.insert(db, "media.seed", [_columns(row) for row in rows], f"on conflict (name) do update set {renewed}")
    names = [row.seed.name for row in rows]
    found = postgres.rows(db, "select id, name from media.seed where name = any(%s)", (names,))
    ids = {row["name"]: row["id"] for row in found}
    postgres.insert(
        db,
        "media.seed_embedding",
        [{"seed_id": ids[row.seed.name], "model": model, "vector": literal(row.vector)} for row in rows],
        "on conflict (seed_id, model) do update set vector = excluded.vector",
    )
    # Vectors by other models are those of the words before: they go, and are made again where one is moved to.
    for table, own in (("media.seed_passage", True), ("media.seed_embedding", False)):
        postgres.execute(
            db,
            f"delete from {table} where seed_id = any(%s) and (%s or model <> %s)",  # noqa: S608  (constants)
            (list(ids.values()), own, model),
        )
    postgres.insert(
        db,
        "media.seed_passage",
        [
            {"seed_id": ids[row.seed.name], "model": model, "number": number, "vector": literal(vector)}
            for row in rows
            for number, vector in enumerate(row.passages, 1)
        ],
    )


def note_file(
    db: Connection, one: SeedFile, model: str, seeds: int, problems: Sequence[str], *, whole: bool = True
) -> None:
    """Remember that a file was loaded, and what of it could not be read."""
    digest = one.digest if whole else UNREADABLE
    row = {"name": one.name, "digest": digest, "model": model, "seeds": seeds, "problems": list(problems)}
    renewed = ", ".join(f"{column} = excluded.{column}" for column in row)
    postgres.insert(
        db, "media.seed_file", [row], f"on conflict (name) do update set {renewed}, loaded_at = clock_timestamp()"
    )


def forget_files_but(db: Connection, names: Sequence[str]) -> None:
    """Forget the files that are no longer there, and what was wrong with them; the seeds that they gave stay."""
    postgres.execute(db, "delete from media.seed_file where not name = any(%s)", (list(names),))


def count(db: Connection) -> int:
    """How many seeds articles are compared with."""
    row = postgres.one(db, "select count(*) as seeds from media.seed where retired_at is null")
    return int(row["seeds"]) if row else 0


def retire_missing(db: Connection, one: SeedFile, names: Collection[str]) -> int:
    """Retire the seeds of a file that are no longer in it; how many. See `retire`."""
    found = postgres.rows(
        db,
        "select name from media.seed where file = %s and retired_at is null and not name = any(%s)",
        (one.name, list(names)),
    )
    return retire(db, [row["name"] for row in found])


def retire(db: Connection, names: Sequence[str]) -> int:
    """Take seeds out: nothing is compared with them any more. Their rows stay, since copies point to them. How many."""
    rows = postgres.rows(
        db,
        """
        update media.seed set retired_at = clock_timestamp(), text_digest = 'retired ' || id, shingles = '{}'
        where name = any(%s) and retired_at is null returning id
        """,
        (list(names),),
    )
    ids = [row["id"] for row in rows]
    for table in ("media.seed_embedding", "media.seed_passage"):
        postgres.execute(db, f"delete from {table} where seed_id = any(%s)", (ids,))  # noqa: S608  (constants)
    return len(ids)


def problems(db: Connection) -> list[str]:
    """What could not be read of the files that were loaded last, a sentence each."""
    found = postgres.rows(db, "select unnest(problems) as problem from media.seed_file order by name")
    return [row["problem"] for row in found]


def listing(db: Connection) -> list[dict[str, Any]]:
    """All seeds with what they drew (media.seed_coverage), and their passages."""
    return postgres.rows(
        db,
        """
        select c.*, s.language, array_length(regexp_split_to_array(s.text, '\\s+'), 1) as words,
            (select count(*) from media.seed_passage p where p.seed_id = s.id) + 1 as passages
        from media.seed_coverage c join media.seed s on s.id = c.seed_id order by c.name
        """,
    )


def _columns(row: SeedRow) -> dict[str, Any]:
    seed = row.seed
    return {
        "name": seed.name,
        "title": seed.title,
        "text": seed.text,
        "url": seed.url,
        "language": seed.language,
        "published_at": seed.published,
        "text_digest": row.digest,
        "shingles": row.shingles,
        "file": seed.file,
        "retired_at": None,
    }
