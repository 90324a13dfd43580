"""The listings' table: what a source's own news sitemap lists, and which sitemaps a host has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


@dataclass(frozen=True, slots=True)
class Listed:
    """One article of a sitemap."""

    canonical_url: str
    host: str
    published: datetime | None
    title: str


def record(db: Connection, sitemap: str, listed: Sequence[Listed]) -> int:
    """Write what a sitemap lists, with whether a feed had shown it by then. How many are new."""
    unique = {item.canonical_url: item for item in listed}
    found = postgres.rows(db, "select canonical_url from ingest.entry where canonical_url = any(%s)", (list(unique),))
    known = {row["canonical_url"] for row in found}
    return postgres.insert(
        db,
        "ingest.listing",
        [
            {
                "canonical_url": item.canonical_url,
                "host": item.host,
                "sitemap": sitemap,
                "published_at": item.published,
                "title": item.title,
                "known": item.canonical_url in known,
            }
            for item in unique.values()
        ],
        "on conflict (canonical_url) do nothing",
    )


def unknown(db: Connection, canonical_urls: Sequence[str]) -> set[str]:
    """Those of these addresses that the ledger does not have."""
    found = postgres.rows(
        db, "select canonical_url from ingest.entry where canonical_url = any(%s)", (list(canonical_urls),)
    )
    return set(canonical_urls) - {row["canonical_url"] for row in found}


def sitemaps(db: Connection, host: str) -> list[str] | None:
    """The news sitemaps of a host as last found; None where they were not looked for in the last day."""
    row = postgres.one(
        db,
        "select sitemaps from ingest.host where host = %s and sitemaps_at > now() - interval '1 day'",
        (host,),
    )
    return list(row["sitemaps"]) if row else None


def keep_sitemaps(db: Connection, host: str, found: Sequence[str], note: str) -> None:
    """Remember which news sitemaps a host has, and what came of reading them."""
    postgres.execute(
        db,
        """
        insert into ingest.host (host, sitemaps_at, sitemaps, sitemaps_note) values (%s, now(), %s, %s)
        on conflict (host) do update set sitemaps_at = now(), sitemaps = excluded.sitemaps, sitemaps_note = excluded.sitemaps_note
        """,
        (host, list(found), note),
    )


def to_survey(db: Connection, hours: float, limit: int) -> list[dict[str, Any]]:
    """Hosts that feeds showed articles of in the last two days and whose sitemaps were not read for `hours`, with an address."""
    return postgres.rows(
        db,
        """
        select e.host, max(e.canonical_url) as url from ingest.entry e left join ingest.host h on h.host = e.host
        where e.discovered_at > now() - interval '2 days' and e.canonical_url like 'http%%'
            and (h.sitemaps_at is null or h.sitemaps_at < now() - %s * interval '1 hour')
        group by e.host order by count(*) desc limit %s
        """,
        (hours, limit),
    )


def addresses_of_feed(db: Connection, feed_id: int, limit: int = 300) -> list[str]:
    """Addresses that a feed showed last."""
    found = postgres.rows(
        db,
        """
        select e.canonical_url from ingest.sighting s join ingest.entry e on e.id = s.entry_id
        where s.feed_id = %s and e.canonical_url like 'http%%' order by s.first_seen_at desc, e.id desc limit %s
        """,
        (feed_id, limit),
    )
    return [row["canonical_url"] for row in found]
