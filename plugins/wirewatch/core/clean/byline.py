"""The authors: whom the page declares or shows as such, names split, roles and addresses cut off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from wirewatch.core.clean.page import Page, shown_text
from wirewatch.core.clean.structured import Facts, plain, tidy
from wirewatch.core.model import FeedHints

_BY = re.compile(
    r"^(?:written by|story by|posted by|reported by|words by|by|von|par|por|di|door|av|af|przez|oleh|texto?|autor(?:in)?|author)\b"
    r"[:\s]+",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\s*[;|/•·\n]\s*|\s*,\s+(?!(?:Jr|Sr|II|III|IV|PhD|MD)\b)|、|，|;|\s+(?:and|und|et|y|e|en|och|og|dan|i)\s+|\s*&\s+",
)
_AND_LATER = re.compile(r"\s+(?:and|with|as told to)\s+", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(correspondents?|reporters?|editors?|writers?|contributors?|columnist|journalists?|producer|analyst|author|redakteur(?:in)?|"
    r"korrespondent(?:in)?|journaliste?|periodista|redactora?|giornalista|updated|published|posted|comments?|min(?:ute)?s? read|"
    r"follow|email|subscribe|share)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?:|@|www\.|^(?:admin|administrator|webmaster|none|null|undefined)$", re.IGNORECASE)
_NO_NAME = re.compile(r"\.(?:com|org|net|de|co)\b|\d{2}", re.IGNORECASE)
_INSTITUTION = re.compile(
    r"\b(staff|desk|newsroom|editorial|redaktion|redacci[oó]n|r[eé]daction|redazione|team|agenc(?:y|ies)|press|news|guest|web|online|"
    r"newspaper|magazine|nachrichten)\b",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"(^|[-_\s])(by-?line|authors?|writer|author-?names?|byline-?names?|post-author|contributor)(?=$|[-_\s\d])",
    re.IGNORECASE,
)
_SPLIT_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|__|--")
_PROFILE = re.compile(
    r"/(authors?|autor(?:en|es|i)?|auteurs?|writers?|staff|people|by|contributors?|reporters?|journalists?|profile|profil)/[^/?#]+"
)
_ASIDE = re.compile(
    r"(^|[-_\s])(comments?|related|recommend|more|most|trending|sidebar|footer|widget|nav|menu|feed|list-item)(?=$|[-_\s\d])",
    re.I,
)
_LONGEST_NAME, _MOST, _SHOWN = 6, 12, 12


def find(page: Page, facts: Facts, hints: FeedHints, url: str = "") -> tuple[str, ...]:
    """The authors in the page's order: from JSON-LD, meta elements, the byline that is shown, or the feed.

    What JSON-LD declares is believed, agencies and desks included; the site itself where it declares nobody else.
    Elsewhere the site's name, and names of institutions alone, are passed over.
    """
    declared = _people(_declared(facts.ld.get("author"), facts), whole=True)
    site = _site_keys(facts, url)
    if declared:
        return tuple(name for name in declared if not _is_site(name, site)) or declared
    for names in (_people(_meta(facts)), _people(_shown(page, facts)), _people(hints.authors)):
        people = tuple(name for name in names if not _is_site(name, site))
        if people and not all(map(_INSTITUTION.search, people)):
            return people
    return ()


def _declared(value: Any, facts: Facts, depth: int = 0) -> list[str]:
    if depth > 4:
        return []
    if isinstance(value, list):
        return [name for item in value[:50] for name in _declared(item, facts, depth + 1)]
    if isinstance(value, dict):
        known = value if value.get("name") else facts.named.get(str(value.get("@id")), {})
        return _declared(known.get("name"), facts, depth + 1)
    return [value] if isinstance(value, str) else []


def _meta(facts: Facts) -> list[str]:
    names = ("author", "article:author", "parsely-author", "dc.creator", "sailthru.author", "byl")
    return [facts.meta[name] for name in names if name in facts.meta and not facts.meta[name].startswith("http")][:1]


def _shown(page: Page, facts: Facts) -> list[str]:
    """The names in the first byline: those that are linked to a profile, else its text."""
    for byline in islice(_bylines(page, facts), _SHOWN):
        linked = [shown_text(link) for link in byline.iter("a") if _is_profile(link)]
        text = tidy(shown_text(byline))
        names = [name for name in linked if name] or ([text] if len(text.split()) <= 3 * _LONGEST_NAME else [])
        if _people(names):
            return names
    return []


def _bylines(page: Page, facts: Facts) -> Iterator[HtmlElement]:
    """Elements that are marked up as a byline: by itemprop and rel anywhere, then what follows the heading."""
    yield from page.tree.xpath("//*[@itemprop='author' and not(self::meta)]")
    after = _after(page.tree, facts.heading)
    marked = [node for node in after if _is_marked(node) and not _inside(node, _ASIDE)]
    yield from marked
    yield from (link for link in after if link.tag == "a" and _is_profile(link) and not _inside(link, _ASIDE))


def _after(tree: HtmlElement, heading: HtmlElement | None) -> list[HtmlElement]:
    nodes = [
        node
        for node in tree.iter()
        if isinstance(node.tag, str) and node.tag not in ("script", "style", "meta", "link")
    ]
    if heading is None:
        return nodes
    return nodes[nodes.index(heading) :]


def _is_marked(node: HtmlElement) -> bool:
    names = " ".join((node.get("class") or "", node.get("id") or "", node.get("data-testid") or ""))
    return bool(names.strip()) and len(names) < 300 and bool(_BYLINE.search(_SPLIT_CAMEL.sub("-", names)))


def _is_profile(link: HtmlElement) -> bool:
    return "author" in (link.get("rel") or "").lower().split() or bool(
        _PROFILE.search((link.get("href") or "").lower())
    )


def _inside(node: HtmlElement, pattern: re.Pattern[str]) -> bool:
    return any(
        ancestor.tag in ("nav", "footer", "aside", "figure", "figcaption")
        or pattern.search(_SPLIT_CAMEL.sub("-", f"{ancestor.get('class') or ''} {ancestor.get('id') or ''}"[:300]))
        for ancestor in islice((node, *node.iterancestors()), 4)
        if ancestor.tag not in ("body", "html")
    )


def _people(texts: Iterable[str], *, whole: bool = False) -> tuple[str, ...]:
    """The names in these texts. `whole`: a text of few words that is no list is one name, whatever it says."""
    found: dict[str, str] = {}
    for text in texts:
        for name in _names(plain(text), whole=whole):
            found.setdefault(_key(name), name)
    return tuple(found.values())[:_MOST]


def _names(text: str, *, whole: bool) -> Iterator[str]:
    if text.startswith(",") or "://" in text:
        return
    for part in _BETWEEN.split(_BY.sub("", text)):
        for one in _AND_LATER.split(part):
            name = _BY.sub("", one.strip(' .,:–-—|*()[]"“”'))
            name = name.strip(' ,:–-—|*()[]"“”')
            if len(_key(name)) < 2 or len(name.split()) > _LONGEST_NAME or _ADDRESS.search(name):
                continue
            if whole or not (_ROLE.search(name) or _NO_NAME.search(name)):
                yield name


def _site_keys(facts: Facts, url: str) -> set[str]:
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return {key for key in (_key(facts.site or ""), _key(host), _key(host.split(".")[0])) if key}


def _is_site(name: str, site: set[str]) -> bool:
    key = _key(name)
    return any(key == other or (len(key) > 4 and (key in other or (len(other) > 4 and other in key))) for other in site)


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
