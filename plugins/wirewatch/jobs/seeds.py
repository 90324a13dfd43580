"""Load the seed corpus: files read, embedded in chunks, written; what is there and unchanged is passed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wirewatch.core.duplicates.text import digest, lead, sampled_shingles
from wirewatch.io import embedding, postgres, seeds

_CHUNK = 64


def load_seeds(
    dsn: str,
    folder: Path,
    *,
    model: str = embedding.DEFAULT_MODEL,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, int]:
    """Load every seed below `folder` into media.seed. Counts: seeds, loaded, unchanged.

    Each chunk is committed, so a run that was killed goes on where it was. `progress` is told (done, total).
    """
    files = list(seeds.read_folder(folder))
    digests = {seed.name: digest(seed.text) for seed in files}
    with postgres.transaction(dsn) as db:
        wanted = seeds.missing(db, digests)
    new = [seed for seed in files if seed.name in wanted]
    done = 0
    for start in range(0, len(new), _CHUNK):
        chunk = new[start : start + _CHUNK]
        vectors = embedding.embed([lead(seed.title, seed.text) for seed in chunk], model)
        rows = [(seed, digests[seed.name], sampled_shingles(seed.text)) for seed in chunk]
        with postgres.transaction(dsn) as db:
            seeds.store(db, rows, vectors, model)
        done += len(chunk)
        progress(done, len(new))
    return {"seeds": len(files), "loaded": len(new), "unchanged": len(files) - len(new)}
