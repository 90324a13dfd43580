"""When an article was published: candidates from page, feed and address, one chosen by rule, always with a zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import dateutil.parser
from htmldate import find_date
from lxml.html import HtmlElement

from wirewatch.core.clean.page import Page, shown_text
from wirewatch.core.clean.structured import Facts, text_of
from wirewatch.core.model import FeedHints

_META = (
    "article:published_time", "og:article:published_time", "datepublished", "og:published_time", "date", "pubdate",
    "publishdate", "publish-date", "publish_date", "publication_date", "parsely-pub-date", "sailthru.date",
    "dc.date.issued", "dc.date", "dcterms.created", "dcterms.date", "article:published", "cxenseparse:recs:publishtime",
    "article.published", "article:create", "og:pubdate", "last-modified",
)  # fmt: skip
_PATH = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?!\d)")
_SHOWN = re.compile(r"date|time|publish|posted|stamp", re.IGNORECASE)
_LABEL = re.compile(r"^\D{1,30}?:\s+|^(?:first |last )?(?:published|posted|updated)(?: on| at)?\s+", re.IGNORECASE)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_AHEAD, _NEAR = timedelta(days=1), timedelta(days=2)
_FURTHEST_ZONE = timedelta(hours=14)
_LOOKED_AT, _LONGEST = 8, 80


def find(page: Page, facts: Facts, hints: FeedHints, url: str, crawled: datetime | None) -> datetime | None:
    """The first candidate that can be: JSON-LD, meta elements, <time>, what is shown, the feed, the address, htmldate.

    A candidate without a zone takes the zone of one that tells the same local time, else the page's only one, else
    UTC. None lies before 1990, or more than a day after `crawled`.
    """
    latest = (_zoned(crawled) if crawled else datetime.now(UTC)) + _AHEAD
    named = _in_path(url)
    declared = _parsed([text_of(facts.ld.get("datePublished")), *(facts.meta.get(name) for name in _META)])
    marked = _near(_parsed(_marked(page, facts)), named)
    zones = [moment for moment in (*declared, *marked, *_parsed(_others(facts))) if moment.tzinfo]
    if hints.published:
        zones.append(_zoned(hints.published))
    for moment in (*declared, *marked):
        found = moment if moment.tzinfo else _with_zone(moment, zones)
        if _EARLIEST <= found <= latest:
            return found
    rest: tuple[datetime | None, ...] = (hints.published, *_near(_parsed(_shown(page, facts)), named), named)
    for candidate in rest:
        if candidate and _EARLIEST <= _zoned(candidate) <= latest:
            return _zoned(candidate)
    return _guessed(page, latest)


def parse(text: str | None) -> datetime | None:
    """A date as pages write them (seconds or milliseconds since 1970 too), with its zone where it has one, or None."""
    if not text or not re.search(r"\d{4}", text) or len(text) > _LONGEST:
        return None
    plain = text.strip()
    if plain.isdigit() and len(plain) in (10, 13):
        return datetime.fromtimestamp(int(plain[:10]), UTC)
    try:
        return _sane(datetime.fromisoformat(plain))
    except ValueError:
        pass
    try:
        return _sane(dateutil.parser.parse(plain, tzinfos=_ZONES))
    except (ValueError, OverflowError, TypeError, RecursionError):
        return None


def _sane(moment: datetime) -> datetime | None:
    """The moment where its zone is one that the earth has; dateutil takes any number for one."""
    offset = moment.utcoffset()
    if offset is not None and abs(offset) > _FURTHEST_ZONE:
        return None
    try:
        moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment


def _parsed(texts: Any) -> list[datetime]:
    return [moment for moment in map(parse, texts) if moment]


def _others(facts: Facts) -> list[str | None]:
    """Moments that are not of publication: they tell the zone in which the site writes."""
    names = ("article:modified_time", "og:updated_time", "datemodified", "lastmod")
    return [text_of(facts.ld.get("dateModified")), *(facts.meta.get(name) for name in names)]


def _marked(page: Page, facts: Facts) -> list[str]:
    """Dates in the page's markup: itemprop first, then <time>, those after the heading before those in front of it."""
    found = [
        str(value)
        for value in page.tree.xpath("//*[@itemprop='datePublished']/@*[name()='content' or name()='datetime']")[:2]
    ]
    times: list[tuple[bool, str]] = []
    after = facts.heading is None
    for node in page.tree.iter("time", "h1"):
        after = after or node is facts.heading
        if node.tag == "time":
            times.append((not after, node.get("datetime") or shown_text(node)))
    times.sort(key=lambda found: found[0])
    return found + [text for _, text in times[:_LOOKED_AT]]


def _shown(page: Page, facts: Facts) -> Iterator[str]:
    """Dates written out in elements that are named as one, after the heading."""
    nodes = page.tree.iter() if facts.heading is None else facts.heading.itersiblings()
    every = (inner for node in nodes for inner in node.iter()) if facts.heading is not None else nodes
    named = (node for node in islice(every, 400) if isinstance(node.tag, str) and _SHOWN.search(_name(node)))
    for node in islice(named, _LOOKED_AT):
        text = shown_text(node)
        if len(text) <= _LONGEST:
            yield _LABEL.sub("", text)


def _name(node: HtmlElement) -> str:
    return f"{node.get('class') or ''} {node.get('id') or ''}"[:200]


def _near(moments: list[datetime], named: datetime | None) -> list[datetime]:
    """Those close to the day that the address names, where there are any."""
    close = [moment for moment in moments if named and abs(_zoned(moment) - _zoned(named)) <= _NEAR]
    return close or moments


def _in_path(url: str) -> datetime | None:
    match = _PATH.search(url)
    return parse("-".join(match.groups())) if match else None


def _guessed(page: Page, latest: datetime) -> datetime | None:
    """What htmldate makes of the whole page: a day, without a time."""
    try:
        day = find_date(page.source, original_date=True, max_date=latest.strftime("%Y-%m-%d"), extensive_search=False)
    except Exception:  # noqa: BLE001  (a guess that fails is no guess)
        return None
    return parse(f"{day}T00:00:00+00:00") if day else None


def _with_zone(moment: datetime, zones: list[datetime]) -> datetime:
    """The moment in the zone of one that tells the same local time; else in the site's, where it writes in one only."""
    for other in zones:
        if other.replace(tzinfo=None, second=0, microsecond=0) == moment.replace(second=0, microsecond=0):
            return moment.replace(tzinfo=other.tzinfo)
    offsets = {other.utcoffset() for other in zones}
    return moment.replace(tzinfo=zones[0].tzinfo if len(offsets) == 1 else UTC)


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_ZONES = {
    "EST": -18000, "EDT": -14400, "CST": -21600, "CDT": -18000, "MST": -25200, "MDT": -21600, "PST": -28800,
    "PDT": -25200, "GMT": 0, "UTC": 0, "BST": 3600, "CET": 3600, "CEST": 7200, "IST": 19800, "JST": 32400, "KST": 32400,
    "AEST": 36000, "AEDT": 39600, "SAST": 7200, "EAT": 10800, "WAT": 3600, "CAT": 7200, "MSK": 10800, "ET": -18000,
    "PT": -28800, "CT": -21600, "WIB": 25200, "MEZ": 3600, "MESZ": 7200,
}  # fmt: skip
