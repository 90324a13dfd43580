"""The authors: people that the page names as such, without publishers, addresses and phrases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bs4 import Tag

from wirewatch.core.clean.page import Page
from wirewatch.core.clean.structured import Facts, tidy
from wirewatch.core.model import FeedHints

_BY = re.compile(r"^(by|von|par|por|di|door|av|af|przez|written by|story by|text)\b[:\s]+", re.IGNORECASE)
_AND = re.compile(r"\s*(?:,|;|\||/|\band\b|\bund\b|\bet\b|\by\b|\be\b|\ben\b|\boch\b|\bog\b|&)\s+", re.IGNORECASE)
_NOT_A_NAME = re.compile(
    r"https?:|@|www\.|\d{3}|\b(staff|desk|newsroom|editors?|editorial|redaktion|redacci[oó]n|r[eé]daction|redazione|admin|team|"
    r"agenc(y|ies)|press|news|reporters?|correspondents?|contributors?|guest|web|online|newspaper|magazine)\b",
    re.IGNORECASE,
)
_LONGEST_NAME, _MOST = 6, 12


def find(page: Page, facts: Facts, hints: FeedHints) -> tuple[str, ...]:
    """The authors in the page's order: JSON-LD, then meta elements, then rel=author and bylines, then the feed."""
    for names in (_declared(facts.ld.get("author")), _meta(facts), _shown(page), list(hints.authors)):
        people = _people(names, facts)
        if people:
            return people
    return ()


def _declared(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for item in value for name in _declared(item)]
    if isinstance(value, dict):
        if "organization" in str(value.get("@type", "")).lower():
            return []
        return _declared(value.get("name"))
    return [value] if isinstance(value, str) else []


def _meta(facts: Facts) -> list[str]:
    names = ("author", "article:author", "parsely-author", "dc.creator", "sailthru.author", "byl")
    return [facts.meta[name] for name in names if name in facts.meta][:1]


def _shown(page: Page) -> list[str]:
    found = [tidy(node.get_text(" ")) for node in _bylines(page)]
    return [text for text in found if text and len(text.split()) <= 3 * _LONGEST_NAME][:_MOST]


def _bylines(page: Page) -> Iterator[Tag]:
    yield from page.soup.select('[rel~="author"]')
    yield from page.soup.select('[itemprop="author"] [itemprop="name"]')
    yield from page.soup.find_all(class_=re.compile(r"^(byline|author|article__author|author-name|byline__name)$"))


def _people(names: list[str], facts: Facts) -> tuple[str, ...]:
    site = _key(facts.site or "")
    found: dict[str, str] = {}
    for text in names:
        for part in _AND.split(_BY.sub("", tidy(text))):
            name = _BY.sub("", part.strip(" .,:-–|"))
            key = _key(name)
            if not key or _NOT_A_NAME.search(name) or len(name.split()) > _LONGEST_NAME or len(name) < 3:
                continue
            if site and (key == site or (len(key) > 4 and key in site)):
                continue
            found.setdefault(key, name)
    return tuple(found.values())[:_MOST]


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
