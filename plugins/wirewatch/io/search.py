"""Articles found by words (full-text search) and by meaning (embeddings)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wirewatch.core.model import Vector
from wirewatch.io import postgres
from wirewatch.io.drafts import literal
from wirewatch.io.postgres import Connection

START, STOP = "\ue000", "\ue001"
"""Private-use characters around what matched in an excerpt: no text of ours has them, and they survive escaping."""


def by_words(db: Connection, question: str, limit: int) -> list[int]:
    """Keys of the articles that match a question in websearch syntax, each in its own language, best first."""
    found = postgres.rows(db, "select article_id from media.matches(%s, most => %s)", (question, limit))
    return [row["article_id"] for row in found]


def by_meaning(db: Connection, vector: Vector, model: str, limit: int, least: float) -> dict[int, float]:
    """The articles nearest in meaning, nearest first, with their cosine, as far as it is `least` or more."""
    size = len(vector)
    postgres.execute(db, "set local hnsw.ef_search = 100")
    found = postgres.rows(
        db,
        f"""
        select article_id, 1 - (vector::halfvec({size}) <=> %(v)s::halfvec({size})) as cosine from media.embedding
        where model = %(m)s order by vector::halfvec({size}) <=> %(v)s::halfvec({size}) limit %(n)s
        """,  # noqa: S608  (a number)
        {"v": literal(vector), "m": model, "n": limit},
    )
    return {row["article_id"]: float(row["cosine"]) for row in found if row["cosine"] >= least}


def shown(db: Connection, keys: Sequence[int], question: str) -> list[dict[str, Any]]:
    """What a list of results shows of these articles, in their order; matches in `excerpt` stand in START and STOP."""
    found = postgres.rows(
        db,
        """
        select a.id, a.title, s.name as source, a.first_seen_at, a.language, a.url, a.story_id,
            a.duplicate_of is not null or a.duplicate_of_seed is not null as is_copy, a.search @@ q as has_words,
            media.highlight(a.search_config, a.text, %(q)s, %(start)s, %(stop)s) as excerpt
        from media.article a join media.source s on s.id = a.source_id
        cross join lateral media.search_query(a.search_config, %(q)s) as q
        where a.id = any(%(ids)s)
        """,
        {
            "ids": list(keys),
            "q": question,
            "start": START,
            "stop": STOP,
        },
    )
    by_key = {row["id"]: row for row in found}
    return [by_key[key] for key in keys if key in by_key]
