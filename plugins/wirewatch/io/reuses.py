"""Parts of known texts in articles that are no copies: links, which hide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg2.extras import Json

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


def store(db: Connection, article_id: int, evidence: Mapping[str, Any]) -> None:
    """Write what an article took parts of, as its verdict's evidence has it, in place of what was written before."""
    postgres.execute(db, "delete from media.reuse where article_id = %s", (article_id,))
    postgres.insert(db, "media.reuse", [_row(article_id, one) for one in evidence.get("reuses", ())])


def _row(article_id: int, one: Mapping[str, Any]) -> dict[str, Any]:
    kind, _, number = str(one["of"]).partition(":")
    part = one["part"]
    return {
        "article_id": article_id,
        "of_article_id": int(number) if kind == "article" else None,
        "of_seed_id": int(number) if kind == "seed" else None,
        "words": part["words"],
        "share": part["of_text"],
        "share_of_original": part["of_known"],
        "place": part["where"],
        "first_word": part["first"],
        "last_word": part["last"],
        "passages": Json(one["passages"]),
    }
