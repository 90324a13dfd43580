"""Feeds: bytes and headers in, entries out. One adapter for each format; nothing is fetched."""

from wirewatch.core.feed.model import FeedEntry, NotAFeed, ParsedFeed
from wirewatch.core.feed.parse import parse_feed

__all__ = ["FeedEntry", "NotAFeed", "ParsedFeed", "parse_feed"]
