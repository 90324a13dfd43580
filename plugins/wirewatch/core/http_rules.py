"""Rules of HTTP as small functions on header values. Header names are lower case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
LONGEST_HOLD = timedelta(days=2)
"""A pause that a server asks for is believed up to here."""


def retry_after(value: str | None, now: datetime) -> datetime | None:
    """Until when a Retry-After header asks to wait: seconds or a date (RFC 9110, section 10.2.3), at most LONGEST_HOLD."""
    if not value:
        return None
    text = value.strip()
    if re.fullmatch(r"\d{1,10}", text):
        until = now + min(timedelta(seconds=int(text)), LONGEST_HOLD)
    else:
        asked = moment(text)
        if asked is None:
            return None
        until = asked
    return min(until, now + LONGEST_HOLD) if until > now else None


def cache_max_age(headers: Mapping[str, str]) -> int | None:
    """Seconds for which a response is fresh by its Cache-Control (RFC 9111, section 5.2.2.1), or None."""
    found = re.search(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})", headers.get("cache-control", ""), re.IGNORECASE)
    return int(found.group(1)) if found else None


def fresh_for(headers: Mapping[str, str], now: datetime) -> int | None:
    """Seconds for which a response stays fresh: max-age less Age, else Expires less Date (RFC 9111, sections 4.2.1, 5.1)."""
    age = headers.get("age", "").strip()
    max_age = cache_max_age(headers)
    if max_age is not None:
        return max(0, max_age - (int(age) if re.fullmatch(r"\d{1,10}", age) else 0))
    expires = moment(headers.get("expires"))
    if expires is None:
        return None
    return max(0, int((expires - (moment(headers.get("date")) or now)).total_seconds()))


def moment(value: str | None) -> datetime | None:
    """An HTTP date (RFC 9110, section 5.6.7), or None."""
    try:
        parsed = parsedate_to_datetime(value.strip()) if value else None
    except (TypeError, ValueError, OverflowError):
        return None
    return parsed if parsed is None or parsed.tzinfo else parsed.replace(tzinfo=UTC)


def charset(content_type: str | None) -> str | None:
    """The charset parameter of a Content-Type header (RFC 9110, section 8.3.1), or None."""
    found = _CHARSET.search(content_type or "")
    return found.group(1) if found else None
