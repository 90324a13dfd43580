"""Tell the format of a body and give it to its adapter."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup

from wirewatch.core.feed.json_feed import parse_json_feed
from wirewatch.core.feed.model import NotAFeed, ParsedFeed, absolute
from wirewatch.core.feed.sitemap import parse_sitemap
from wirewatch.core.feed.syndication import parse_syndication

_FEED_TYPES = re.compile(r"application/(rss|atom|rdf|feed)\+(xml|json)|application/json", re.IGNORECASE)
_HEAD = 4000


def parse_feed(body: bytes, *, url: str, content_type: str | None = None) -> ParsedFeed:
    """The feed in `body`, which `url` answered with. NotAFeed where there is none, with the feeds that a page names.

    The format is told from the body: servers name it wrongly too often for the Content-Type to be trusted.
    """
    body = _without_utf16(body)
    head = body[:_HEAD].decode("latin-1").removeprefix("ï»¿")
    if not head.strip():
        raise NotAFeed("the answer is empty")
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
    return parse_syndication(body, url, content_type)


def _without_utf16(body: bytes) -> bytes:
    """UTF-16, with its mark or told by its zeros (XML 1.0, appendix F), as UTF-8; anything else as it is."""
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    encoding = marks.get(body[:2])
    if encoding is None and len(body) > 1 and (body[0] == 0) != (body[1] == 0):
        encoding = "utf-16-be" if body[0] == 0 else "utf-16-le"
    if encoding is None:
        return body
    text = body.decode(encoding, "replace")
    return re.sub(r"^(\s*<\?xml[^>]*?)\s+encoding\s*=\s*(['\"]).*?\2", r"\1", text, count=1).encode("utf-8", "replace")


def _autodiscovered(body: bytes, url: str) -> tuple[str, ...]:
    """Feeds named by a page's `link rel=alternate` elements (RSS autodiscovery)."""
    page = BeautifulSoup(body[:500_000], "lxml")
    found = []
    for link in page.find_all("link", href=True):
        relation = " ".join(link.get_attribute_list("rel")).lower()
        if "alternate" in relation and _FEED_TYPES.search(str(link.get("type", ""))):
            found.append(absolute(url, str(link["href"])))
    return tuple(dict.fromkeys(found))
