"""What a page says of itself: JSON-LD, OpenGraph, meta elements, its main heading; and the text of feed HTML."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bs4 import BeautifulSoup
from lxml.html import HtmlElement

from wirewatch.core.clean.page import Page, shown_text

_ARTICLE = re.compile(r"(article|posting|reportage|report|review|liveblog|webpage)", re.IGNORECASE)
_STRONG = re.compile(r"(article|posting|reportage|review)", re.IGNORECASE)
_BLOCKS = ("p", "div", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr", "figcaption", "section")
_LONGEST_ID = 400


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page declares. `ld` is the JSON-LD object of its article; `meta` holds meta elements by lower-case name.

    `named` has the JSON-LD objects that others refer to, by their @id; `kinds` the types of all that stand for the page.
    `heading` is the element of `h1`.
    """

    ld: dict[str, Any]
    meta: dict[str, str]
    canonical_url: str | None
    language: str | None
    site: str | None
    section: str | None
    image: str | None
    h1: str | None
    page_title: str | None
    named: dict[str, dict[str, Any]]
    kinds: frozenset[str]
    heading: HtmlElement | None


def read_facts(page: Page) -> Facts:
    """The facts of a page."""
    meta = _meta(page.tree)
    found = list(_ld_objects(page.tree))
    ld = _article(found)
    link = page.tree.xpath("//link[@rel='canonical']/@href")
    declared = str(page.tree.get("lang") or page.tree.get("xml:lang") or "")
    h1, heading = _headline(page.tree, meta.get("og:title"), text_of(ld.get("headline")))
    titles = page.tree.xpath("(//head//title | //title[not(ancestor::*[local-name()='svg'])])[1]")
    return Facts(
        ld=ld,
        meta=meta,
        canonical_url=str(link[0]) if link else meta.get("og:url"),
        language=(text_of(ld.get("inLanguage")) or declared or meta.get("og:locale") or None),
        site=meta.get("og:site_name") or text_of(ld.get("publisher")) or meta.get("application-name"),
        section=text_of(ld.get("articleSection")) or meta.get("article:section"),
        image=meta.get("og:image") or _image(ld.get("image")),
        h1=h1,
        page_title=tidy(titles[0].text_content()) or None if titles else None,
        named={str(item["@id"])[:_LONGEST_ID]: item for item in found if item.get("@id") and item.get("name")},
        kinds=frozenset(kind for item in found for kind in _kind(item).split()),
        heading=heading,
    )


@lru_cache(maxsize=64)
def html_to_text(fragment: str) -> str:
    """The text of a piece of HTML as feeds carry it, a paragraph a line."""
    if not fragment.strip():
        return ""
    soup = BeautifulSoup(fragment, "lxml")
    for dropped in soup(["script", "style", "figure", "iframe", "noscript"]):
        dropped.decompose()
    for block in soup.find_all(_BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    lines = (tidy(line) for line in soup.get_text().splitlines())
    return "\n".join(line for line in lines if line)


def tidy(text: str) -> str:
    """White space, NBSP included, in single spaces; soft hyphens and zero-width spaces gone."""
    return " ".join(text.replace("\u200b", "").replace("\xad", "").split())


def plain(text: str) -> str:
    """A declared text in one line, without the markup and entities that pages leave in it."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = re.sub(r"</?[a-zA-Z][^<>]{0,200}>", "", text)
    return tidy(text)


def text_of(value: Any) -> str | None:
    """A JSON-LD value as one text: of a list the first, of an object its name."""
    if isinstance(value, list):
        return next((found for found in map(text_of, value[:50]) if found), None)
    if isinstance(value, dict):
        named = value.get("name") or value.get("@value")
        return text_of(named) if not isinstance(named, dict) else None
    return tidy(value) or None if isinstance(value, str) else None


def _meta(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        content = element.get("content")
        if name and content and content.strip():
            found.setdefault(name.strip().lower(), tidy(content))
    return found


def _article(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Of several JSON-LD objects the one of the page's article: the fullest that has a headline or a body."""
    strong = [
        item for item in found if _STRONG.search(_kind(item)) and (item.get("headline") or item.get("articleBody"))
    ]
    if strong:
        return max(strong, key=lambda item: len(json.dumps(item, default=str)))
    return next((item for item in found if _ARTICLE.search(_kind(item))), {})


def _ld_objects(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            yield from _objects(_loads(script.text or ""))


def _loads(text: str) -> Any:
    """JSON-LD as pages have it: raw line breaks, comments, CDATA, stray commas are mended where a strict reader fails."""
    bare = re.sub(r"^\s*(//\s*)?<!\[CDATA\[|(//\s*)?\]\]>\s*;?\s*$", "", text.strip())
    for attempt in (bare, re.sub(r",\s*([}\]])", r"\1", bare), bare.rstrip(";")):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _objects(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 6:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement"):
            yield from _objects(value.get(key), depth + 1)


def _kind(item: dict[str, Any]) -> str:
    kind = item.get("@type")
    return " ".join(map(str, kind)) if isinstance(kind, list) else str(kind or "")


def _image(value: Any) -> str | None:
    if isinstance(value, list):
        return next((found for found in map(_image, value[:50]) if found), None)
    if isinstance(value, dict):
        url = value.get("url") or value.get("contentUrl")
        return url if isinstance(url, str) else None
    return value if isinstance(value, str) else None


def _headline(tree: HtmlElement, *declared: str | None) -> tuple[str | None, HtmlElement | None]:
    """The h1 that shares most with what the page declares as its title; the longest where none does."""
    heads = [(shown_text(h1), h1) for h1 in tree.iter("h1")]
    heads = [(tidy(text), h1) for text, h1 in heads if text]
    if not heads:
        return None, None
    told = {word for text in declared if text for word in text.casefold().split()}
    return max(heads, key=lambda head: (len(told & set(head[0].casefold().split())), len(head[0])))
