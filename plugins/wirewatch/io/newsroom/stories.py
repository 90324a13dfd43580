"""Stories as the pages show them: which are large, which are new, and who copied whom within one."""

from __future__ import annotations

from typing import Any

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

_ORDERS = {
    "largest": "independent desc, articles desc, last_seen desc",
    "newest": "first_seen desc, articles desc",
    "moving": "last_seen desc, articles desc",
}
ORDERS = tuple(_ORDERS)
"""How stories can be ordered."""


def listed(db: Connection, *, order: str, days: float, limit: int = 40) -> list[dict[str, Any]]:
    """Stories that had an article in the last `days`: articles, independent reports, sources, first and last seen, life."""
    return postgres.rows(
        db,
        f"""
        with active as (
            select distinct story_id from media.article
            where first_seen_at > now() - %(days)s * interval '1 day' and story_id is not null
        )
        select st.id, st.title, count(*)::int as articles,
            count(*) filter (where a.duplicate_of is null and a.duplicate_of_seed is null)::int as independent,
            count(distinct a.source_id)::int as sources,
            min(a.first_seen_at) as first_seen, max(a.first_seen_at) as last_seen,
            media.life(min(a.first_seen_at), max(a.first_seen_at)) as life,
            count(*) filter (where a.first_seen_at > now() - interval '6 hours')::int as lately
        from active join media.story st on st.id = active.story_id join media.article a on a.story_id = st.id
        group by st.id order by {_ORDERS[order]}, st.id desc limit %(limit)s
        """,  # noqa: S608  (a constant of this module)
        {"days": days, "limit": limit},
    )


def story(db: Connection, story_id: int) -> dict[str, Any] | None:
    """One story: title, first and last time, life; `merged_into` where it is a part of another by now."""
    return postgres.one(
        db,
        """
        select st.id, st.title, st.first_at, st.last_at, st.created_at, st.merged_into, x.first_seen, x.last_seen,
            media.life(x.first_seen, x.last_seen) as life
        from media.story st, lateral (
            select min(first_seen_at) as first_seen, max(first_seen_at) as last_seen from media.article where story_id = st.id
        ) x
        where st.id = %s
        """,
        (story_id,),
    )


def members(db: Connection, story_id: int) -> list[dict[str, Any]]:
    """Its articles, oldest first, with what each copies and why it belongs here."""
    return postgres.rows(
        db,
        """
        select a.id, a.title, s.name as source, a.first_seen_at, a.language, a.duplicate_of, a.duplicate_of_seed,
            d.rung, d.score, d.evidence ->> 'via' as via, seed.title as seed_title, seed.name as seed_name,
            x.score as story_score
        from media.article a
        join media.source s on s.id = a.source_id
        left join media.duplicate d on d.article_id = a.id
        left join media.seed seed on seed.id = a.duplicate_of_seed
        left join media.story_article x on x.article_id = a.id
        where a.story_id = %s order by a.first_seen_at, a.id limit 1000
        """,
        (story_id,),
    )


def near(db: Connection, story_id: int, limit: int = 8) -> list[dict[str, Any]]:
    """The stories of the same days that are nearest in meaning: what this one may have to be merged with."""
    return postgres.rows(
        db,
        """
        select o.id, o.title, o.articles, 1 - (o.centroid <=> s.centroid) as cosine
        from media.story s join media.story o on o.id <> s.id and o.model = s.model and o.merged_into is null
            and o.last_at >= s.first_at - interval '5 days' and o.first_at <= s.last_at + interval '5 days'
        where s.id = %s and exists (select from media.article a where a.story_id = o.id)
        order by o.centroid <=> s.centroid limit %s
        """,
        (story_id, limit),
    )


def growth(db: Connection, story_id: int) -> list[dict[str, Any]]:
    """How a story grew: hour, independent reports and copies, for every hour of its newest two days."""
    return postgres.rows(
        db,
        """
        with mine as (
            select date_trunc('hour', first_seen_at, 'UTC') as hour,
                (duplicate_of is null and duplicate_of_seed is null) as independent
            from media.article where story_id = %s
        ), ends as (select max(hour) as last, greatest(min(hour), max(hour) - interval '47 hours') as first from mine)
        select h as hour, count(*) filter (where m.independent)::int as independent,
            count(*) filter (where not m.independent)::int as copies
        from ends, generate_series(ends.first, ends.last, interval '1 hour') h left join mine m on m.hour = h
        group by 1 order by 1
        """,
        (story_id,),
    )


def topics(db: Connection, story_id: int, limit: int = 8) -> list[dict[str, Any]]:
    """The topics of a story's articles: name, and how many articles have it."""
    return postgres.rows(
        db,
        """
        select x.name, count(*)::int as articles
        from media.article a join media.current_topic x on x.article_id = a.id
        where a.story_id = %s group by 1 order by 2 desc, 1 limit %s
        """,
        (story_id, limit),
    )


def names(db: Connection, story_id: int, limit: int = 8) -> list[dict[str, Any]]:
    """The watched names that a story's articles mention, and how many articles do."""
    return postgres.rows(
        db,
        """
        select m.name, count(distinct a.id)::int as articles
        from media.article a join media.mention m on m.article_id = a.id
        where a.story_id = %s group by 1 order by 2 desc, 1 limit %s
        """,
        (story_id, limit),
    )
