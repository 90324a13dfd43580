"""Tag: topics from the head, mentions from the watchlists, for every judged entry of the batch."""

from __future__ import annotations

from typing import Any

from wirewatch.core.topics.tagger import Tagger
from wirewatch.core.watchlists import About, Matcher
from wirewatch.io import drafts, ledger, postgres, taxonomy, watchlists
from wirewatch.io.log_context import about
from wirewatch.jobs.failures import give_back_or_quarantine
from wirewatch.settings import settings


def tag(dsn: str, batch_id: int, run_id: str) -> dict[str, int]:
    """Move the batch's entries from judged to tagged. Counts: tagged, abstained (no topic), mentions, failed."""
    chosen = settings()
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, chosen.lease_minutes)
        entries = ledger.at_stage(db, batch_id, "judged")
        found = drafts.of(db, [entry["id"] for entry in entries])
        matcher = watchlists.matcher(db)
        tagger = taxonomy.tagger(db, chosen.seeds) if entries else None
    counts = {"tagged": 0, "abstained": 0, "mentions": 0, "failed": 0}
    if tagger is None:
        return counts
    for entry in entries:
        try:
            with about(entry=entry["id"]):
                topics, mentions = _tag_one(dsn, batch_id, entry["host"], found[entry["id"]], tagger, matcher)
        except ledger.LeaseLost:
            raise
        except Exception as problem:  # noqa: BLE001  (one text must not stop the batch)
            give_back_or_quarantine(
                dsn,
                entry,
                batch_id,
                run_id,
                stage="tag",
                back_to="judged",
                problem=problem,
                max_attempts=chosen.max_attempts,
            )
            counts["failed"] += 1
            continue
        counts["tagged"] += 1
        counts["abstained"] += not topics
        counts["mentions"] += mentions
    return counts


def _tag_one(
    dsn: str, batch_id: int, host: str, row: dict[str, Any], tagger: Tagger, matcher: Matcher
) -> tuple[int, int]:
    title, text, entry_id = row["title"], row["text"], row["entry_id"]
    vectors = drafts.passage_vectors(row)
    fits = row["passage_model"] == tagger.model
    topics = tagger.tag(title, text, row["passages"], vectors, row["language"]) if fits else []
    named = [word for topic in topics for word in (topic.qcode, topic.name)]
    mentions = matcher.find(title, text, About(host, row["language"], tuple(named)))
    with postgres.transaction(dsn) as db:
        drafts.save_tags(db, entry_id, topics, tagger.version, mentions)
        ledger.advance(db, [entry_id], batch_id, "judged", "tagged")
    return len(topics), len(mentions)
