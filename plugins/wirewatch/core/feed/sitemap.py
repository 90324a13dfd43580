"""News sitemaps and sitemap indexes (sitemaps.org 0.9, Google's news extension 0.9)."""

from __future__ import annotations

from lxml import etree

from wirewatch.core.feed.dates import moment
from wirewatch.core.feed.model import FeedEntry, NotAFeed, ParsedFeed, absolute
from wirewatch.core.model import FeedHints


def parse_sitemap(body: bytes, url: str) -> ParsedFeed:
    """The sitemap in `body`: its news, or of an index its sitemaps. Entities and the network are off."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        message = f"the answer is a broken sitemap ({problem})"
        raise NotAFeed(message) from problem
    if root is None:
        raise NotAFeed("the answer is a broken sitemap")
    kind = "sitemapindex" if _local(root) == "sitemapindex" else "sitemap"
    names = [_first(node, "name") for node in root.iter("{*}publication")]
    entries = (_entry(node, url) for node in root if isinstance(node.tag, str))
    return ParsedFeed(names[0] or "" if names else "", kind, tuple(entry for entry in entries if entry.url))


def _entry(node: etree._Element, url: str) -> FeedEntry:
    address = _own(node, "loc")
    news = next((child for child in node if _local(child) == "news"), None)
    title = (_first(news, "title") if news is not None else None) or ""
    modified = moment(_own(node, "lastmod"))
    published = moment(_first(news, "publication_date")) if news is not None else None
    return FeedEntry(
        url=absolute(url, address) if address else None,
        guid=address,
        title=title,
        hints=FeedHints(
            title=title or None,
            published=published or modified,
            language=_first(news, "language") if news is not None else None,
        ),
        updated=modified,
    )


def _local(node: etree._Element) -> str:
    """An element's name without its namespace; of a broken sitemap it may be one that XML forbids."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _own(node: etree._Element, name: str) -> str | None:
    """The text of a child of the node itself, not of an image or a video in it."""
    found = node.find(f"{{*}}{name}")
    return (found.text or "").strip() or None if found is not None else None


def _first(node: etree._Element, name: str) -> str | None:
    for found in node.iter(f"{{*}}{name}"):
        text = (found.text or "").strip()
        if text:
            return text
    return None
