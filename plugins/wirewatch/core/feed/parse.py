"""Tell the format of a body and give it to its adapter."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup

from wirewatch.core.feed.charset import as_utf8, unpacked
from wirewatch.core.feed.json_feed import parse_json_feed
from wirewatch.core.feed.model import NotAFeed, ParsedFeed, absolute
from wirewatch.core.feed.sitemap import parse_sitemap
from wirewatch.core.feed.syndication import parse_syndication

_FEED_TYPES = re.compile(r"application/(rss|atom|rdf|feed)\+(xml|json)|application/json", re.IGNORECASE)
_HEAD = 4000
_EBCDIC = b"\x4c\x6f\xa7\x94"
"""How an XML declaration begins in EBCDIC (XML 1.0, appendix F); feedparser finds out which one it is."""
_MOST_UNPACKED = 60_000_000
"""Bytes of a sitemap after unpacking: sitemaps.org allows 50 MB."""
_MOST_SYNDICATED = 20_000_000


def parse_feed(body: bytes, *, url: str, content_type: str | None = None) -> ParsedFeed:
    """The feed in `body`, which `url` answered with. NotAFeed where there is none, with the feeds that a page names.

    The format is told from the body: servers name it wrongly too often for the Content-Type to be trusted.
    """
    body, content_type = as_utf8(unpacked(body, _MOST_UNPACKED), content_type)
    head = body[:_HEAD].decode("latin-1")
    if not head.strip():
        raise NotAFeed("the answer is empty")
    if len(body) >= _MOST_UNPACKED:
        raise NotAFeed(f"the answer is larger than {_MOST_UNPACKED:,} bytes when it is unpacked")
    if head.lstrip().startswith(("{", "[")):
        return parse_json_feed(body, url)
    if re.search(r"<(\w+:)?(urlset|sitemapindex)[\s>]", head):
        return parse_sitemap(body, url)
    if re.search(r"<!doctype html|<html[\s>]", head, re.IGNORECASE) and not re.search(
        r"<(rss|feed|rdf:RDF)[\s>]", head
    ):
        links = _autodiscovered(body, url)
        named = f"; it names {', '.join(links[:3])}" if links else ""
        message = f"the answer is a web page, not a feed{named}"
        raise NotAFeed(message, links)
    if "<" not in head and not body.startswith(_EBCDIC):
        raise NotAFeed("the answer is no feed: there is no markup in it")
    if len(body) > _MOST_SYNDICATED:
        raise NotAFeed(f"the answer is larger than {_MOST_SYNDICATED:,} bytes, which no feed needs")
    return parse_syndication(body, url, content_type)


def _autodiscovered(body: bytes, url: str) -> tuple[str, ...]:
    """Feeds named by a page's `link rel=alternate` elements (RSS autodiscovery)."""
    page = BeautifulSoup(body[:500_000], "lxml")
    found = []
    for link in page.find_all("link", href=True):
        relation = " ".join(link.get_attribute_list("rel")).lower()
        if "alternate" in relation and _FEED_TYPES.search(str(link.get("type", ""))):
            found.append(absolute(url, str(link["href"])))
    return tuple(dict.fromkeys(found))
