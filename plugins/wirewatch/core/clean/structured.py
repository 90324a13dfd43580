"""What a page says of itself: JSON-LD, OpenGraph, meta elements, read with BeautifulSoup; and the text of feed HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bs4 import BeautifulSoup, Tag

from wirewatch.core.clean.page import Page

_ARTICLE = re.compile(r"(article|posting|reportage|report|review|liveblog|webpage)", re.IGNORECASE)
_STRONG = re.compile(r"(article|posting|reportage|review)", re.IGNORECASE)
_BLOCKS = ("p", "div", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr", "figcaption", "section")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page declares. `ld` is the JSON-LD object of its article; `meta` holds meta elements by lower-case name."""

    ld: dict[str, Any]
    meta: dict[str, str]
    canonical_url: str | None
    language: str | None
    site: str | None
    section: str | None
    image: str | None
    h1: str | None
    page_title: str | None


def read_facts(page: Page) -> Facts:
    """The facts of a page."""
    meta = _meta(page.soup)
    found = list(_ld_objects(page.soup))
    articles = [
        item for item in found if _STRONG.search(_kind(item)) and (item.get("headline") or item.get("articleBody"))
    ]
    weak = [item for item in found if _ARTICLE.search(_kind(item))]
    ld = max(articles, key=lambda item: len(json.dumps(item, default=str)), default=None) or next(iter(weak), {})
    link = page.soup.find("link", rel="canonical", href=True)
    root = page.soup.find("html")
    declared = str(root.get("lang") or root.get("xml:lang") or "") if isinstance(root, Tag) else ""
    heads = [tidy(h1.get_text(" ")) for h1 in page.soup.find_all("h1")]
    heads = [head for head in heads if head]
    return Facts(
        ld=ld,
        meta=meta,
        canonical_url=str(link["href"]) if isinstance(link, Tag) else meta.get("og:url"),
        language=(text_of(ld.get("inLanguage")) or declared or meta.get("og:locale") or None),
        site=meta.get("og:site_name") or name_of(ld.get("publisher")) or meta.get("application-name"),
        section=text_of(ld.get("articleSection")) or meta.get("article:section"),
        image=meta.get("og:image") or _image(ld.get("image")),
        h1=_headline(heads, meta.get("og:title"), text_of(ld.get("headline"))),
        page_title=tidy(page.soup.title.get_text(" ")) if page.soup.title else None,
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
    """White space, NBSP included, in single spaces."""
    return " ".join(text.replace("\u200b", "").split())


def text_of(value: Any) -> str | None:
    """A JSON-LD value as one text: of a list the first, of an object its name."""
    if isinstance(value, list):
        return next((found for found in map(text_of, value) if found), None)
    if isinstance(value, dict):
        return text_of(value.get("name") or value.get("@value"))
    return tidy(value) or None if isinstance(value, str) else None


def name_of(value: Any) -> str | None:
    """The name of a JSON-LD person or organisation."""
    return text_of(value)


def _meta(soup: BeautifulSoup) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in soup.find_all("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        content = element.get("content")
        if name and content and str(content).strip():
            found.setdefault(str(name).strip().lower(), tidy(str(content)))
    return found


def _ld_objects(soup: BeautifulSoup) -> Iterator[dict[str, Any]]:
    for script in soup.find_all("script", type=re.compile(r"ld\+json", re.IGNORECASE)):
        yield from _objects(_loads(script.get_text()))


def _loads(text: str) -> Any:
    """JSON-LD as pages have it: raw line breaks, comments, CDATA, stray commas are mended where a strict reader fails."""
    plain = re.sub(r"^\s*(//\s*)?<!\[CDATA\[|(//\s*)?\]\]>\s*;?\s*$", "", text.strip())
    for attempt in (plain, re.sub(r",\s*([}\]])", r"\1", plain), plain.rstrip(";")):
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
        return next((found for found in map(_image, value) if found), None)
    if isinstance(value, dict):
        return _image(value.get("url") or value.get("contentUrl"))
    return value if isinstance(value, str) else None


def _headline(heads: list[str], *declared: str | None) -> str | None:
    """The h1 that shares most with what the page declares as its title; the longest where none does."""
    if not heads:
        return None
    told = {word for text in declared if text for word in text.casefold().split()}
    return max(heads, key=lambda head: (len(told & set(head.casefold().split())), len(head)))
