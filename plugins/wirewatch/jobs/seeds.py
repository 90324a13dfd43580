"""Load the seed corpus: files read, embedded in chunks, written; what is there and unchanged is passed over."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from wirewatch.core.duplicates.text import digest, further_passages, lead, sampled_shingles
from wirewatch.core.seed_file import Seed, SeedUnreadable
from wirewatch.io import embedding, postgres, seeds
from wirewatch.io.seeds import SeedFile, SeedRow

_CHUNK = 64
_MOST_PROBLEMS = 100
"""Problems of one file that are remembered: a file of another kind has one a line."""
_SHOWN = 10


def load_seeds(
    dsn: str,
    folder: Path,
    *,
    model: str = embedding.DEFAULT_MODEL,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    seconds: float | None = None,
) -> dict[str, int]:
    """Load every seed below `folder` into media.seed. Counts: files, seeds, loaded, unchanged, retired, unreadable, left.

    A file that did not change is not read. Each chunk is committed, so a run that was killed goes on where it was; so
    does one that had only `seconds`, which leaves `left` files for the next. What cannot be read is counted, and
    remembered with its file (`seeds.problems`); the rest is loaded. `progress` is told (done, total) of what is read.
    """
    until = time.monotonic() + seconds if seconds is not None else math.inf
    found = seeds.files(folder)
    with postgres.transaction(dsn) as db:
        seeds.forget_files_but(db, [one.name for one in found])
        waiting = seeds.changed(db, found, model)
    total = sum(one.expected() for one in waiting)
    counts = Counter(files=len(found), loaded=0, retired=0, unreadable=0, left=len(waiting))
    done = 0
    for one in waiting:
        for step in _load_file(dsn, one, model):
            counts.update(step)
            done += step["read"]
            progress(done, total)
            if time.monotonic() > until:
                break
        else:
            counts["left"] -= 1
            continue
        break
    return _told(dsn, counts)


def _told(dsn: str, counts: Counter[str]) -> dict[str, int]:
    with postgres.transaction(dsn) as db:
        held = seeds.count(db)
    told = {name: counts[name] for name in ("files", "loaded", "retired", "unreadable", "left")}
    return {**told, "seeds": held, "unchanged": held - counts["loaded"]}


def _load_file(dsn: str, one: SeedFile, model: str) -> Iterator[dict[str, int]]:
    """Load one file; after each chunk, how many were read, loaded and unreadable. It is noted when it is through."""
    problems: list[str] = []
    names: list[str] = []
    coming = one.seeds()
    while chunk := list(islice(coming, _CHUNK)):
        good = {seed.name: (seed, digest(seed.text)) for seed in chunk if isinstance(seed, Seed)}
        bad = [str(problem) for problem in chunk if isinstance(problem, SeedUnreadable)]
        problems.extend(bad[: _MOST_PROBLEMS - len(problems)])
        names.extend(good)
        yield {"read": len(chunk), "loaded": _load_chunk(dsn, good, model), "unreadable": len(bad)}
    with postgres.transaction(dsn) as db:
        retired = seeds.retire_missing(db, one, names)
        seeds.note_file(db, one, model, len(set(names)), problems)
    yield {"read": 0, "retired": retired}


def _load_chunk(dsn: str, found: dict[str, tuple[Seed, str]], model: str) -> int:
    with postgres.transaction(dsn) as db:
        new = sorted(seeds.differing(db, found, model))
    if new:
        rows = _rows([found[name] for name in new], model)
        with postgres.transaction(dsn) as db:
            seeds.store(db, rows, model)
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
