"""Search the articles by words and by meaning, both together by default."""

from __future__ import annotations

import threading
from typing import Any, Literal

from wirewatch.core.ranking import fuse
from wirewatch.io import embedding, models, postgres
from wirewatch.io import search as table

START, STOP = table.START, table.STOP
By = Literal["both", "words", "meaning"]
_CANDIDATES = 100
_LEAST_COSINE = 0.25
"""What is less near, on the common scale, is not shown: it is on another subject."""
_loading = threading.Lock()


def search(dsn: str, question: str, *, by: By = "both", limit: int = 30) -> list[dict[str, Any]]:
    """Articles that answer the question, best first; each with an excerpt, and its `cosine` where meaning found it.

    Words are read in websearch syntax: "a phrase", or, -without. Both rankings are fused by reciprocal rank.
    """
    cosines: dict[int, float] = {}
    with postgres.transaction(dsn) as db:
        model = models.serving(db)
    vector = _vector(question, model.name) if by != "words" else None
    with postgres.transaction(dsn) as db:
        words = table.by_words(db, question, _CANDIDATES) if by != "meaning" else []
        if vector is not None:
            near = table.by_meaning(db, vector, model.key, _CANDIDATES, model.scale.own(_LEAST_COSINE))
            cosines = {key: model.scale.common(cosine) for key, cosine in near.items()}
        found = table.shown(db, fuse(words, list(cosines))[:limit], question)
    return [{**row, "cosine": cosines.get(row["id"])} for row in found]


def warm_up(dsn: str) -> None:
    """Load the embedding model, so that the first search by meaning need not wait for it."""
    with postgres.transaction(dsn) as db:
        model = models.serving(db)
    _vector("news", model.name)


def _vector(question: str, model: str) -> Any:
    with _loading:
        return embedding.embed([question], model)[0]
