"""Move to another embedding model: its vectors are filled in while the old ones serve; then, all at once, it serves."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any

from wirewatch.core.duplicates.text import further_passages, lead
from wirewatch.io import drafts, embedding, models, postgres, turns, vectors
from wirewatch.io.models import Model
from wirewatch.settings import settings

_CHUNK = 32
_AT_ONCE = 200
"""Texts that may be embedded while nobody is judged, when all is switched."""


def waiting(dsn: str) -> dict[str, int]:
    """What is left to be done. Counts: articles and seeds without vectors of the wanted model, moving (1: another is to serve).

    models.ModelNotMeasured where the wanted model has no scale.
    """
    with postgres.transaction(dsn) as db:
        model = models.wanted(db)
        left = vectors.lacking(db, model.key)
        return {**left, "moving": int(models.serving(db).key != model.key)}


def fill(
    dsn: str,
    seconds: float | None = None,
    progress: Callable[[int], None] = lambda _number: None,
) -> dict[str, int]:
    """Make vectors of the wanted model for seeds and articles that have none, for `seconds`. Counts: seeds, articles, left.

    Nothing that is judged or searched by changes yet. Each chunk is committed, so a run that was killed goes on where
    it was. `progress` is told how many texts more have theirs.
    """
    until = time.monotonic() + seconds if seconds is not None else math.inf
    with postgres.transaction(dsn) as db:
        model = models.wanted(db)
        models.require_unchanged(model)
        if models.serving(db).key != model.key:
            models.make_index(db, model)
            models.enter(db, model, "filling")
    counts = {"seeds": 0, "articles": 0}
    while time.monotonic() < until and (done := _fill_seeds(dsn, model)):
        counts["seeds"] += done
        progress(done)
    after: tuple[datetime, int] | None = None
    while time.monotonic() < until:
        done, after = _fill_articles(dsn, model, after)
        counts["articles"] += done
        progress(done)
        if after is None:
            break
    with postgres.transaction(dsn) as db:
        left = vectors.lacking(db, model.key)
    return {**counts, "left": left["articles"] + left["seeds"]}


def _fill_seeds(dsn: str, model: Model) -> int:
    with postgres.transaction(dsn) as db:
        rows = vectors.seeds_lacking(db, model.key, _CHUNK)
    made = _embedded_seeds(model, rows)
    with postgres.transaction(dsn) as db:
        for row, parts in zip(rows, made, strict=True):
            vectors.add_seed(db, model.key, row, parts)
    return len(rows)


def _embedded_seeds(model: Model, rows: list[dict[str, Any]]) -> list[list[Any]]:
    """The vectors of each seed: of its lead, and of each further passage."""
    parts = [[lead(row["title"], row["text"]), *further_passages(row["text"])] for row in rows]
    texts = [text for part in parts for text in part]
    made = iter(embedding.embed(texts, model.name) if texts else ())
    return [list(islice(made, len(part))) for part in parts]


def _fill_articles(
    dsn: str, model: Model, after: tuple[datetime, int] | None
) -> tuple[int, tuple[datetime, int] | None]:
    with postgres.transaction(dsn) as db:
        rows = vectors.articles_lacking(db, model.key, after, _CHUNK)
    if not rows:
        return 0, None
    made = _embedded(model, rows)
    with postgres.transaction(dsn) as db:
        done = vectors.add_articles(db, model.key, rows, made)
    return done, (rows[-1]["seen_at"], rows[-1]["id"])


def _embedded(model: Model, rows: list[dict[str, Any]]) -> list[Any]:
    return list(embedding.embed([lead(row["title"], row["text"]) for row in rows], model.name)) if rows else []


def switch(dsn: str, run_id: str) -> dict[str, int]:
    """Let the wanted model serve, in one transaction, while nobody is judged. Counts: switched, left, stories.

    What came in since it was filled is embedded first. Where that is more than can be waited for, nothing is switched,
    and `left` says how much there is to fill.
    """
    with postgres.transaction(dsn) as db:
        model = models.wanted(db)
        turns.take(db)
        before = models.serving(db).key
        if before == model.key:
            return {"switched": 0, "left": 0, "stories": 0}
        left = vectors.lacking(db, model.key)
        on_their_way = vectors.drafts_lacking(db, model.key)
        if left["articles"] + left["seeds"] + len(on_their_way) > _AT_ONCE:
            return {"switched": 0, "left": left["articles"] + left["seeds"], "stories": 0}
        _complete(db, model, on_their_way)
        stories = vectors.move_stories(db, model.key)
        vectors.name_model_of_files(db, before, model.key)
        models.switch(db, model)
        models.note_move(db, before, model.key, stories, run_id)
    return {"switched": 1, "left": 0, "stories": stories}


def _complete(db: postgres.Connection, model: Model, on_their_way: list[dict[str, Any]]) -> None:
    """Embed the last articles, seeds, and what is on its way, within the transaction that switches."""
    rows = vectors.articles_lacking(db, model.key, None, _AT_ONCE)
    vectors.add_articles(db, model.key, rows, _embedded(model, rows))
    seeds = vectors.seeds_lacking(db, model.key, _AT_ONCE)
    for seed, parts in zip(seeds, _embedded_seeds(model, seeds), strict=True):
        vectors.add_seed(db, model.key, seed, parts)
    for draft, vector in zip(on_their_way, _embedded(model, on_their_way), strict=True):
        drafts.renew_vector(db, draft["id"], model.key, vector)


def drop_old(dsn: str) -> dict[str, int]:
    """Take away the vectors of models that have not served for WIREWATCH_OLD_VECTOR_DAYS. Counts: models, vectors.

    Until then a move back is quick: only what came in since is embedded.
    """
    with postgres.transaction(dsn) as db:
        resting = models.resting(db, settings().old_vector_days)
        parts = vectors.parts_of(db)
    dropped = 0
    for key in resting:
        for part in parts:
            with postgres.transaction(dsn) as db:
                dropped += vectors.drop(db, part, key)
        with postgres.transaction(dsn) as db:
            vectors.drop_indexes(db, key)
            models.forget_vectors(db, key)
    return {"models": len(resting), "vectors": dropped}
