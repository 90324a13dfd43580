"""What a robots.txt allows us (RFC 9309), read by protego."""

from __future__ import annotations

from functools import lru_cache

from protego import Protego

_LONGEST_DELAY = 60.0
_SERVER_ERROR = 500


def allowed(body: str | None, status: int | None, url: str, agent: str) -> bool:
    """Whether `url` may be fetched: by the rules where there are any; all of it on 4xx; nothing on 5xx or no answer.

    RFC 9309, sections 2.3.1.3 and 2.3.1.4.
    """
    if status is None or status >= _SERVER_ERROR:
        return False
    return bool(_parsed(body).can_fetch(url, agent)) if body else True


def crawl_delay(body: str | None, agent: str) -> float | None:
    """Seconds between requests that the file asks of us, at most a minute; None where it asks for none."""
    delay = _parsed(body).crawl_delay(agent) if body else None
    return min(float(delay), _LONGEST_DELAY) if delay else None


@lru_cache(maxsize=512)
def _parsed(body: str) -> Protego:
    return Protego.parse(body[:512_000])
