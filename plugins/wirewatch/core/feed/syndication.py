"""RSS 0.9x, 1.0, 2.0 and Atom 0.3, 1.0, well-formed or not: the adapter around feedparser."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser

from wirewatch.core.feed.dates import moment
from wirewatch.core.feed.model import FeedEntry, NotAFeed, ParsedFeed, absolute
from wirewatch.core.feed.text import line, with_numbers
from wirewatch.core.model import FeedHints

_DAYS = {day: n for n, day in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))}
_SKIPPED = re.compile(rb"<skip(Hours|Days)\b[^>]*>(.{0,2000}?)</skip\1\s*>", re.DOTALL | re.IGNORECASE)
_SKIP = re.compile(rb"<(?:hour|day)\b[^>]*>\s*([A-Za-z]{1,9}|\d{1,2})\s*</", re.IGNORECASE)
_DECLARATION = re.compile(rb"\A\s*<\?[^\n]*\?>")
_HOURS = 24
_CONTENT_AS_IT_IS = {"sanitize_html": False, "resolve_relative_uris": False}
_SKIP_WITHIN = 100_000
"""Bytes of a feed in which its channel's own elements are looked for."""
_DOCTYPE_WITHIN = 1000
_ADDRESS = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_BREAK = re.compile(r"\s*[\r\n\t]\s*")
_OTHER_SCRIPTS = re.compile("[\u0370-\u03ff\uac00-\ud7af]")
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}


def parse_syndication(body: bytes, url: str, content_type: str | None) -> ParsedFeed:
    """The RSS or Atom feed in `body`. feedparser gets bytes only, so it fetches nothing.

    It is not told the address either, but where a base of the feed's own may be relative to that: links stay as they are
    then, and are made absolute here. Content stays as it is: only its text is of use, and to make the addresses in it absolute
    is nine tenths of feedparser's work on a feed with whole articles.
    """
    headers = {"content-type": content_type} if content_type else {}
    if b"xml:base" in body:
        headers["content-location"] = url
    if b"<!DOCTYPE" in body[:_DOCTYPE_WITHIN]:
        body = with_numbers(body)
    try:
        found = feedparser.parse(body, response_headers=headers, **_CONTENT_AS_IT_IS)
    except UnicodeError:  # from a declaration whose encoding is named in bytes that are no text, or reads none
        found = feedparser.parse(_DECLARATION.sub(b"", body), response_headers=headers, **_CONTENT_AS_IT_IS)
    version = str(found.get("version") or "")
    named = _names(found.feed) if version.startswith("atom") else ()
    entries = tuple(_entry(item, url, named) for item in found.entries)
    if not version and not entries:
        reason = found.get("bozo_exception")
        message = f"the answer is no feed ({reason})" if reason else "the answer is no feed"
        raise NotAFeed(message)
    feed = found.feed
    hours, days = _skipped(body)
    return ParsedFeed(
        title=_title(feed),
        kind="atom" if version.startswith("atom") else "rss",
        entries=entries,
        ttl=_ttl(feed),
        skip_hours=hours,
        skip_days=days,
        self_url=_link_of(feed, url, "self"),
        older_url=_link_of(feed, url, "prev-archive") or _link_of(feed, url, "next"),
        new_url=absolute(url, new) if (new := str(feed.get("itunes_new-feed-url") or "").strip()) else None,
        language=feed.get("language"),
        errors=(str(found.bozo_exception),) if found.bozo and "bozo_exception" in found else (),
    )


def _entry(item: Any, url: str, named: tuple[str, ...]) -> FeedEntry:
    """An entry; `named` are the authors of the whole feed, who are its own where it has none (RFC 4287, section 4.2.1)."""
    guid = str(item.get("id") or "") or None
    link = _link(item)
    if not link and guid and _ADDRESS.match(guid):
        link = guid
    content = item.get("content") or []
    summary, title = item.get("summary"), _title(item)
    bodies = [part.value for part in content if part.get("value")]
    body = max(bodies, key=len, default=None)
    return FeedEntry(
        url=absolute(url, link) if link else None,
        guid=guid,
        title=title,
        hints=FeedHints(
            title=title or None,
            summary_html=summary if summary != body else None,
            content_html=body,
            authors=_names(item) or _names(item.get("source") or {}) or named,
            published=_moment(item, "published") or _moment(item, "created") or _moment(item, "updated"),
            language=(content[0].get("language") if content else None) or None,
        ),
        updated=_moment(item, "updated"),
    )


def _link(item: Any) -> str:
    """The entry's link; the original one where the feed goes through a counter (FeedBurner); escaped only once."""
    guid = str(item.get("id") or "")
    if item.get("guidislink") and item.get("link") == guid and not _ADDRESS.match(guid) and not guid.startswith("/"):
        return _alternate(item)  # a guid is a permalink unless it says otherwise, but this one is no address
    link = item.get("feedburner_origlink") or item.get("link") or _alternate(item)
    return _BREAK.sub("", str(link or "").strip()).replace("&amp;", "&")


def _alternate(item: Any) -> str:
    """The link of an entry that writes out the relation's full name, or whose content is at an address (RFC 4287, 4.1.3.2)."""
    links = (
        link.get("href") for link in item.get("links") or [] if str(link.get("rel")).endswith("/relation/alternate")
    )
    sources = (part.get("src") for part in item.get("content") or [] if "html" in str(part.get("type")))
    return str(next((found for found in (*links, *sources) if found), ""))


def _title(node: Any) -> str:
    """The title as plain text, whatever it was written as."""
    kind = str((node.get("title_detail") or {}).get("type") or "")
    return line(node.get("title"), markup="html" in kind)


def _link_of(feed: Any, url: str, relation: str) -> str | None:
    """Where a feed's link of a relation leads: itself (RFC 4287, 4.2.7.2), older entries (RFC 5005, sections 3 and 4)."""
    own = (link.get("href") for link in feed.get("links") or [] if link.get("rel") == relation)
    found = next((str(href).strip() for href in own if href), None)
    return absolute(url, found) if found else None


def _names(item: Any) -> tuple[str, ...]:
    """The authors' names."""
    names = [str(author.get("name") or "").strip() for author in item.get("authors", []) if author]
    return tuple(dict.fromkeys(name for name in names if name))


def _moment(item: Any, field: str) -> datetime | None:
    """A date of the entry: read here, since feedparser takes zones that it does not know for UTC and 2026/03 for November.

    It has names of days and months in Greek and Korean, and there its reading stands. Both are looked up as in
    a plain dict: its own look-up passes one date off as the other.
    """
    text = str(dict.get(item, field) or "")
    found, parsed = moment(text), dict.get(item, f"{field}_parsed")
    if found is not None or not parsed or not _OTHER_SCRIPTS.search(text):
        return found
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=timegm(parsed))
    except (ValueError, OverflowError):
        return None


def _ttl(feed: Any) -> int | None:
    """Seconds between updates by `ttl` (minutes, RSS 2.0) or sy:updatePeriod and sy:updateFrequency (RSS 1.0 module)."""
    minutes = str(feed.get("ttl") or "").strip()
    if minutes.isdigit():
        return min(int(minutes) * 60, _PERIODS["weekly"])
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    frequency = str(feed.get("sy_updatefrequency") or "1").strip()
    return period // max(1, int(frequency)) if period and frequency.isdigit() else None


def _skipped(body: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """Hours (UTC) and days at which an RSS feed says it does not change: skipHours and skipDays (RSS 0.91 to 2.0).

    Read from the bytes, since feedparser keeps only the last of each. The hour 24 of RSS 0.91 is 0.
    """
    hours: set[int] = set()
    days: set[int] = set()
    for kind, inner in _SKIPPED.findall(body[:_SKIP_WITHIN]):
        named = [value.decode("ascii").lower() for value in _SKIP.findall(inner)]
        if kind.lower() == b"hours":
            hours.update(int(value) % _HOURS for value in named if value.isdigit() and int(value) <= _HOURS)
        else:
            days.update(_DAYS[value] for value in named if value in _DAYS)
    return frozenset(hours), frozenset(days)
