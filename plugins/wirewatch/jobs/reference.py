"""Load what the desk keeps in seeds/ besides articles: feeds, topics, watchlists."""

from __future__ import annotations

import logging

from wirewatch.core.canonical import host_of
from wirewatch.core.opml import parse_opml
from wirewatch.io import embedding, feeds, postgres, taxonomy, watchlists
from wirewatch.jobs.watchlists import check_topics
from wirewatch.settings import settings

log = logging.getLogger(__name__)


def load_feeds(dsn: str) -> dict[str, int]:
    """Enter the feeds of seeds/feeds.opml that are not known yet. Counts: feeds, new."""
    path = settings().seeds / "feeds.opml"
    return enter_opml(dsn, path.read_bytes(), origin="seeds") if path.exists() else {"feeds": 0, "new": 0}


def enter_opml(dsn: str, content: bytes, *, origin: str) -> dict[str, int]:
    """Enter the feeds of an OPML document. Counts: feeds, new. OpmlError says what is wrong with it."""
    outlines = parse_opml(content)
    new = 0
    with postgres.transaction(dsn) as db:
        known = {feed["url"] for feed in feeds.listing(db)}
        for outline in outlines:
            if outline.url not in known:
                new += feeds.add(
                    db,
                    outline.url,
                    outline.title,
                    host_of(outline.url),
                    category=outline.category,
                    origin=origin,
                )
    return {"feeds": len(outlines), "new": new}


def load_reference(dsn: str) -> dict[str, int]:
    """Load topics, the desk's own among them, and watchlists. Counts: topics, own_topics, watchlists, conflicts."""
    chosen = settings()
    lists = watchlists.read(chosen.seeds / watchlists.FILE)
    with postgres.transaction(dsn) as db:
        counts = {
            "topics": taxonomy.store_topics(db, chosen.seeds),
            "own_topics": taxonomy.store_own_topics(db, chosen.seeds, embedding.embed),
        }
        check_topics(db, lists)
        stored = watchlists.store_file(db, lists)
    if stored["conflicts"]:
        log.warning(
            "%d watchlists differ between %s and the Newsroom's page, where they were edited; the page says which.",
            stored["conflicts"],
            watchlists.FILE,
        )
    return {**counts, "watchlists": stored["watchlists"], "conflicts": stored["conflicts"]}
