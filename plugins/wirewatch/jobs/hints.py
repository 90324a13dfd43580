"""What a feed said of an article, to and from the ledger's JSON."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from wirewatch.core.model import FeedHints
from wirewatch.core.storable import storable_deep

_FEED_WORDS = 25
"""Words from which on a feed's own text can stand in for a page."""


def has_words(hints: FeedHints) -> bool:
    """Whether the feed's own text can stand in for the page."""
    return len((hints.content_html or hints.summary_html or "").split()) >= _FEED_WORDS


def to_json(hints: FeedHints) -> dict[str, Any]:
    """JSON-able; empty fields are left out, and characters that Postgres cannot hold."""
    facts = {each.name: value for each in fields(hints) if (value := getattr(hints, each.name))}
    if hints.published:
        facts["published"] = hints.published.isoformat()
    found: dict[str, Any] = storable_deep(facts)
    return found


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
