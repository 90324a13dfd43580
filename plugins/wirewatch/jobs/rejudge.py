"""Rejudge: an article whose text changed gets its vectors and topics anew, and is looked at again for what it copies."""

from __future__ import annotations

from typing import Any

import numpy as np

from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.text import lead
from wirewatch.core.model import Vector, Vectors
from wirewatch.core.topics.tagger import Tagger
from wirewatch.io import (
    drafts,
    known,
    makers,
    models,
    postgres,
    rejudged,
    tagging,
    taxonomy,
    turns,
    watchlists,
)  # fmt: skip
from wirewatch.jobs import renewal
from wirewatch.jobs.embed import embed_all
from wirewatch.jobs.judging import criteria, document_of, verdict_on
from wirewatch.settings import settings

_CHUNK = 32


def rejudge(dsn: str, run_id: str) -> dict[str, int]:
    """Judge again what waits for it. Counts: articles, changed (a copy of something else, of nothing any more, or now).

    What copies the article itself is not looked at, so that no two copy each other. A retracted article stays the copy
    that it was: the notice in its place is not what was copied. Each article is committed by itself.
    """
    chosen = settings()
    counts = {"articles": 0, "changed": 0}
    with postgres.transaction(dsn) as db:
        if not rejudged.waiting(db, 1):
            return counts
        tagger = taxonomy.tagger(db, chosen.seeds)
    while True:
        with postgres.transaction(dsn) as db:
            rows = rejudged.waiting(db, _CHUNK)
            model = models.begin(db)
            maker = makers.key(db, makers.present(model.name))
        for row in rows:
            parts = tagger.to_read(row["title"], row["text"], row["language"])
            leads, (of_parts,) = embed_all([lead(row["title"], row["text"])], [parts], model.name, tagger.model)
            with postgres.transaction(dsn) as db:
                turns.take(db)
                # Where another model has come to serve meanwhile, the next round embeds by that.
                if models.serving(db).key == model.key and rejudged.still_waits(db, row):
                    counts["changed"] += _judge(db, row, leads[0], model.key, maker, run_id)
                    _tag(db, row, tagger, parts, of_parts, run_id)
                    counts["articles"] += 1
        if not rows:
            return counts


def _judge(db: postgres.Connection, row: dict[str, Any], vector: Vector, model: str, maker: int, run_id: str) -> bool:
    draft = {
        **row,
        "model": model,
        "vector_text": drafts.literal(vector.astype(np.float16).astype(np.float32)),  # as it is stored
    }
    known.prepare_search(db)
    near = known.search(db, draft, known.Span(settings().window_days))
    rejudged.renew_vector(db, row, model, vector)
    changed = False
    if row["state"] != "retracted":
        mine = Features(document_of(draft))
        found = verdict_on(db, draft, mine, near, criteria())
        changed = renewal.renew(db, draft, mine, found, run_id=run_id, since="its text changed")
    rejudged.done(db, row["entry_id"], maker, near.nearest_seed)
    return changed


def _tag(
    db: postgres.Connection, row: dict[str, Any], tagger: Tagger, parts: list[str], vectors: Vectors, run_id: str
) -> None:
    topics = tagger.tag(row["title"], row["text"], parts, vectors, row["language"])
    tagging.record(db, row["entry_id"], tagger.version, topics, run_id)
    tagging.serve(db, row["entry_id"], tagger.version)
    about = watchlists.about_of(db, row["entry_id"], row["language"])
    found = list(watchlists.matcher(db).find(row["title"], row["text"], about))
    postgres.execute(db, "delete from media.mention where article_id = %s", (row["entry_id"],))
    watchlists.insert_mentions(db, {row["entry_id"]: found})
