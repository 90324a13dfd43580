"""Rejudge: an article whose text changed gets its vectors and topics anew, and is looked at again for what it copies."""

from __future__ import annotations

from typing import Any

import numpy as np

from wirewatch.core.duplicates.features import Features, features
from wirewatch.core.duplicates.text import lead
from wirewatch.core.model import Vector, Vectors, Verdict
from wirewatch.core.topics.tagger import Tagger
from wirewatch.io import (
    articles,
    corrections,
    drafts,
    known,
    ledger,
    makers,
    models,
    postgres,
    rejudged,
    tagging,
    taxonomy,
    watchlists,
)  # fmt: skip
from wirewatch.io import stories as story_table
from wirewatch.jobs import placing
from wirewatch.jobs.deduplicate import document_of, verdict_on
from wirewatch.jobs.embed import embed_all
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
                placing.take_turn(db)
                # Where another model has come to serve meanwhile, the next round embeds by that.
                if models.serving(db).key == model.key and rejudged.still_waits(db, row):
                    counts["changed"] += _judge(db, row, leads[0], model.key, maker, run_id)
                    _tag(db, row, tagger, parts, of_parts, run_id)
                    counts["articles"] += 1
        if not rows:
            return counts


def _judge(db: postgres.Connection, row: dict[str, Any], vector: Vector, model: str, maker: int, run_id: str) -> bool:
    chosen = settings()
    draft = {
        **row,
        "model": model,
        "vector_text": drafts.literal(vector.astype(np.float16).astype(np.float32)),  # as it is stored
    }
    known.prepare_search(db)
    nearest = known.by_meaning(db, drafts.vector_of(draft["vector_text"]), model, chosen.window_days)
    seed = next((found for found in nearest if found.key.startswith("seed:")), None)
    rejudged.renew_vector(db, row, model, vector)
    changed = False
    if row["state"] != "retracted":
        mine = features(document_of(draft))
        verdict, near, story = verdict_on(db, draft, mine, nearest, chosen.window_days)
        moving = rejudged.renew_verdict(db, row, verdict, model, run_id)
        changed = moving is not None
        if moving:
            to, score, reasons = (story, 1.0, {"copy": 1.0}) if verdict.duplicate_of else _placed(db, draft, mine, near)
            _decide_anew(db, row, verdict, moving)
            _move(db, row, moving, to, score, reasons)
    rejudged.done(db, row["entry_id"], maker, (int(seed.key.partition(":")[2]), seed.cosine) if seed else None)
    return changed


def _placed(
    db: postgres.Connection, draft: dict[str, Any], mine: Features, near: list[int]
) -> tuple[int | None, float, dict[str, float]]:
    """The story of an article that copies nothing any more: one near it, or a new one; with score and measures."""
    vector = drafts.vector_of(draft["vector_text"])
    profile = placing.profile_of(db, mine, vector, draft["published_at"], draft["discovered_at"], count=True)
    choice = placing.place(db, profile, near, draft["model"])
    return choice.story_id, choice.score, choice.reasons


def _decide_anew(db: postgres.Connection, row: dict[str, Any], verdict: Verdict, moving: list[int]) -> None:
    """What follows from another verdict: the ledger's word, and the cursor of changes."""
    copied = verdict.duplicate_of
    reason = "a new article: since its text changed, it copies nothing"
    if copied is not None:
        what = articles.name_of(db, copied)
        reason = f"a copy of {what} ({verdict.rung}, score {verdict.score:.2f}), since its text changed"
    ledger.decide_anew(db, row["entry_id"], "duplicate" if copied else "loaded", reason)
    for follower in moving[1:]:
        ledger.decide_anew(
            db, follower, "duplicate", f"a copy of {articles.name_of(db, str(copied))}, by way of another copy"
        )
    corrections.note_judged(db, moving)


def _move(
    db: postgres.Connection,
    row: dict[str, Any],
    moving: list[int],
    to: int | None,
    score: float,
    reasons: dict[str, float],
) -> None:
    """Put what was decided anew into its story; the one that it leaves is made anew from what it still has."""
    left = row["story_id"]
    if to is None or to == left:
        return
    story_table.move(db, moving, to, reasons, score)
    if left is not None and not placing.make_anew(db, left, story_table.model_of(db, left)):
        story_table.lead_on(db, left, to)


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
