"""The drafts' table: articles on their way, one row an entry, each stage adding its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from psycopg2.extras import Json

from wirewatch.core.model import Cleaned, Mention, TopicScore, Vector, Vectors
from wirewatch.io import postgres, turns
from wirewatch.io.postgres import Connection


def literal(vector: Vector) -> str:
    """A vector as pgvector reads it."""
    return "[" + ",".join(f"{number:.6g}" for number in vector.tolist()) + "]"


def vector_of(text: str) -> Vector:
    """A vector as pgvector writes it."""
    return np.array(text.strip("[]").split(","), dtype=np.float32)


def save_cleaned(db: Connection, entry_id: int, page_id: int | None, canonical_url: str, article: Cleaned) -> None:
    """Write the article that was cleaned from an entry's page, in place of an earlier draft."""
    postgres.execute(db, "delete from ingest.draft where entry_id = %s", (entry_id,))
    postgres.insert(
        db,
        "ingest.draft",
        [
            {
                "entry_id": entry_id,
                "page_id": page_id,
                "canonical_url": canonical_url,
                "title": article.title,
                "headline": article.headline,
                "text": article.text,
                "authors": list(article.authors),
                "published_at": article.published,
                "language": article.language,
                "section": article.section,
                "image_url": article.image,
                "method": article.method,
            }
        ],
    )


def save_vectors(
    db: Connection,
    entry_id: int,
    *,
    model: str,
    vector: Vector,
    passages: Sequence[str],
    passage_vectors: Vectors,
    passage_model: str | None,
    text_digest: str,
    shingles: Sequence[int],
) -> None:
    """Write what the embed stage made of a draft."""
    postgres.execute(
        db,
        """
        update ingest.draft set model = %s, vector = %s::halfvec, passages = %s, passage_vectors = %s, passage_model = %s,
            text_digest = %s, shingles = %s::bigint[], lookup = null, looked_up_to = null
        where entry_id = %s
        """,
        (
            model,
            literal(vector),
            list(passages),
            passage_vectors.astype("<f4").tobytes(),
            passage_model,
            text_digest,
            list(shingles),
            entry_id,
        ),
    )


def save_verdict(db: Connection, entry_id: int, columns: dict[str, Any]) -> None:
    """Write what was decided of a draft in this turn (see turns), with its moment, in place of the lookup; dictionaries become JSON."""
    columns = {"judged_at": turns.moment(db), "lookup": None, "looked_up_to": None, **columns}
    values = {key: Json(value) if isinstance(value, dict) else value for key, value in columns.items()}
    assignments = ", ".join(f"{key} = %({key})s" for key in values)
    statement = f"update ingest.draft set {assignments} where entry_id = %(id)s"  # noqa: S608
    postgres.execute(db, statement, {**values, "id": entry_id})


def save_tags(
    db: Connection, entry_id: int, topics: Sequence[TopicScore], tagger: str, mentions: Sequence[Mention]
) -> None:
    """Write the topics and mentions of a draft."""
    postgres.execute(
        db,
        "update ingest.draft set topics = %s, tagger = %s, mentions = %s where entry_id = %s",
        (
            Json([{"qcode": t.qcode, "score": t.score, "evidence": t.evidence} for t in topics]),
            tagger,
            Json(
                [
                    {
                        "watchlist": m.watchlist,
                        "name": m.name,
                        "alias": m.alias,
                        "field": m.field,
                        "start_at": m.start,
                        "end_at": m.end,
                    }
                    for m in mentions
                ]
            ),
            entry_id,
        ),
    )


def of(db: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The drafts of these entries, by entry."""
    found = postgres.rows(
        db,
        """
        select d.*, d.vector::text as vector_text, e.discovered_at
        from ingest.draft d join ingest.entry e on e.id = d.entry_id where d.entry_id = any(%s)
        """,
        (list(ids),),
    )
    return {row["entry_id"]: row for row in found}


def passage_vectors(row: dict[str, Any]) -> Vectors:
    """The passage vectors of a draft's row, shape (passages, dimensions)."""
    found = np.frombuffer(bytes(row["passage_vectors"]), dtype="<f4")
    return found.reshape(len(row["passages"]), -1) if row["passages"] else found.reshape(0, 0)


def renew_vector(db: Connection, entry_id: int, model: str, vector: Vector) -> None:
    """Put the vector of another model in place of a draft's."""
    postgres.execute(
        db,
        "update ingest.draft set model = %s, vector = %s::halfvec, lookup = null, looked_up_to = null where entry_id = %s",
        (model, literal(vector), entry_id),
    )
