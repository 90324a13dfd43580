"""Load the seed corpus: files read, embedded in chunks, written; what is there and unchanged is passed over."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

from wirewatch.core.duplicates.text import digest, further_passages, lead, sampled_shingles
from wirewatch.core.seed_file import Seed, SeedUnreadable
from wirewatch.io import embedding, models, postgres, seeds
from wirewatch.io.models import Model
from wirewatch.io.seeds import SeedFile, SeedFileUnreadable, SeedRow

_CHUNK = 64
_MOST_PROBLEMS = 100
"""Problems of one file that are remembered: a file of another kind has one a line."""
_SHOWN = 10


def load_seeds(
    dsn: str,
    folder: Path,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    seconds: float | None = None,
    last_first: bool = False,
) -> dict[str, int]:
    """Load every seed below `folder` into media.seed. Counts: files, seeds, loaded, unchanged, retired, unreadable, left.

    A file that did not change is not read. Each chunk is committed, so a run that was killed goes on where it was; so
    does one that had only `seconds`, which leaves `left` files for the next. What cannot be read is counted, and
    remembered with its file (`seeds.problems`); the rest is loaded. `progress` is told (done, total) of what is read.
    Of two that load at the same time, one takes the last files first, so that they share the work until they meet.
    """
    until = time.monotonic() + seconds if seconds is not None else math.inf
    found = seeds.files(folder)
    with postgres.transaction(dsn) as db:
        model = models.begin(db)
        seeds.forget_files_but(db, [one.name for one in found])
        waiting = seeds.changed(db, found, model.key)
    if last_first:
        waiting.reverse()
    total = sum(one.expected() for one in waiting)
    counts = Counter(files=len(found), left=len(waiting))
    for step in chain.from_iterable(_load_file(dsn, one, model) for one in waiting):
        counts.update(step)
        progress(counts["read"], total)
        if time.monotonic() > until:
            break
    return _told(dsn, counts)


def _told(dsn: str, counts: Counter[str]) -> dict[str, int]:
    with postgres.transaction(dsn) as db:
        held = seeds.count(db)
    told = {name: counts[name] for name in ("files", "loaded", "retired", "unreadable", "left")}
    return {**told, "seeds": held, "unchanged": held - counts["loaded"]}


def _load_file(dsn: str, one: SeedFile, model: Model) -> Iterator[dict[str, int]]:
    """Load one file; after each chunk, how many were read, loaded and unreadable. It is noted when it is through.

    What a file does not have any more is retired; not so where it could not be read to its end.
    """
    problems: list[str] = []
    names: set[str] = set()
    whole = True
    coming = one.seeds()
    while chunk := list(islice(coming, _CHUNK)):
        good, bad = _sorted_out(chunk, names)
        names.update(good)
        whole = not any(isinstance(problem, SeedFileUnreadable) for problem in bad)
        problems.extend(str(problem) for problem in bad[: _MOST_PROBLEMS - len(problems)])
        yield {"read": len(chunk), "loaded": _load_chunk(dsn, good, model), "unreadable": len(bad)}
    with postgres.transaction(dsn) as db:
        retired = seeds.retire_missing(db, one, names) if whole else 0
        seeds.note_file(db, one, model.key, len(names), problems, whole=whole)
    yield {"retired": retired, "left": -1}


def _sorted_out(
    chunk: list[Seed | SeedUnreadable], before: set[str]
) -> tuple[dict[str, tuple[Seed, str]], list[SeedUnreadable]]:
    """The seeds by name, with the digest of their words, and what is wrong with the others; `before` are earlier names."""
    good: dict[str, tuple[Seed, str]] = {}
    bad = []
    for found in chunk:
        if isinstance(found, SeedUnreadable):
            bad.append(found)
        elif found.name in before or found.name in good:
            bad.append(SeedUnreadable(f"{found.name} is there twice: give each seed an id of its own."))
        else:
            good[found.name] = (found, digest(found.text))
    return good, bad


def _load_chunk(dsn: str, found: dict[str, tuple[Seed, str]], model: Model) -> int:
    with postgres.transaction(dsn) as db:
        new = sorted(seeds.differing(db, found, model.key))
    if new:
        rows = _rows([found[name] for name in new], model.name)
        with postgres.transaction(dsn) as db:
            seeds.store(db, rows, model.key)
    return len(new)


def _rows(found: list[tuple[Seed, str]], model: str) -> list[SeedRow]:
    parts = [[lead(seed.title, seed.text), *further_passages(seed.text)] for seed, _ in found]
    vectors = iter(embedding.embed([text for part in parts for text in part], model))
    rows = []
    for (seed, words), part in zip(found, parts, strict=True):
        first, *others = islice(vectors, len(part))
        rows.append(SeedRow(seed, words, sampled_shingles(seed.text), first, others))
    return rows


def require_readable(dsn: str) -> None:
    """SeedUnreadable, with the sentences, where something of the files that were loaded could not be read."""
    with postgres.transaction(dsn) as db:
        found = seeds.problems(db)
    if found:
        rest = f" And {len(found) - _SHOWN} more." if len(found) > _SHOWN else ""
        raise SeedUnreadable(" ".join(found[:_SHOWN]) + rest)
