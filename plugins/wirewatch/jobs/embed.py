"""Embed: each clean draft of a bucket gets its vectors. The model is loaded once, for the whole bucket."""

from __future__ import annotations

from itertools import accumulate, pairwise

from wirewatch.core.duplicates.text import digest, lead, sampled_shingles
from wirewatch.core.topics.passages import passages
from wirewatch.io import drafts, embedding, ledger, postgres
from wirewatch.settings import settings

_CHUNK = 32


def embed(dsn: str, batch_id: int, bucket: int, *, for_topics: bool = True) -> dict[str, int]:
    """Move the bucket's entries from cleaned to embedded. Counts: embedded, texts (given to the model).

    Beginnings are embedded for finding copies, all passages `for_topics`: these are most of the work.
    """
    chosen = settings()
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, chosen.lease_minutes)
        entries = ledger.at_stage(db, batch_id, "cleaned", bucket)
    texts = 0
    for start in range(0, len(entries), _CHUNK):
        ids = [entry["id"] for entry in entries[start : start + _CHUNK]]
        texts += _embed_chunk(dsn, batch_id, ids, chosen.model, chosen.lease_minutes, for_topics)
    return {"embedded": len(entries), "texts": texts}


def _embed_chunk(
    dsn: str,
    batch_id: int,
    ids: list[int],
    model: str,
    lease_minutes: float,
    for_topics: bool,  # noqa: FBT001
) -> int:
    with postgres.transaction(dsn) as db:
        found = drafts.of(db, ids)
    rows = [found[key] for key in ids]
    leads = [lead(row["title"], row["text"]) for row in rows]
    parts = [passages(row["title"], row["text"]) if for_topics else [] for row in rows]
    texts = [*leads, *(passage for part in parts for passage in part)]
    vectors = embedding.embed(texts, model)
    edges = list(pairwise(accumulate((len(part) for part in parts), initial=len(leads))))
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, lease_minutes)
        for number, row in enumerate(rows):
            begin, end = edges[number]
            drafts.save_vectors(
                db,
                row["entry_id"],
                model=model,
                vector=vectors[number],
                passages=parts[number],
                passage_vectors=vectors[begin:end],
                text_digest=digest(row["text"]),
                shingles=sampled_shingles(row["text"]),
            )
        ledger.advance(db, ids, batch_id, "cleaned", "embedded")
    return len(texts)
