"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from datetime import datetime
from html import escape
from typing import Any

from wirewatch.core.feed.dates import moment
from wirewatch.core.feed.model import FeedEntry, NotAFeed, ParsedFeed, absolute
from wirewatch.core.feed.text import line
from wirewatch.core.model import FeedHints


def parse_json_feed(body: bytes, url: str) -> ParsedFeed:
    """The JSON Feed in `body`. NotAFeed where the JSON is broken or something else.

    One that forgot its version is told by its items.
    """
    try:
        # Tabs and line breaks in strings are forbidden, and there.
        found = json.loads(_decoded(body.lstrip(b"\xef\xbb\xbf")), strict=False)
    except (ValueError, RecursionError) as problem:
        message = f"the answer is broken JSON ({problem})"
        raise NotAFeed(message) from problem
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not ("jsonfeed.org" in str(found.get("version", "")) or _looks_like_one(items)):
        raise NotAFeed("the answer is JSON, but not a JSON Feed")
    language, own = _text(found.get("language")), _text(found.get("feed_url"))
    authors = _authors(found)
    entries = (
        [_entry(item, url, language, authors) for item in items if isinstance(item, dict)]
        if isinstance(items, list)
        else []
    )
    title = _text(found.get("title")) or ""
    older = _text(found.get("next_url"))
    return ParsedFeed(
        title, "json", tuple(entries), language=language,
        self_url=absolute(url, own) if own else None,
        older_url=absolute(url, older) if older else None,
    )  # fmt: skip


def _decoded(body: bytes) -> str:
    """JSON is UTF-8 (RFC 8259, section 8.1); what is not was written by somebody who takes Windows-1252 for it."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _looks_like_one(items: Any) -> bool:
    """Whether the items of a document without a version are those of a feed."""
    return isinstance(items, list) and any(
        isinstance(item, dict) and "url" in item and {"title", "content_html", "content_text"} & item.keys()
        for item in items
    )


def _entry(item: dict[str, Any], url: str, language: str | None, authors: tuple[str, ...]) -> FeedEntry:
    guid = _text(item.get("id"))
    link = _text(item.get("url")) or _text(item.get("external_url"))
    if not link and guid and guid.startswith(("http://", "https://")):
        link = guid
    title = line(_text(item.get("title")))
    plain = _text(item.get("content_text"))
    content = _text(item.get("content_html")) or (
        "<p>" + escape(plain).replace("\n", "</p><p>") + "</p>" if plain else None
    )
    return FeedEntry(
        url=absolute(url, link) if link else None,
        guid=guid,
        title=title,
        hints=FeedHints(
            title=title or None,
            summary_html=_text(item.get("summary")),
            content_html=content,
            authors=_authors(item) or authors,
            published=_when(item, "date_published") or _when(item, "date_modified"),
            language=_text(item.get("language")) or language,
        ),
        updated=_when(item, "date_modified"),
    )


def _authors(item: dict[str, Any]) -> tuple[str, ...]:
    several = item.get("authors")
    listed = several if isinstance(several, list) else [several or item.get("author")]
    names = [_text(author.get("name") if isinstance(author, dict) else author) for author in listed or []]
    return tuple(dict.fromkeys(name for name in names if name))


def _text(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


def _when(item: dict[str, Any], field: str) -> datetime | None:
    """A time of an item, RFC 3339."""
    return moment(_text(item.get(field)))
