"""What feeds show: new addresses enter the ledger, and every feed that shows one leaves a sighting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from psycopg2.extras import Json

from wirewatch.core.canonical import twins
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

WITHOUT_ADDRESS = "urn:wirewatch:feed:"
"""How the canonical address of an entry begins that its feed gives no address for."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """One entry of a feed, ready for the ledger. `hints` is JSON-able."""

    url: str
    canonical_url: str
    host: str
    guid: str | None
    title: str
    hints: dict[str, Any]
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """Of what one feed shows: how many entries are `new` to the ledger, and how many are `known` since it showed them before."""

    new: int
    known: int


def discover(db: Connection, shown: Mapping[int, Iterable[Discovery]]) -> dict[int, Entered]:
    """Enter what feeds show, by feed: new addresses into the ledger, a sighting for each.

    What a feed shows is in the order of publication, oldest first: the order in which copies see each other. An entry that
    several feeds show for the first time is new by the first of them.
    """
    shown = _as_known(db, {feed_id: _once(found) for feed_id, found in shown.items()})
    entries: dict[str, tuple[int, Discovery]] = {}
    for feed_id, found in shown.items():
        for item in found:
            entries.setdefault(item.canonical_url, (feed_id, item))
    # Two polls that enter the same addresses in another order would wait for each other.
    postgres.execute(db, "select pg_advisory_xact_lock(hashtext('wirewatch_discovery'))")
    entered = postgres.insert_returning(
        db,
        "ingest.entry",
        [
            {"url": i.url, "canonical_url": i.canonical_url, "host": i.host, "hints": Json(i.hints)}
            for _, i in entries.values()
        ],
        "on conflict (canonical_url) do nothing returning canonical_url",
    )
    keys = postgres.rows(
        db, "select id, canonical_url from ingest.entry where canonical_url = any(%s)", (list(entries),)
    )
    ids = {row["canonical_url"]: row["id"] for row in keys}
    seen = postgres.insert_returning(
        db,
        "ingest.sighting",
        [
            {
                "entry_id": ids[i.canonical_url],
                "feed_id": feed_id,
                "url": i.url,
                "guid": i.guid,
                "title": i.title,
            }
            for feed_id, found in shown.items()
            for i in found
        ],
        "on conflict (entry_id, feed_id) do update set last_seen_at = now() returning feed_id, xmax <> 0 as before",
    )
    _refuse(db, {ids[i.canonical_url]: i.refusal for _, i in entries.values() if i.refusal})
    new = Counter(entries[row["canonical_url"]][0] for row in entered)
    known = Counter(row["feed_id"] for row in seen if row["before"])
    return {feed_id: Entered(new[feed_id], known[feed_id]) for feed_id in shown}


def _once(found: Iterable[Discovery]) -> list[Discovery]:
    unique: dict[str, Discovery] = {}
    for item in found:
        unique.setdefault(item.canonical_url, item)
    return list(unique.values())


def _as_known(db: Connection, shown: Mapping[int, list[Discovery]]) -> dict[int, list[Discovery]]:
    """What is shown, under the entry's address where it is known by another: its page, read before, names this one its own.

    Only addresses that differ as readers' variants do (see canonical.twins) are taken for one: a page that names the
    address of another article must not hide it.
    """
    rows = postgres.rows(
        db,
        """
        with page as (
            select canonical_url, id from media.article where canonical_url = any(%(u)s)
            union all select canonical_url, entry_id from ingest.draft where canonical_url = any(%(u)s)
        )
        select distinct on (p.canonical_url) p.canonical_url as named, e.canonical_url as known
        from page p join ingest.entry e on e.id = p.id
        where e.canonical_url <> p.canonical_url
            and not exists (select from ingest.entry x where x.canonical_url = p.canonical_url)
        order by p.canonical_url, p.id
        """,
        {"u": list({item.canonical_url for found in shown.values() for item in found})},
    )
    known = {row["named"]: row["known"] for row in rows if twins(row["named"], row["known"])}
    if not known:
        return dict(shown)
    return {
        feed_id: _once(replace(i, canonical_url=known.get(i.canonical_url, i.canonical_url)) for i in found)
        for feed_id, found in shown.items()
    }


def _refuse(db: Connection, refusals: Mapping[int, str]) -> None:
    if refusals:
        postgres.execute(
            db,
            """
            update ingest.entry e set stage = 'done', disposition = 'rejected', reason = r.reason, decided_at = now()
            from unnest(%s::bigint[], %s::text[]) as r (id, reason) where e.id = r.id and e.stage = 'discovered'
            """,
            (list(refusals), list(refusals.values())),
        )
