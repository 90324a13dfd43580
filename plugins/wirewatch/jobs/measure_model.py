"""Measure an embedding model's scale: which of its cosines mean what the reference model's do, on texts that both embed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from wirewatch.core.duplicates.text import lead
from wirewatch.core.scale import measured
from wirewatch.io import embedding, models, postgres
from wirewatch.io.models import Model
from wirewatch.settings import settings

MOST_TEXTS = 500
"""Texts that are embedded: twice as many tell hardly more, and take twice as long."""
REFERENCE_LANGUAGE = "en"
"""The one language that the reference model knows: of others its cosines tell nothing."""


class BadTexts(ValueError):
    """The file of texts is not what it should be."""


def measure_model(dsn: str, texts: Path | None = None) -> Model:
    """Measure the model of WIREWATCH_MODEL on texts of a file, or on the newest English articles, and keep its scale.

    core.scale.TooFewTexts where there are not enough. Nothing else changes: a model that serves is measured anew the same way.
    """
    name = settings().model
    key = models.key_of(name)
    with postgres.transaction(dsn) as db:
        found = _of_file(texts) if texts else _of_warehouse(db)
    leads = [lead(title, text) for title, text in found]
    scale = measured(embedding.embed(leads, name), embedding.embed(leads))
    scale = replace(scale, languages=models.languages_of(key))
    what = (
        f"{len(leads)} English texts of {texts.name if texts else 'the warehouse'}, against {embedding.DEFAULT_MODEL}"
    )
    model = Model(key, name, embedding.revision(name), embedding.dimensions(name), scale, what)
    with postgres.transaction(dsn) as db:
        models.note_measured(db, model)
    return model


def _of_warehouse(db: postgres.Connection) -> list[tuple[str, str]]:
    rows = postgres.rows(
        db,
        """
        select title, text from media.article where language = %s and text_dropped_at is null
        order by first_seen_at desc, id desc limit %s
        """,
        (REFERENCE_LANGUAGE, MOST_TEXTS),
    )
    return [(row["title"], row["text"]) for row in rows]


def _of_file(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8") as lines:
        return [_text(path, number, line) for number, line in enumerate(lines, 1) if line.strip()][:MOST_TEXTS]


def _text(path: Path, number: int, line: str) -> tuple[str, str]:
    try:
        row: dict[str, Any] = json.loads(line)
        return str(row.get("title") or ""), str(row["text"])
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        message = f'{path.name}, line {number}: give {{"title": …, "text": …}} on each line.'
        raise BadTexts(message) from problem
