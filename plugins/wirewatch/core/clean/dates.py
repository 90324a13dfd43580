"""When an article was published: candidates from page, feed and address, one chosen by rule, always with a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import dateutil.parser
from bs4 import Tag

from wirewatch.core.clean.page import Page
from wirewatch.core.clean.structured import Facts, text_of
from wirewatch.core.model import FeedHints

_META = (
    "article:published_time", "og:article:published_time", "datepublished", "og:published_time", "date", "pubdate",
    "publishdate", "publish-date", "publication_date", "parsely-pub-date", "sailthru.date", "dc.date.issued", "dc.date",
    "dcterms.created", "article:published", "cxenseparse:recs:publishtime", "last-modified",
)  # fmt: skip
_PATH = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?!\d)")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)


def find(page: Page, facts: Facts, hints: FeedHints, url: str, crawled: datetime | None) -> datetime | None:
    """The first candidate that can be: JSON-LD, meta elements, <time>, the feed, the address.

    A candidate without a zone takes the zone of one that tells the same local time, else UTC. None lies before 1990,
    or more than a day after `crawled`.
    """
    latest = (_zoned(crawled) if crawled else datetime.now(UTC)) + _AHEAD
    texts = [text_of(facts.ld.get("datePublished")), *(facts.meta.get(name) for name in _META), *_times(page)]
    parsed = [moment for moment in map(parse, texts) if moment]
    zones = [moment for moment in parsed if moment.tzinfo]
    if hints.published:
        zones.append(_zoned(hints.published))
    for moment in parsed:
        found = moment if moment.tzinfo else _with_zone(moment, zones)
        if _EARLIEST <= found <= latest:
            return found
    if hints.published and _zoned(hints.published) <= latest:
        return _zoned(hints.published)
    named = _PATH.search(url)
    found_in_path = parse("-".join(named.groups())) if named else None
    return _zoned(found_in_path) if found_in_path and _zoned(found_in_path) <= latest else None


def parse(text: str | None) -> datetime | None:
    """A date as pages write them, with its zone where it has one; None where it is none."""
    if not text or not re.search(r"\d{4}", text) or len(text) > 80:
        return None
    plain = text.strip()
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        pass
    try:
        return dateutil.parser.parse(plain, tzinfos=_ZONES)
    except (ValueError, OverflowError, TypeError):
        return None


def _times(page: Page) -> list[str]:
    found = []
    for node in page.soup.find_all("time", limit=5):
        if isinstance(node, Tag):
            found.append(str(node.get("datetime") or ""))
    for node in page.soup.select('[itemprop="datePublished"]')[:2]:
        found.append(str(node.get("content") or node.get("datetime") or ""))
    return found


def _with_zone(moment: datetime, zones: list[datetime]) -> datetime:
    for other in zones:
        if other.replace(tzinfo=None, microsecond=0) == moment.replace(microsecond=0):
            return moment.replace(tzinfo=other.tzinfo)
    return moment.replace(tzinfo=UTC)


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_ZONES = {
    "EST": -18000, "EDT": -14400, "CST": -21600, "CDT": -18000, "MST": -25200, "MDT": -21600, "PST": -28800,
    "PDT": -25200, "GMT": 0, "UTC": 0, "BST": 3600, "CET": 3600, "CEST": 7200, "IST": 19800, "JST": 32400, "KST": 32400,
    "AEST": 36000, "AEDT": 39600, "SAST": 7200, "EAT": 10800, "WAT": 3600, "CAT": 7200, "MSK": 10800,
}  # fmt: skip
