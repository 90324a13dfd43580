"""Load what the desk keeps in seeds/ besides articles: feeds, topics, watchlists."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from wirewatch.core.canonical import host_of
from wirewatch.core.opml import Unusable, parse_opml
from wirewatch.io import calibration, embedding, feeds, postgres, taxonomy, watchlists
from wirewatch.jobs.watchlists import check_topics
from wirewatch.settings import settings

log = logging.getLogger(__name__)


def load_feeds(dsn: str) -> dict[str, int]:
    """Enter the feeds of seeds/feeds.opml that are not known yet. Counts: feeds, new."""
    path = settings().seeds / "feeds.opml"
    if not path.exists():
        return {"feeds": 0, "new": 0, "unusable": 0}
    entered = enter_opml(dsn, path.read_bytes(), origin="seeds")
    for line in entered.unusable:
        log.warning("%s: %r (%s) is not polled: %s.", path.name, line.title, line.url, line.reason)
    return entered.counts


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of a list of feeds: how many it has, how many are new, and its lines that cannot be polled."""

    feeds: int
    new: int
    unusable: list[Unusable]

    @property
    def counts(self) -> dict[str, int]:
        """feeds, new, unusable."""
        return {"feeds": self.feeds, "new": self.new, "unusable": len(self.unusable)}


def enter_opml(dsn: str, content: bytes, *, origin: str) -> Entered:
    """Enter the feeds of an OPML document. OpmlError where it cannot be read as a whole."""
    listed = parse_opml(content)
    new = 0
    with postgres.transaction(dsn) as db:
        known = {feed["url"] for feed in feeds.listing(db)}
        for outline in listed.feeds:
            if outline.url not in known:
                new += feeds.add(
                    db,
                    outline.url,
                    outline.title,
                    host_of(outline.url),
                    category=outline.category,
                    origin=origin,
                )
    return Entered(len(listed.feeds), new, listed.unusable)


def load_reference(dsn: str) -> dict[str, int]:
    """Load topics, the desk's own too, watchlists, and how good the thresholds are.

    Counts: topics, own_topics, watchlists, conflicts.
    """
    chosen = settings()
    lists = watchlists.read(chosen.seeds / watchlists.FILE)
    with postgres.transaction(dsn) as db:
        # Own topics need the model, which a busy machine takes minutes to load; nobody waits for these rows meanwhile.
        postgres.execute(db, "set local idle_in_transaction_session_timeout = '15min'")
        counts = {
            "topics": taxonomy.store_topics(db, chosen.seeds),
            "own_topics": taxonomy.store_own_topics(db, chosen.seeds, embedding.embed),
        }
        calibration.store(db, chosen.sql)
        check_topics(db, lists)
        stored = watchlists.store_file(db, lists)
    if stored["conflicts"]:
        log.warning(
            "%d watchlists differ between %s and the Newsroom's page, where they were edited; the page says which.",
            stored["conflicts"],
            watchlists.FILE,
        )
    return {**counts, "watchlists": stored["watchlists"], "conflicts": stored["conflicts"]}
