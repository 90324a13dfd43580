"""Embed: each clean draft of a bucket gets its vectors. The model is loaded once, for the whole bucket."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from wirewatch.core.duplicates.text import digest, lead, sampled_shingles
from wirewatch.core.model import Vectors
from wirewatch.core.topics.head import Head
from wirewatch.core.topics.tagger import to_read
from wirewatch.io import drafts, embedding, ledger, models, postgres, taxonomy
from wirewatch.io.models import Model
from wirewatch.jobs import lookup
from wirewatch.settings import settings

_CHUNK = 32


def embed(dsn: str, batch_id: int, bucket: int, *, for_topics: bool = True) -> dict[str, int]:
    """Move the bucket's entries from cleaned to embedded, and look up what is known near them.

    Counts: embedded, texts (given to the model), looked_up. Beginnings are embedded for finding copies, by the model that
    serves; passages `for_topics`, by the model of the topic head, where that knows the language: these are most of the work.
    """
    lease_minutes = settings().lease_minutes
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, lease_minutes)
        entries = ledger.at_stage(db, batch_id, "cleaned", bucket)
        model = models.begin(db) if entries else None
    texts = 0
    if model is not None:
        head = taxonomy.head(settings().seeds) if for_topics else None
        for start in range(0, len(entries), _CHUNK):
            ids = [entry["id"] for entry in entries[start : start + _CHUNK]]
            texts += _embed_chunk(dsn, batch_id, ids, model, lease_minutes, head)
    return {"embedded": len(entries), "texts": texts, "looked_up": lookup.ahead(dsn, batch_id, bucket)}


def _embed_chunk(
    dsn: str,
    batch_id: int,
    ids: list[int],
    model: Model,
    lease_minutes: float,
    head: Head | None,
) -> int:
    with postgres.transaction(dsn) as db:
        found = drafts.of(db, ids)
    rows = [found[key] for key in ids]
    leads = [lead(row["title"], row["text"]) for row in rows]
    parts = [to_read(head, row["title"], row["text"], row["language"]) if head else [] for row in rows]
    vectors, of_passages = embed_all(leads, parts, model.name, head.model if head else model.name)
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, lease_minutes)
        for number, row in enumerate(rows):
            drafts.save_vectors(
                db,
                row["entry_id"],
                model=model.key,
                vector=vectors[number],
                passages=parts[number],
                passage_vectors=of_passages[number],
                passage_model=head.model if head else None,
                text_digest=digest(row["text"]),
                shingles=sampled_shingles(row["text"]),
            )
        ledger.advance(db, ids, batch_id, "cleaned", "embedded")
    return len(leads) + sum(len(part) for part in parts)


def embed_all(
    leads: Sequence[str], parts: Sequence[Sequence[str]], model: str, for_passages: str
) -> tuple[Vectors, list[Vectors]]:
    """The vectors of beginnings by `model`, and those of each text's passages by the model that topics are told by.

    Where both are one model, all go to it together, which is quicker.
    """
    flat = [passage for part in parts for passage in part]
    if model == for_passages:
        vectors = embedding.embed([*leads, *flat], model)
        first, others = vectors[: len(leads)], vectors[len(leads) :]
    else:
        first, others = embedding.embed(leads, model), embedding.embed(flat, for_passages)
    edges = pairwise(accumulate((len(part) for part in parts), initial=0))
    return first, [others[begin:end] for begin, end in edges]
