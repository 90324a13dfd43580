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


def by_hand(db: Connection, article: dict[str, Any], of: str, who: str) -> dict[str, Any]:
    """Write that a person holds an article to be a copy; the verdict."""
    kind, _, number = of.partition(":")
    verdict = {
        "article_id": article["id"],
        "of_article_id": int(number) if kind == "article" else None,
        "of_seed_id": int(number) if kind == "seed" else None,
        "rung": "desk",
        "score": 1.0,
        "threshold": 1.0,
        "margin": 0.0,
        "model": article["model"],
        "evidence": Json({"said_by": who}),
        "run_id": "desk",
    }
    postgres.insert(db, "media.duplicate", [verdict])
    postgres.execute(
        db,
        "update media.article set duplicate_of = %(of_article_id)s, duplicate_of_seed = %(of_seed_id)s where id = %(article_id)s",
        verdict,
    )
    return verdict


def story_of(db: Connection, key: str, but: int = 0) -> int | None:
    """The story of an article, or of the copies of a seed, those of the article `but` not counted."""
    kind, _, number = key.partition(":")
    query = f"select story_id from media.article where {_COLUMN[kind]} = %s and story_id is not null and id <> %s order by id limit 1"  # noqa: S608
    row = postgres.one(db, query, (int(number), but))
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


def near_copies(db: Connection, limit: int = 100) -> list[dict[str, Any]]:
    """Originals that were close to being held a copy, and of which nobody said anything yet: closest first."""
    return postgres.rows(
        db,
        """
        select a.id, a.title, a.first_seen_at, a.language, s.name as source, n.score, n.threshold, n.margin,
            coalesce(o.title, seed.title) as copied_title, coalesce(os.name, 'seed ' || seed.name) as copied_source,
            n.of_article_id, n.of_seed_id
        from media.near_copy n
        join media.article a on a.id = n.article_id and a.duplicate_of is null and a.duplicate_of_seed is null
        join media.source s on s.id = a.source_id
        left join media.article o on o.id = n.of_article_id
        left join media.source os on os.id = o.source_id
        left join media.seed seed on seed.id = n.of_seed_id
        where (o.id is not null or seed.id is not null) and not exists (
            select from media.action x where x.kind in ('confirm_original', 'a_copy', 'not_a_copy') and x.undone_at is null
                and x.subject = 'article:' || a.id)
        order by n.margin desc, a.id desc limit %s
        """,
        (limit,),
    )


def near_copy(db: Connection, article_id: int) -> dict[str, Any] | None:
    """What an original is nearly a copy of, with the measures; None where it is not close to any, or a copy by now."""
    return postgres.one(
        db,
        """
        select n.* from media.near_copy n join media.article a on a.id = n.article_id
        where n.article_id = %s and a.duplicate_of is null and a.duplicate_of_seed is null
        """,
        (article_id,),
    )


def root_of(db: Connection, key: str) -> str | None:
    """The original that a document is, or copies: an article's or a seed's key; None where there is no such document."""
    kind, _, number = key.partition(":")
    if kind == "seed":
        return key if postgres.one(db, "select from media.seed where id = %s", (int(number),)) else None
    row = postgres.one(
        db,
        """
        select coalesce('article:' || duplicate_of, 'seed:' || duplicate_of_seed, 'article:' || id) as root
        from media.article where id = %s
        """,
        (int(number),),
    )
    return str(row["root"]) if row else None


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
