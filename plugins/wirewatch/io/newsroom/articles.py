"""Articles as the pages show them: lists, one with all that is known of it, and what copies what."""

from __future__ import annotations

from datetime import date
from typing import Any

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

PAGE = 50
"""Rows on one page of a list."""

_LINE = """
    select a.id, a.title, a.url, a.first_seen_at, a.published_at, a.language, s.name as source, a.source_id, a.story_id,
        a.duplicate_of, a.duplicate_of_seed, d.rung, d.score,
        coalesce(o.title, seed.title) as copied_title,
        (select array_agg(t.name order by x.score desc) from media.current_topic x join media.topic t using (qcode)
         where x.article_id = a.id) as topics
    from media.article a
    join media.source s on s.id = a.source_id
    left join media.duplicate d on d.article_id = a.id
    left join media.article o on o.id = a.duplicate_of
    left join media.seed seed on seed.id = a.duplicate_of_seed
"""

# Only what is asked for stands in the statement, so that Postgres can begin with a rare topic or name, or with the newest.
_FILTERS = {
    "source": "a.source_id = %(source)s",
    "language": "a.language = %(language)s",
    "kind": "(%(kind)s = 'copy') = (a.duplicate_of is not null or a.duplicate_of_seed is not null)",
    "day": """
        a.first_seen_at >= %(day)s::date::timestamp at time zone 'UTC'
        and a.first_seen_at < (%(day)s::date + 1)::timestamp at time zone 'UTC'
    """,
    "topic": """
        a.id in (select x.article_id from media.current_topic x where x.qcode = any (%(codes)s))
    """,
    "name": "a.id in (select article_id from media.mention where name = %(name)s)",
    "before": "(a.first_seen_at, a.id) < (select b.first_seen_at, b.id from media.article b where b.id = %(before)s)",
}


def listed(
    db: Connection,
    *,
    source: int | None = None,
    topic: str | None = None,
    language: str | None = None,
    kind: str | None = None,
    name: str | None = None,
    day: date | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[dict[str, Any]]:
    """Articles newest first, by any of the filters; `kind` is original or copy, `before` the id where the page before ended."""
    asked = {
        "source": source,
        "topic": topic,
        "language": language,
        "kind": kind,
        "name": name,
        "day": day,
        "before": before,
    }
    conditions = [f"({_FILTERS[key]})" for key, value in asked.items() if value is not None]
    return postgres.rows(
        db,
        f"{_LINE} where {' and '.join(conditions) or 'true'} order by a.first_seen_at desc, a.id desc limit %(limit)s",
        {**asked, "codes": _codes(db, topic) if topic is not None else [], "limit": limit},
    )


def _codes(db: Connection, topic: str) -> list[str]:
    """The codes of a topic of that name: with them, not with a question for them, Postgres knows how rare it is."""
    return [row["qcode"] for row in postgres.rows(db, "select qcode from media.topic where name = %s", (topic,))]


def choices(db: Connection) -> dict[str, list[Any]]:
    """What the list can be filtered by: sources (id, name), top-level topics, languages."""
    return {
        "sources": postgres.rows(db, "select id, name from media.source order by lower(name), id"),
        "topics": [
            row["name"] for row in postgres.rows(db, "select name from media.topic where level = 1 order by name")
        ],
        "languages": [
            row["language"]
            for row in postgres.rows(
                db,
                """
                select distinct language from media.article
                where language is not null and first_seen_at > now() - interval '90 days' order by 1
                """,
            )
        ],
    }


def article(db: Connection, article_id: int) -> dict[str, Any] | None:
    """One article with its source, what it copies and how that is known, and its story."""
    return postgres.one(
        db,
        """
        select a.*, s.name as source, s.host, d.rung, d.score, d.threshold, d.margin, d.model, d.evidence, d.decided_at,
            coalesce(o.title, seed.title) as copied_title, os.name as copied_source, seed.name as seed_name,
            st.title as story, (select count(*)::int from media.article x where x.story_id = a.story_id) as story_articles,
            near.title as nearest_seed, media.story_reason(sa.score, sa.reasons) as story_reason
        from media.article a
        join media.source s on s.id = a.source_id
        left join media.duplicate d on d.article_id = a.id
        left join media.article o on o.id = a.duplicate_of
        left join media.source os on os.id = o.source_id
        left join media.seed seed on seed.id = a.duplicate_of_seed
        left join media.seed near on near.id = a.nearest_seed_id
        left join media.story st on st.id = a.story_id
        left join media.story_article sa on sa.article_id = a.id
        where a.id = %s
        """,
        (article_id,),
    )


def topics(db: Connection, article_id: int) -> list[dict[str, Any]]:
    """Its topics: name, score, evidence, tagger; surest first."""
    return postgres.rows(
        db,
        """
        select t.name, x.qcode, x.score, x.evidence, x.tagger, t.definition
        from media.current_topic x join media.topic t using (qcode) where x.article_id = %s order by x.score desc
        """,
        (article_id,),
    )


def mentions(db: Connection, article_id: int) -> list[dict[str, Any]]:
    """Its mentions, in order of place."""
    return postgres.rows(
        db,
        """
        select watchlist, name, alias, field, start_at, end_at from media.mention
        where article_id = %s order by field desc, start_at
        """,
        (article_id,),
    )


def copies(db: Connection, article_id: int) -> list[dict[str, Any]]:
    """The articles that copy it, oldest first."""
    return postgres.rows(db, f"{_LINE} where a.duplicate_of = %s order by a.first_seen_at, a.id", (article_id,))


def versions(db: Connection, article_id: int) -> list[dict[str, Any]]:
    """Its versions, oldest first; none where it never changed."""
    return postgres.rows(
        db,
        """
        select version, seen_at, change, summary, title, text from media.article_version
        where article_id = %s order by version
        """,
        (article_id,),
    )


def copied_text(db: Connection, article_id: int) -> dict[str, Any] | None:
    """What the article copies: title, text, source, url; None where it copies nothing."""
    return postgres.one(
        db,
        """
        select o.title, o.text, s.name as source, o.url, o.id as article_id, o.first_seen_at, null as seed_name
        from media.article a join media.article o on o.id = a.duplicate_of join media.source s on s.id = o.source_id
        where a.id = %(id)s
        union all
        select seed.title, seed.text, 'the seed corpus', seed.url, null, seed.published_at, seed.name
        from media.article a join media.seed seed on seed.id = a.duplicate_of_seed where a.id = %(id)s
        """,
        {"id": article_id},
    )


def near_text(db: Connection, article_id: int) -> dict[str, Any] | None:
    """What the article is nearly a copy of, like copied_text, with score, threshold, margin and evidence; None where of nothing."""
    return postgres.one(
        db,
        """
        select coalesce(o.title, seed.title) as title, coalesce(o.text, seed.text) as text,
            coalesce(s.name, 'the seed corpus') as source, coalesce(o.url, seed.url) as url, o.id as article_id,
            coalesce(o.first_seen_at, seed.published_at) as first_seen_at, seed.name as seed_name,
            n.score, n.threshold, n.margin, n.evidence
        from media.near_copy n
        join media.article a on a.id = n.article_id and a.duplicate_of is null and a.duplicate_of_seed is null
        left join media.article o on o.id = n.of_article_id
        left join media.source s on s.id = o.source_id
        left join media.seed seed on seed.id = n.of_seed_id
        where n.article_id = %s and (o.id is not null or seed.id is not null)
        """,
        (article_id,),
    )


def recent_copies(
    db: Connection, *, rung: str | None, before: int | None = None, limit: int = PAGE
) -> list[dict[str, Any]]:
    """Copies newest first, of one rung or all."""
    return postgres.rows(
        db,
        f"""
        {_LINE}
        where d.article_id is not null and (%(rung)s::text is null or d.rung = %(rung)s)
            and (%(before)s::bigint is null or (a.first_seen_at, a.id)
                < (select b.first_seen_at, b.id from media.article b where b.id = %(before)s))
        order by a.first_seen_at desc, a.id desc limit %(limit)s
        """,  # noqa: S608  (a constant of this module)
        {"rung": rung, "before": before, "limit": limit},
    )


def by_rung(db: Connection) -> dict[str, int]:
    """How many copies there are of each rung."""
    found = postgres.rows(db, "select rung, count(*)::int as n from media.duplicate group by 1")
    return {row["rung"]: row["n"] for row in found}
