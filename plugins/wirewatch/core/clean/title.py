"""The title: from what the page declares and shows, without the name of the site."""

from __future__ import annotations

import re

from wirewatch.core.clean.structured import Facts, html_to_text, text_of, tidy
from wirewatch.core.model import FeedHints

_SEPARATOR = re.compile(r"\s+[|\-–—·•»:/]\s+")
_LONGEST_SITE = 5


def find(facts: Facts, hints: FeedHints) -> str | None:
    """The title: og:title, JSON-LD headline, h1 and <title>, the site's name cut off; else the feed's.

    What the page declares is taken where the page shows it too; of several the one that others repeat.
    """
    declared = [
        html_to_text(text) if "<" in text or "&" in text else text
        for text in (facts.meta.get("og:title"), text_of(facts.ld.get("headline")), facts.meta.get("twitter:title"))
        if text
    ]
    candidates = [without_site(tidy(text), facts) for text in declared]
    shown = [facts.h1] if facts.h1 else []
    page_title = [without_site(facts.page_title, facts)] if facts.page_title else []
    everything = [text for text in (*candidates, *shown, *page_title) if text]
    if hints.title and any(_is_with_site(text, hints.title) for text in everything):
        everything = [hints.title if _is_with_site(text, hints.title) else text for text in everything]
    if not everything:
        return hints.title
    return max(everything, key=lambda text: (_votes(text, everything), -everything.index(text)))


def _is_with_site(title: str, headline: str) -> bool:
    """Whether the title is the feed's headline and then a name: "Headline - The Paper"."""
    head, _, tail = _last_part(title)
    return _key(head) == _key(headline) and 0 < len(tail.split()) <= _LONGEST_SITE


def without_site(title: str, facts: Facts) -> str:
    """The title without a last or first part that names the site: "Headline | The Paper" is "Headline"."""
    parts = _SEPARATOR.split(title)
    if len(parts) == 1:
        return title
    site = _key(facts.site or "")
    h1 = _key(facts.h1 or "")
    cut = title
    for _ in range(len(parts) - 1):
        head, _, tail = _last_part(cut)
        if not head:
            break
        names_site = bool(site) and (_key(tail) in site or site in _key(tail))
        shown_without = bool(h1) and _key(cut) != h1 and h1.endswith(_key(head)) and len(tail.split()) <= _LONGEST_SITE
        if not names_site and not shown_without:
            break
        cut = head
    return cut


def _last_part(title: str) -> tuple[str, str, str]:
    matches = list(_SEPARATOR.finditer(title))
    if not matches:
        return "", "", title
    last = matches[-1]
    return title[: last.start()], last.group(), title[last.end() :]


def _votes(text: str, everything: list[str]) -> int:
    return sum(_key(text) == _key(other) for other in everything)


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
