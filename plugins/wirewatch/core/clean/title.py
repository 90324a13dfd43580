"""The title: what the page declares as such, without the name of the site. What it shows is kept beside it (`headline`)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from wirewatch.core.clean.structured import Facts, plain, text_of
from wirewatch.core.model import FeedHints

_SEPARATOR = re.compile(r"\s+[|\-–—·•›:/]{1,2}\s+|[|：｜]")
_LONGEST_SITE = 5
_SHORTEST_NAME = 4


def find(facts: Facts, hints: FeedHints, url: str = "") -> str | None:
    """The declared title (og:title, then JSON-LD headline), else the h1, else <title>; the site's name cut off."""
    texts = (
        facts.meta.get("og:title"),
        text_of(facts.ld.get("headline")),
        facts.h1,
        facts.page_title,
        facts.meta.get("twitter:title"),
    )
    given = [plain(text) for text in texts if text]
    cut = [without_site(text, given, facts, url) for text in given]
    told = [text for text in cut if text and not _names_site(text, facts, url)] or [text for text in cut if text]
    if not told:
        return hints.title
    return hints.title if hints.title and _is_with_site(told[0], hints.title) else told[0]


def without_site(title: str, given: list[str], facts: Facts, url: str = "") -> str:
    """The title without a last or first part that names the site: "Headline | The Paper" is "Headline".

    A part names the site where it is the declared name or the domain's, or where another of the page's titles
    (`given`) is the same without it.
    """
    others = {_key(text) for text in given}
    cut = title
    while True:
        ends = ((head, part) for head, part in _ends(cut) if _key(head))
        shorter = next((head for head, part in ends if _names_site(part, facts, url) or _key(head) in others), None)
        if shorter is None:
            return cut
        cut = shorter


def _ends(title: str) -> list[tuple[str, str]]:
    """Ways to cut one part off: (what is left, what is cut), from the end, then from the beginning."""
    separators = list(_SEPARATOR.finditer(title))
    found = [(title[: match.start()].strip(), title[match.end() :]) for match in reversed(separators)]
    if separators:
        found.append((title[separators[0].end() :].strip(), title[: separators[0].start()]))
    return [(left, part) for left, part in found if len(part.split()) <= _LONGEST_SITE]


def _names_site(text: str, facts: Facts, url: str) -> bool:
    key, site = _key(text), _key(facts.site or "")
    if not key:
        return False
    if site and (key == site or (len(key) >= _SHORTEST_NAME and key in site)):
        return True
    if len(site) >= _SHORTEST_NAME and site in key and len(key) < 2 * len(site):
        return True
    host = _key((urlsplit(url).hostname or "").removeprefix("www."))
    return len(key) >= _SHORTEST_NAME and key in host


def _is_with_site(title: str, headline: str) -> bool:
    """Whether the title is the feed's headline and then a name: "Headline - The Paper"."""
    return any(_key(head) == _key(headline) for head, _ in _ends(title))


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
