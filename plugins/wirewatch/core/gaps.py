"""Gaps: when what a feed shows does not touch what it showed before, and what of a sitemap's list may fill them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

_TYPICAL = 0.9
_LEAST_SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Gap:
    """An interval in which entries may have come and gone unseen."""

    since: datetime
    until: datetime


def gap(
    *, shown: int, known: int, newest_before: datetime | None, dates: Sequence[datetime], now: datetime
) -> Gap | None:
    """The gap before a poll, or None where it touches what was seen.

    `shown` entries came, `known` of them this feed had shown before; `newest_before` is the newest date that it ever
    showed; `dates` are those of the entries. Dates in the future count as now. One entry that was seen before, or is not
    younger than the newest seen, bridges the polls.
    """
    if known or not shown or newest_before is None or not dates:
        return None
    oldest = min(min(date, now) for date in dates)
    return Gap(newest_before, oldest) if oldest > newest_before else None


def sections(urls: Iterable[str]) -> frozenset[str]:
    """The first parts of the paths that a feed's articles have, where they are few; empty where they tell nothing.

    A feed is often one section of a site, while the sitemap lists them all.
    """
    parts = Counter(_section(url) for url in urls)
    total = sum(parts.values())
    if total < _LEAST_SAMPLE:
        return frozenset()
    found, covered = set(), 0
    for part, number in parts.most_common():
        if number == 1 and covered < _TYPICAL * total:
            return frozenset()
        found.add(part)
        covered += number
        if covered >= _TYPICAL * total:
            break
    return frozenset(found)


def belongs(url: str, typical: frozenset[str]) -> bool:
    """Whether an address of the sitemap may be one of the feed's, by its section."""
    return not typical or _section(url) in typical


def _section(url: str) -> str:
    parts = urlsplit(url)
    head, slash, _ = parts.path.lstrip("/").partition("/")
    return f"{parts.netloc}/{head}" if slash else parts.netloc
