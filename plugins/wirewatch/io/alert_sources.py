"""What alerts are made of, read from the warehouse: new mentions, counts by hour, and the state of the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

HISTORY = timedelta(days=56)
"""How much history an expectation is made of, as in media.daily_source."""
_NEWS = "3 days"


def now(db: Connection) -> datetime:
    """The warehouse's time."""
    row = postgres.one(db, "select now() as at")
    assert row is not None
    found: datetime = row["at"]
    return found


def hits(db: Connection, rule: str, only: Sequence[str], since: datetime) -> list[dict[str, Any]]:
    """Articles loaded since then that mention a list and were not counted for the rule, the earliest first.

    Left out is what an edit of a list brought, and what was published long before it came in: neither is news.
    """
    return postgres.rows(
        db,
        """
        select a.id, a.title, a.story_id, st.title as story, s.name as source, a.loaded_at,
            a.duplicate_of is not null or a.duplicate_of_seed is not null as is_copy,
            array_agg(distinct m.watchlist) as watchlists, array_agg(distinct m.name) as names
        from media.article a
        join media.mention m on m.article_id = a.id
        join media.source s on s.id = a.source_id
        left join media.story st on st.id = a.story_id
        where a.loaded_at >= %(since)s and (%(all)s or m.watchlist = any(%(only)s))
            and coalesce(a.published_at, a.first_seen_at) > a.loaded_at - %(news)s::interval
            and not exists (select from media.watchlist_rematch r where r.watchlist = m.watchlist and r.article_id = a.id)
            and not exists (select from media.alert_article c where c.rule = %(rule)s and c.article_id = a.id)
        group by a.id, st.title, s.name order by a.id
        """,
        {"rule": rule, "only": list(only), "all": not only, "since": since, "news": _NEWS},
    )


_SERIES = {
    "source": """
        select coalesce(s.name, e.host) as subject, e.discovered_at as at from ingest.entry e
        left join media.source s on s.host = e.host where e.discovered_at > %(since)s and e.discovered_at <= %(until)s
            and exists (select from ingest.feed f where f.host = e.host and f.active)
        """,
    "topic": """
        select t.name as subject, a.first_seen_at as at from media.article a
        join media.current_topic t on t.article_id = a.id and t.level = 1
        where a.first_seen_at > %(since)s and a.first_seen_at <= %(until)s
            and a.duplicate_of is null and a.duplicate_of_seed is null
        """,
    "watchlist": """
        select distinct m.watchlist as subject, a.id, a.first_seen_at as at from media.article a
        join media.mention m on m.article_id = a.id
        join media.watchlist w on w.name = m.watchlist and w.removed_at is null
        where a.first_seen_at > %(since)s and a.first_seen_at <= %(until)s
            and a.duplicate_of is null and a.duplicate_of_seed is null
        """,
}


@dataclass(frozen=True, slots=True)
class Series:
    """A subject's counts by hour (UTC; hours without a count are left out), and when it was last seen."""

    counts: dict[datetime, int]
    last: datetime


def hourly(db: Connection, of: str, until: datetime) -> dict[str, Series]:
    """The history of each subject before `until`: entries of a source, independent reports else."""
    found = postgres.rows(
        db,
        f"""
        select subject, date_trunc('hour', at, 'UTC') as hour, count(*)::int as n, max(at) as last
        from ({_SERIES[of]}) x group by 1, 2 order by 1, 2
        """,  # noqa: S608  (constants of this module)
        {"since": until - HISTORY, "until": until},
    )
    counts: dict[str, dict[datetime, int]] = {}
    last: dict[str, datetime] = {}
    for row in found:
        counts.setdefault(row["subject"], {})[row["hour"]] = row["n"]
        last[row["subject"]] = row["last"]
    return {subject: Series(counted, last[subject]) for subject, counted in counts.items()}


_OF_SUBJECT = {
    "source": "s.name = %(subject)s",
    "topic": "exists (select from media.current_topic t where t.article_id = a.id and t.level = 1 and t.name = %(subject)s)",
    "watchlist": "exists (select from media.mention m where m.article_id = a.id and m.watchlist = %(subject)s)",
}


def stories_behind(db: Connection, of: str, subject: str, since: datetime) -> list[dict[str, Any]]:
    """The stories of a subject's articles since then: id (None: articles without one), title, reports; most first."""
    return postgres.rows(
        db,
        f"""
        select a.story_id as id, coalesce(st.title, min(a.title)) as title, count(*)::int as reports
        from media.article a join media.source s on s.id = a.source_id left join media.story st on st.id = a.story_id
        where a.first_seen_at > %(since)s and {_OF_SUBJECT[of]}
            and a.duplicate_of is null and a.duplicate_of_seed is null
        group by a.story_id, st.title order by reports desc, 1 limit 3
        """,  # noqa: S608  (constants of this module)
        {"subject": subject, "since": since},
    )


def never_delivered(db: Connection) -> list[dict[str, Any]]:
    """Active feeds that have shown nothing since they were added, a day ago or more."""
    return postgres.rows(
        db,
        """
        select f.title, f.url, f.added_at, h.state, h.what, h.what_to_do from ingest.feed f
        join ingest.source_health h on h.feed_id = f.id
        where f.active and f.added_at < now() - interval '1 day'
            and not exists (select from ingest.sighting x where x.feed_id = f.id) order by f.id
        """,
    )


def health(db: Connection, source: str) -> dict[str, Any] | None:
    """The state of a source's worst feed: state, what, what_to_do, feed_id."""
    return postgres.one(
        db,
        """
        select h.* from ingest.source_health h join ingest.feed f on f.id = h.feed_id
        left join media.source s on s.host = f.host
        where coalesce(s.name, f.host) = %s and f.active order by h.failure_weight desc, h.feed_id limit 1
        """,
        (source,),
    )


def pipeline(db: Connection) -> dict[str, Any]:
    """How the pipeline stands: last_poll_at, complete_until, and the oldest entry that is due and untouched."""
    row = postgres.one(
        db,
        """
        select w.last_poll_at, w.complete_until,
            (select min(greatest(e.discovered_at, e.next_try_at)) from ingest.entry e
             where e.disposition = 'pending' and e.next_try_at <= now()) as waits_since,
            (select count(*)::int from ingest.entry e where e.disposition = 'pending' and e.next_try_at <= now()) as waiting,
            (select count(*)::int from ingest.feed where active) as feeds
        from media.watermark w
        """,
    )
    assert row is not None
    return row


def gaps(db: Connection, noticed_before: datetime) -> list[dict[str, Any]]:
    """Gaps noticed before then that are open, and those of the last week that could not be filled."""
    return postgres.rows(
        db,
        """
        select g.feed_id, f.title, min(g.from_at) as from_at, max(g.until_at) as until_at, count(*)::int as gaps,
            bool_or(g.state = 'unrepairable') as is_lost, (array_agg(g.note order by g.noticed_at desc))[1] as note
        from ingest.gap g join ingest.feed f on f.id = g.feed_id
        where g.noticed_at < %(before)s
            and (g.state = 'open' or (g.state = 'unrepairable' and g.noticed_at > now() - interval '1 day'))
        group by g.feed_id, f.title order by g.feed_id
        """,
        {"before": noticed_before},
    )


def quarantine(db: Connection) -> dict[str, Any]:
    """Pages in quarantine now and a day ago, and the commonest error of the day."""
    row = postgres.one(
        db,
        """
        select count(*) filter (where released_at is null)::int as waiting,
            count(*) filter (where quarantined_at < now() - interval '1 day'
                and (released_at is null or released_at > now() - interval '1 day'))::int as before,
            mode() within group (order by split_part(error, ':', 1))
                filter (where quarantined_at > now() - interval '1 day' and released_at is null) as error
        from ingest.quarantine
        """,
    )
    assert row is not None
    return row
