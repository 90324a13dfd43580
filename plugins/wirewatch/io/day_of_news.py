"""What the daily digest is made of: the day's stories overall and by watchlist, in independent reports, and its numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

_STORIES = """
select st.id, st.title, count(*) filter (where not x.is_copy)::int as reports, count(*)::int as articles,
    count(distinct x.source_id)::int as sources, min(x.first_seen_at) as first_seen,
    (array_agg(s.name order by x.is_copy, x.first_seen_at))[1] as first_source,
    (array_agg(x.url order by x.is_copy, x.first_seen_at))[1] as first_url
from (
    select a.*, a.duplicate_of is not null or a.duplicate_of_seed is not null as is_copy from media.article a
    where a.first_seen_at >= %(since)s and a.first_seen_at < %(until)s
        and (%(list)s::text is null or exists (
            select from media.mention m where m.article_id = a.id and m.watchlist = %(list)s))
) x
join media.story st on st.id = x.story_id join media.source s on s.id = x.source_id
group by st.id, st.title having count(*) filter (where not x.is_copy) > 0
order by reports desc, sources desc, articles desc, st.id limit %(most)s
"""


def stories(
    db: Connection, since: datetime, until: datetime, most: int, watchlist: str | None = None
) -> list[dict[str, Any]]:
    """The stories with most independent reports in [since, until), of a watchlist's articles where one is named."""
    return postgres.rows(db, _STORIES, {"since": since, "until": until, "most": most, "list": watchlist})


def watchlists(db: Connection, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """The lists that had articles, most first: name, reports, articles."""
    return postgres.rows(
        db,
        """
        select m.watchlist as name, count(distinct a.id)::int as articles,
            count(distinct a.id) filter (where a.duplicate_of is null and a.duplicate_of_seed is null)::int as reports
        from media.mention m join media.article a on a.id = m.article_id
        join media.watchlist w on w.name = m.watchlist and w.removed_at is null
        where a.first_seen_at >= %s and a.first_seen_at < %s group by 1 order by reports desc, 1
        """,
        (since, until),
    )


def numbers(db: Connection, since: datetime, until: datetime) -> dict[str, Any]:
    """Articles, independent reports, sources and stories of the time; complete_until; entries on their way."""
    row = postgres.one(
        db,
        """
        select count(*)::int as articles,
            count(*) filter (where duplicate_of is null and duplicate_of_seed is null)::int as reports,
            count(distinct source_id)::int as sources, count(distinct story_id)::int as stories,
            (select complete_until from media.watermark) as complete_until,
            (select pending::int from media.watermark) as pending
        from media.article where first_seen_at >= %s and first_seen_at < %s
        """,
        (since, until),
    )
    assert row is not None
    return row


def told(db: Connection, since: datetime) -> list[dict[str, Any]]:
    """Alerts that are open, or were first seen since then, but for hits: kind, title, state, lines."""
    return postgres.rows(
        db,
        """
        select id, kind, title, state, lines, subject, facts from media.alert
        where kind <> 'hit' and (state = 'open' or first_seen_at >= %s) order by kind, first_seen_at limit 60
        """,
        (since,),
    )
