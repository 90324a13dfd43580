"""The verdicts' table: why an article is held to be a copy; taken back, put back, and looked at again in review."""

from __future__ import annotations

from typing import Any

from psycopg2.extras import Json

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

REVIEW_MARGIN = 0.07
"""Verdicts nearer to their threshold than this are for a person to look at (core.duplicates.judge marks them so)."""
_COLUMN = {"article": "id", "seed": "duplicate_of_seed"}


def of(db: Connection, article_id: int) -> dict[str, Any] | None:
    """The verdict on an article, its row locked; None where it is held to copy nothing."""
    return postgres.one(db, "select * from media.duplicate where article_id = %s for update", (article_id,))


def copied(verdict: dict[str, Any]) -> str:
    """The key of what a verdict says is copied."""
    return f"article:{verdict['of_article_id']}" if verdict["of_article_id"] else f"seed:{verdict['of_seed_id']}"


def by_way_of(db: Connection, article_id: int) -> list[dict[str, Any]]:
    """Verdicts that name what this article copies, because of their likeness to this article."""
    return postgres.rows(
        db,
        """
        select d.* from media.duplicate d join media.duplicate mine on mine.article_id = %(id)s
            and (mine.of_article_id, mine.of_seed_id) is not distinct from (d.of_article_id, d.of_seed_id)
        where d.evidence ->> 'via' = 'article:' || %(id)s and d.article_id <> %(id)s order by d.article_id
        """,
        {"id": article_id},
    )


def article(db: Connection, article_id: int) -> dict[str, Any] | None:
    """An article with its vector: what is needed to place it in a story."""
    return postgres.one(
        db,
        """
        select a.*, v.model, v.vector::text as vector from media.article a
        join media.embedding v on v.article_id = a.id left join media.story s on s.id = a.story_id
        where a.id = %s order by v.model = s.model desc nulls last, v.model limit 1
        """,
        (article_id,),
    )


def as_json(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict as an action keeps it."""
    return {**verdict, "decided_at": verdict["decided_at"].isoformat()}


def take_back(db: Connection, article_id: int) -> None:
    """The article copies nothing."""
    postgres.execute(db, "delete from media.duplicate where article_id = %s", (article_id,))
    postgres.execute(
        db, "update media.article set duplicate_of = null, duplicate_of_seed = null where id = %s", (article_id,)
    )


def copy_instead(db: Connection, article_id: int, of_article: int) -> None:
    """The article copies another than was said; the evidence is the same, which was against that other."""
    postgres.execute(
        db,
        """
        update media.duplicate set of_article_id = %s, of_seed_id = null, evidence = evidence - 'via' where article_id = %s
        """,
        (of_article, article_id),
    )
    postgres.execute(
        db,
        "update media.article set duplicate_of = %s, duplicate_of_seed = null where id = %s",
        (of_article, article_id),
    )


def restore(db: Connection, verdict: dict[str, Any]) -> bool:
    """Put a verdict back as as_json kept it; whether what it names is still there and no copy itself."""
    there = postgres.one(
        db,
        """
        select from media.article where id = %(of_article_id)s and duplicate_of is null and duplicate_of_seed is null
        union all select from media.seed where id = %(of_seed_id)s
        """,
        verdict,
    )
    if there is None:
        return False
    postgres.execute(db, "delete from media.duplicate where article_id = %s", (verdict["article_id"],))
    postgres.insert(db, "media.duplicate", [{**verdict, "evidence": Json(verdict["evidence"])}])
    postgres.execute(
        db,
        "update media.article set duplicate_of = %(of_article_id)s, duplicate_of_seed = %(of_seed_id)s where id = %(article_id)s",
        verdict,
    )
    return True


def pass_on(db: Connection, article_id: int, to: dict[str, Any]) -> list[int]:
    """What copies the article copies, by way of it, what the verdict `to` names; their keys."""
    found = postgres.rows(
        db,
        """
        update media.duplicate set of_article_id = %(of_article_id)s, of_seed_id = %(of_seed_id)s,
            evidence = evidence || jsonb_build_object('via', 'article:' || of_article_id)
        where of_article_id = %(id)s returning article_id
        """,
        {**to, "id": article_id},
    )
    postgres.execute(
        db,
        """
        update media.article set duplicate_of = %(of_article_id)s, duplicate_of_seed = %(of_seed_id)s
        where duplicate_of = %(id)s
        """,
        {**to, "id": article_id},
    )
    return [row["article_id"] for row in found]


def story_of(db: Connection, key: str) -> int | None:
    """The story of an article, or of the copies of a seed."""
    kind, _, number = key.partition(":")
    query = (
        f"select story_id from media.article where {_COLUMN[kind]} = %s and story_id is not null order by id limit 1"  # noqa: S608
    )
    row = postgres.one(db, query, (int(number),))
    return int(row["story_id"]) if row else None


def for_review(db: Connection, limit: int = 100) -> list[dict[str, Any]]:
    """Verdicts that were close, or that half of a group spoke against, and that nobody confirmed yet: closest first."""
    return postgres.rows(
        db,
        """
        select a.id, a.title, a.first_seen_at, a.language, s.name as source, d.rung, d.score, d.threshold, d.margin,
            coalesce(o.title, seed.title) as copied_title, coalesce(os.name, 'seed ' || seed.name) as copied_source
        from media.duplicate d
        join media.article a on a.id = d.article_id
        join media.source s on s.id = a.source_id
        left join media.article o on o.id = d.of_article_id
        left join media.source os on os.id = o.source_id
        left join media.seed seed on seed.id = d.of_seed_id
        where d.rung in ('near', 'semantic') and (d.margin < %(margin)s or d.evidence ->> 'band' = 'review')
            and not exists (
                select from media.action x where x.kind = 'confirm_copy' and x.undone_at is null and x.subject = 'article:' || a.id)
        order by d.margin, a.id desc limit %(limit)s
        """,
        {"margin": REVIEW_MARGIN, "limit": limit},
    )


def key_at(db: Connection, address: str) -> int | None:
    """The article at an address, or of a key written as digits."""
    if address.isdigit():
        row = postgres.one(db, "select id from media.article where id = %s", (int(address[:18]),))
    else:
        row = postgres.one(
            db,
            "select id from media.article where url = %(a)s or canonical_url = %(a)s order by id limit 1",
            {"a": address},
        )
    return int(row["id"]) if row else None
