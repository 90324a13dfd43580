"""The stories' table: states read and written for the decisions of core.stories."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from psycopg2.extras import Json

from wirewatch.core.stories import StoryState
from wirewatch.io import postgres
from wirewatch.io.drafts import literal, vector_of
from wirewatch.io.postgres import Connection


def states(db: Connection, ids: Sequence[int], model: str) -> list[StoryState]:
    """The stories of these keys, as far as they were made with the same embedding model."""
    found = postgres.rows(
        db,
        """
        select *, centroid::text as vector from media.story
        where id = any(%s) and model = %s and merged_into is null order by id
        """,
        (list(ids), model),
    )
    return [
        StoryState(
            id=row["id"],
            vector=vector_of(row["vector"]) * row["articles"],
            terms=row["state"]["terms"],
            count=row["articles"],
            first_at=row["first_at"],
            last_at=row["last_at"],
            title=row["title"],
            title_vector=np.asarray(
                row["state"].get("title_vector", ()) or np.zeros(len(vector_of(row["vector"]))), dtype=np.float32
            ),
            dated_at=datetime.fromisoformat(row["state"]["dated_at"]) if row["state"].get("dated_at") else None,
        )
        for row in found
    ]


def new_id(db: Connection) -> int:
    """A key for a new story."""
    row = postgres.one(db, "select nextval(pg_get_serial_sequence('media.story', 'id')) as id")
    assert row is not None
    return int(row["id"])


def save(db: Connection, story: StoryState, model: str) -> None:
    """Write a story's state, new or not."""
    postgres.execute(
        db,
        """
        insert into media.story (id, title, first_at, last_at, articles, model, centroid, state)
        overriding system value values (%s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (id) do update set title = excluded.title, first_at = excluded.first_at, last_at = excluded.last_at,
            articles = excluded.articles, centroid = excluded.centroid, state = excluded.state
        """,
        (
            story.id,
            story.title,
            story.first_at,
            story.last_at,
            story.count,
            model,
            literal((story.vector / story.count).astype(np.float32)),
            Json(
                {
                    "terms": {key: round(value, 4) for key, value in story.terms.items()},
                    "title_vector": [round(float(value), 4) for value in story.title_vector],
                    "dated_at": story.dated_at.isoformat() if story.dated_at else None,
                }
            ),
        ),
    )


def of_seed_copies(db: Connection, seed_id: int, then: datetime | None = None) -> int | None:
    """The story that copies of a seed belong to, where there is one; where there was one, `then`."""
    row = postgres.one(
        db,
        """
        select story_id from media.article
        where duplicate_of_seed = %(s)s and story_id is not null and (%(t)s::timestamptz is null or judged_at < %(t)s)
        union all
        select story_id from ingest.draft
        where verdict ->> 'duplicate_of' = 'seed:' || %(s)s and story_id is not null and %(t)s::timestamptz is null
        limit 1
        """,
        {"s": seed_id, "t": then},
    )
    return int(row["story_id"]) if row else None


def standing(db: Connection, story_id: int) -> int | None:
    """The story that this one is part of by now: itself, or what it was merged into; None where there is none."""
    row = postgres.one(
        db,
        """
        with recursive way (id, merged_into, steps) as (
            select id, merged_into, 0 from media.story where id = %s
            union all
            select s.id, s.merged_into, way.steps + 1 from way join media.story s on s.id = way.merged_into
            where way.steps < 100
        )
        select id from way where merged_into is null
        """,
        (story_id,),
    )
    return int(row["id"]) if row else None


def lead_on(db: Connection, story_id: int, to: int | None) -> None:
    """Let a story point on to the one that it is part of from now on; None: it stands for itself again."""
    postgres.execute(db, "update media.story set merged_into = %s where id = %s", (to, story_id))


def model_of(db: Connection, story_id: int) -> str:
    """The embedding model that a story was made with."""
    row = postgres.one(db, "select model from media.story where id = %s", (story_id,))
    assert row is not None
    return str(row["model"])


def members(db: Connection, story_id: int) -> list[dict[str, Any]]:
    """A story's articles, those judged but not loaded yet among them, oldest first: id, and the key of what each copies."""
    return postgres.rows(
        db,
        """
        select id, coalesce('article:' || duplicate_of, 'seed:' || duplicate_of_seed) as copies, first_seen_at
        from media.article where story_id = %(s)s
        union all
        select d.entry_id, d.verdict ->> 'duplicate_of', e.discovered_at
        from ingest.draft d join ingest.entry e on e.id = d.entry_id
        where d.story_id = %(s)s and e.stage in ('judged', 'tagged')
        order by first_seen_at, id
        """,
        {"s": story_id},
    )


def texts(db: Connection, ids: Sequence[int], model: str) -> list[dict[str, Any]]:
    """Articles with all that places them in a story, in the order of arrival: text, dates, and vector of this model."""
    return postgres.rows(
        db,
        """
        select a.id, a.title, a.text, a.canonical_url as url, a.published_at, a.language, a.first_seen_at as seen_at,
            v.vector::text as vector
        from media.article a join media.embedding v on v.article_id = a.id and v.model = %(m)s where a.id = any(%(i)s)
        union all
        select d.entry_id, d.title, d.text, d.canonical_url, d.published_at, d.language, e.discovered_at, d.vector::text
        from ingest.draft d join ingest.entry e on e.id = d.entry_id where d.entry_id = any(%(i)s) and d.model = %(m)s
        order by seen_at, id
        """,
        {"i": list(ids), "m": model},
    )


def move(db: Connection, ids: Collection[int], to: int, reasons: dict[str, Any], score: float | None = None) -> None:
    """Put articles, and those on their way, into another story.

    The drafts first: loading locks its draft, so what is being loaded is waited for, and is an article by the next statement.
    """
    chosen = sorted(ids)
    postgres.execute(
        db,
        "update ingest.draft set story_id = %s, story_reasons = %s, story_score = %s where entry_id = any(%s)",
        (to, Json(reasons), score, chosen),
    )
    postgres.execute(db, "update media.article set story_id = %s where id = any(%s)", (to, chosen))
    postgres.execute(
        db,
        """
        update media.story_article set story_id = %s, score = %s, reasons = %s, assigned_at = clock_timestamp()
        where article_id = any(%s)
        """,
        (to, score, Json(reasons), chosen),
    )


def as_stored(story: StoryState) -> StoryState:
    """The state as it comes back from the table, which keeps its numbers shorter."""
    centroid = np.array(
        literal((story.vector / story.count).astype(np.float32)).strip("[]").split(","), dtype=np.float16
    )
    return replace(
        story,
        vector=centroid.astype(np.float32) * story.count,
        terms={key: round(value, 4) for key, value in story.terms.items()},
        title_vector=np.asarray([round(float(value), 4) for value in story.title_vector], dtype=np.float32),
    )
