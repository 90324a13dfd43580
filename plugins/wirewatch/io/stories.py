"""The stories' table: states read and written for the decisions of core.stories."""

from __future__ import annotations

from collections.abc import Sequence

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
        "select *, centroid::text as vector from media.story where id = any(%s) and model = %s order by id",
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
                }
            ),
        ),
    )


def of_seed_copies(db: Connection, seed_id: int) -> int | None:
    """The story that copies of a seed belong to, where there is one."""
    row = postgres.one(
        db,
        """
        select story_id from media.article where duplicate_of_seed = %(s)s and story_id is not null
        union all
        select story_id from ingest.draft where verdict ->> 'duplicate_of' = 'seed:' || %(s)s and story_id is not null
        limit 1
        """,
        {"s": seed_id},
    )
    return int(row["story_id"]) if row else None
