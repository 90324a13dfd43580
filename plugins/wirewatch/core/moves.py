"""When a feed is polled elsewhere from now on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wirewatch.core.canonical import BadUrl, canonical_url

_SAME = 0.5


@dataclass(frozen=True, slots=True)
class Move:
    """A feed's new address, and what said so."""

    to: str
    why: str


def candidate(*, polled: str, self_url: str | None, new_url: str | None, looked_at: str | None) -> Move | None:
    """Another address that the feed names as its own, to be looked at: its new-feed-url before its link to itself.

    One that was looked at before is not named again.
    """
    for named, why in (
        (new_url, "its itunes:new-feed-url names it"),
        (self_url, "its link to itself (rel=self) names it"),
    ):
        if named and _differ(named, polled) and named != looked_at:
            return Move(named, why)
    return None


def same_feed(old: Iterable[str | None], new: Iterable[str | None]) -> bool:
    """Whether two feeds are one by the addresses of their entries: at least half of the shorter is in the other."""
    one, other = ({url for url in urls if url} for urls in (old, new))
    return bool(one and other) and len(one & other) >= _SAME * min(len(one), len(other))


def _differ(one: str, other: str) -> bool:
    """Whether two addresses differ; http and https of one address do (it moved to TLS), letter case of the host does not."""
    try:
        return canonical_url(one) != canonical_url(other)
    except BadUrl:
        return False
