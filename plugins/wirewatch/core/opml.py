"""OPML 2.0: lists of feeds, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from wirewatch.core.canonical import BadUrl, canonical_url


class OpmlError(ValueError):
    """The document is no OPML that can be read."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list."""

    title: str
    url: str
    category: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """A line of a list that names no feed that can be polled, and why."""

    title: str
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class FeedList:
    """What a document lists: the feeds, each once, and what of it cannot be polled."""

    feeds: list[Outline]
    unusable: list[Unusable]


def parse_opml(content: bytes) -> FeedList:
    """The feeds of an OPML document, folders as their categories; one bad address stops none of the others.

    OpmlError where the document as a whole cannot be read. Entities are off.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        message = f"The OPML cannot be read: {problem}"
        raise OpmlError(message) from problem
    if root.tag != "opml":
        message = f"The file is no OPML: its root is <{root.tag}>."
        raise OpmlError(message)
    found: dict[str, Outline] = {}
    unusable: list[Unusable] = []
    for node in root.iter("outline"):
        url = (node.get("xmlUrl") or node.get("xmlurl") or "").strip()
        if not url:
            continue
        title = node.get("title") or node.get("text") or url
        try:
            canonical_url(url)
        except BadUrl as problem:
            unusable.append(Unusable(title, url, str(problem)))
            continue
        parent = node.getparent()
        folder = (parent.get("title") or parent.get("text")) if parent is not None else None
        found.setdefault(url, Outline(title, url, folder or node.get("category") or None, node.get("htmlUrl") or None))
    return FeedList(list(found.values()), unusable)


def print_opml(outlines: Sequence[Outline], title: str = "Wirewatch feeds") -> str:
    """An OPML document of these feeds, in folders by category."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    folders: dict[str, etree._Element] = {}
    for outline in outlines:
        parent = body
        if outline.category:
            if outline.category not in folders:
                folders[outline.category] = etree.SubElement(
                    body, "outline", text=outline.category, title=outline.category
                )
            parent = folders[outline.category]
        entry = etree.SubElement(
            parent, "outline", type="rss", text=outline.title, title=outline.title, xmlUrl=outline.url
        )
        if outline.site:
            entry.set("htmlUrl", outline.site)
    return etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="utf-8").decode("utf-8")
