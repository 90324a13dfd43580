"""Vectors by model: what lacks those of a model, written beside those that serve; and taken away when they serve no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wirewatch.core.model import Vector
from wirewatch.io import months, postgres
from wirewatch.io.drafts import literal
from wirewatch.io.postgres import Connection

_ARTICLES = """
media.article a where a.text_dropped_at is null and not a.to_judge and not exists (
    select from media.embedding e where e.article_id = a.id and e.model = %(m)s and e.seen_at = a.first_seen_at)
"""
_SEEDS = """
media.seed s where s.retired_at is null
    and not exists (select from media.seed_embedding e where e.seed_id = s.id and e.model = %(m)s)
"""
_DRAFTS = """
ingest.draft d join ingest.entry e on e.id = d.entry_id
where e.stage in ('embedded', 'judged', 'tagged') and d.model <> %(m)s
"""


def lacking(db: Connection, model: str) -> dict[str, int]:
    """How many articles and seeds have no vector of a model, of those that have a text."""
    row = postgres.one(
        db,
        f"""
        select (select count(*) from {_ARTICLES})::int as articles, (select count(*) from {_SEEDS})::int as seeds
        """,  # noqa: S608  (constants of this module)
        {"m": model},
    )
    assert row is not None
    return row


def articles_lacking(
    db: Connection, model: str, after: tuple[datetime, int] | None, limit: int
) -> list[dict[str, Any]]:
    """The next articles without a vector of a model, the newest first: what new arrivals are compared with comes soonest."""
    at, key = after or (None, None)
    return postgres.rows(
        db,
        f"""
        select a.id, a.title, a.text, a.first_seen_at as seen_at, a.version from {_ARTICLES}
            and (%(at)s::timestamptz is null or (a.first_seen_at, a.id) < (%(at)s, %(id)s))
        order by a.first_seen_at desc, a.id desc limit %(n)s
        """,  # noqa: S608  (a constant of this module)
        {"m": model, "at": at, "id": key, "n": limit},
    )


def seeds_lacking(db: Connection, model: str, limit: int) -> list[dict[str, Any]]:
    """The next seeds without a vector of a model."""
    return postgres.rows(
        db,
        f"select s.id, s.title, s.text, s.text_digest from {_SEEDS} order by s.id limit %(n)s",  # noqa: S608  (a constant of this module)
        {"m": model, "n": limit},
    )


def drafts_lacking(db: Connection, model: str) -> list[dict[str, Any]]:
    """Articles on their way, judged already or embedded by another model."""
    return postgres.rows(
        db,
        f"select d.entry_id as id, d.title, d.text from {_DRAFTS} order by d.entry_id",  # noqa: S608  (a constant of this module)
        {"m": model},
    )


def add_articles(db: Connection, model: str, rows: Sequence[dict[str, Any]], vectors: Sequence[Vector]) -> int:
    """Write articles' vectors, unless the text was changed since it was read, or another was quicker. How many."""
    return postgres.insert(
        db,
        "media.embedding",
        [
            {"article_id": row["id"], "model": model, "seen_at": row["seen_at"], "vector": literal(vector)}
            for row, vector in zip(rows, vectors, strict=True)
            if _as_it_was(db, row)
        ],
        "on conflict do nothing",
    )


def _as_it_was(db: Connection, row: dict[str, Any]) -> bool:
    found = postgres.one(db, "select version from media.article where id = %s and not to_judge for share", (row["id"],))
    return found is not None and found["version"] == row["version"]


def add_seed(db: Connection, model: str, row: dict[str, Any], vectors: Sequence[Vector]) -> None:
    """Write a seed's vectors, that of its lead and those of its further passages, unless its words changed meanwhile."""
    there = postgres.one(
        db,
        "select id from media.seed where id = %s and text_digest = %s and retired_at is null for share",
        (row["id"], row["text_digest"]),
    )
    if there is None:
        return
    lead, *passages = vectors
    postgres.execute(db, "delete from media.seed_passage where seed_id = %s and model = %s", (row["id"], model))
    postgres.insert(
        db,
        "media.seed_embedding",
        [{"seed_id": row["id"], "model": model, "vector": literal(lead)}],
        "on conflict (seed_id, model) do update set vector = excluded.vector",
    )
    postgres.insert(
        db,
        "media.seed_passage",
        [
            {"seed_id": row["id"], "model": model, "number": number, "vector": literal(vector)}
            for number, vector in enumerate(passages, 1)
        ],
    )


def move_stories(db: Connection, model: str) -> int:
    """Make the centre of each story anew from its articles' vectors of `model`, so that reports go on joining it. How many.

    Those articles count that made the old centre (core.actions.that_count): reports, and the first copy of each seed.
    The title stays; its vector is that of the article which has it, or else of the one nearest to the centre.
    """
    return postgres.execute(
        db,
        """
        with counting as (
            select a.story_id, a.id, a.title, v.vector,
                row_number() over (partition by a.story_id, a.duplicate_of_seed order by a.first_seen_at, a.id) as turn,
                a.duplicate_of_seed
            from media.article a join media.embedding v on v.article_id = a.id and v.model = %(m)s
            where a.story_id is not null and a.duplicate_of is null
        ), centre as (
            select story_id, avg(vector::vector)::halfvec as vector, count(*)::int as articles
            from counting where duplicate_of_seed is null or turn = 1 group by story_id
        ), titled as (
            select distinct on (c.story_id) c.story_id, c.vector from counting c
            join centre m using (story_id) join media.story s on s.id = c.story_id
            order by c.story_id, (c.title = s.title) desc, c.vector <=> m.vector
        )
        update media.story s set model = %(m)s, centroid = centre.vector, articles = centre.articles,
            state = jsonb_set(s.state, '{title_vector}', titled.vector::text::jsonb)
        from centre join titled using (story_id)
        where s.id = centre.story_id and s.merged_into is null and s.model <> %(m)s
        """,
        {"m": model},
    )


def name_model_of_files(db: Connection, before: str, after: str) -> None:
    """The files of seeds are loaded by another model from now on, where all that they gave has its vectors."""
    postgres.execute(
        db,
        """
        update media.seed_file f set model = %s where f.model = %s and not exists (
            select from media.seed s where s.file = f.name and s.retired_at is null
                and not exists (select from media.seed_embedding e where e.seed_id = s.id and e.model = %s))
        """,
        (after, before, after),
    )


def parts_of(db: Connection) -> list[str]:
    """The tables that vectors stand in, the articles' month by month: what is taken away a transaction each."""
    return ["media.seed_passage", "media.seed_embedding", *(month.name for month in months.of(db, "media.embedding"))]


def drop(db: Connection, table: str, model: str) -> int:
    """Take the vectors of a model out of one of `parts_of`. How many."""
    return postgres.execute(db, f"delete from {table} where model = %s", (model,))  # noqa: S608  (a table's name)


def drop_indexes(db: Connection, model: str) -> None:
    """Drop the indexes in which only a model's vectors were."""
    for row in postgres.rows(
        db,
        """
        select indexrelid::regclass::text as name from pg_index
        where indrelid in ('media.embedding'::regclass, 'media.seed_embedding'::regclass, 'media.seed_passage'::regclass)
            and pg_get_expr(indpred, indrelid) = format('(model = %%L::text)', %s::text)
        """,
        (model,),
    ):
        postgres.execute(db, f"drop index {row['name']}")
