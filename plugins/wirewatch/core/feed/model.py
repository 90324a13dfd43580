"""What a feed says, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin

from wirewatch.core.model import FeedHints


class NotAFeed(ValueError):
    """The body is no feed; `links` are the feeds that it names, where it is a page that does."""

    def __init__(self, message: str, links: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.links = links


def absolute(base: str, link: str) -> str:
    """The link made absolute; as it is, where it is no address at all."""
    if link.startswith(("http://", "https://")):
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return link


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry. `url` is absolute, or None where the feed gives no address for it."""

    url: str | None
    guid: str | None
    title: str
    hints: FeedHints
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed: `kind` is rss, atom, json, sitemap or sitemapindex (its entries are sitemaps then); `ttl` in seconds.

    `skip_hours` (0 to 23, UTC) and `skip_days` (0 is Monday) are when it says that it does not change.
    `older_url` is where it goes on with older entries (RFC 5005, `next_url` of JSON Feed).
    `self_url` is the address that the feed calls its own, `new_url` the one that it says it moved to; both absolute.
    """

    title: str
    kind: str
    entries: tuple[FeedEntry, ...]
    ttl: int | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    self_url: str | None = None
    new_url: str | None = None
    older_url: str | None = None
    language: str | None = None
    errors: tuple[str, ...] = field(default=())
