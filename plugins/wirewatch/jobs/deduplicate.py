"""Deduplicate: each embedded entry, in order of arrival, against seeds, the window, and what was judged before it.

Serial over all workers, so two copies in one batch, or in two batches, see each other: the transaction of each entry holds an
advisory lock, which ends with it, however that may be. (A lock for the whole batch would outlive a machine that stands still.)
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from wirewatch.core import stories
from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.text import lead
from wirewatch.io import drafts, embedding, known, ledger, models, postgres, turns
from wirewatch.io.log_context import about
from wirewatch.io.postgres import Connection
from wirewatch.jobs import judging, lookup, placing
from wirewatch.jobs.failures import give_back_or_quarantine
from wirewatch.settings import settings

_BELIEVED = timedelta(days=2)


def deduplicate(dsn: str, batch_id: int, run_id: str, *, by_publication: bool = True) -> dict[str, int]:
    """Move the batch's entries from embedded to judged. Counts: originals, copies by rung, failed.

    They are judged in the order of publication, as far as that can be believed, so that of two copies that came in
    one batch the earlier is the original; or in the order of arrival.
    """
    chosen = settings()
    counts = {"original": 0, "url": 0, "exact": 0, "near": 0, "semantic": 0, "desk": 0, "failed": 0}
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, chosen.lease_minutes)
        entries = ledger.at_stage(db, batch_id, "embedded")
        rows = drafts.of(db, [entry["id"] for entry in entries])
    if by_publication:
        entries.sort(key=lambda entry: (_published(rows[entry["id"]]), entry["id"]))
    for entry in entries:
        try:
            with about(entry=entry["id"]):
                rung = _judge_one(dsn, batch_id, rows[entry["id"]])
        except ledger.LeaseLost:
            raise
        except Exception as problem:  # noqa: BLE001  (one text must not stop the batch)
            give_back_or_quarantine(
                dsn,
                entry,
                batch_id,
                run_id,
                stage="deduplicate",
                back_to="embedded",
                problem=problem,
                max_attempts=chosen.max_attempts,
            )
            rung = "failed"
        counts[rung] += 1
    return counts


def _published(row: dict[str, Any]) -> datetime:
    """When the draft came out; when it was discovered, where its own date is in the future or long past."""
    at, discovered = row["published_at"], row["discovered_at"]
    believable = at is not None and discovered - _BELIEVED <= at <= discovered
    found: datetime = at if believable else discovered
    return found


def _judge_one(dsn: str, batch_id: int, row: dict[str, Any]) -> str:
    with postgres.transaction(dsn) as db:
        turns.take(db)
        row = _by_the_serving_model(db, row)
        known.prepare_search(db)
        mine, near, on = Features(judging.document_of(row)), lookup.complete(db, row), judging.criteria()
        judged = judging.verdict_on(db, row, mine, near, on)
        verdict = judged.verdict
        seed_id, similarity = near.nearest_seed or (None, None)
        story = _assign(db, row, mine, judged)
        drafts.save_verdict(
            db,
            row["entry_id"],
            {
                "verdict": {**asdict(verdict), "model": row["model"]},
                "story_id": story.story_id,
                "story_score": story.score,
                "story_reasons": story.reasons,
                "seed_similarity": similarity,
                "nearest_seed_id": seed_id,
            },
        )
        ledger.advance(db, [row["entry_id"]], batch_id, "embedded", "judged")
    return str(verdict.rung.value) if verdict.duplicate_of and verdict.rung else "original"


def _by_the_serving_model(db: Connection, row: dict[str, Any]) -> dict[str, Any]:
    """The draft with a vector of the model that serves, where it was embedded just before another did."""
    model = models.serving(db)
    if row["model"] == model.key:
        return row
    vector = embedding.embed([lead(row["title"], row["text"])], model.name)[0]
    drafts.renew_vector(db, row["entry_id"], model.key, vector)
    return drafts.of(db, [row["entry_id"]])[row["entry_id"]]


def _assign(db: Connection, row: dict[str, Any], mine: Features, judged: judging.Judgment) -> stories.Choice:
    """Put the draft into the story of what it copies, or the nearest one, or a new one."""
    if judged.copied_story is not None:
        return stories.Choice(judged.copied_story, 1.0, {"copy": 1.0})
    article = placing.profile_of(db, mine, drafts.vector_of(row["vector_text"]), row["discovered_at"], count=True)
    return placing.place(db, article, judged.near, row["model"], judged.same_form)
