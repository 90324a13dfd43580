"""What a feed said of an article, to and from the ledger's JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from wirewatch.core.model import FeedHints


def to_json(hints: FeedHints) -> dict[str, Any]:
    """JSON-able; empty fields are left out. NUL, which Postgres cannot hold, is dropped."""
    facts = {key: value for key, value in asdict(hints).items() if value}
    if hints.published:
        facts["published"] = hints.published.isoformat()
    return {key: _clean(value) for key, value in facts.items()}


def from_json(facts: dict[str, Any]) -> FeedHints:
    """The hints again."""
    published = facts.get("published")
    return FeedHints(
        title=facts.get("title"),
        summary_html=facts.get("summary_html"),
        content_html=facts.get("content_html"),
        authors=tuple(facts.get("authors", ())),
        published=datetime.fromisoformat(published) if published else None,
        language=facts.get("language"),
    )


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value
