"""The taggings' tables: which tagger said what of which article, and which of them serves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wirewatch.core.model import TopicScore
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

_WAITING = """
media.article a where a.first_seen_at >= %(since)s and a.first_seen_at < %(until)s
    and a.text_dropped_at is null and not exists (select from media.tagging g where g.article_id = a.id and g.tagger = %(tagger)s)
"""


def count_waiting(db: Connection, tagger: str, since: datetime, until: datetime) -> int:
    """How many articles first seen in [since, until) `tagger` has not looked at."""
    row = postgres.one(
        db,
        f"select count(*) as n from {_WAITING}",  # noqa: S608  (a constant of this module)
        {"tagger": tagger, "since": since, "until": until},
    )
    return int(row["n"]) if row else 0


def waiting(db: Connection, tagger: str, since: datetime, until: datetime, limit: int) -> list[dict[str, Any]]:
    """The next articles that `tagger` has not looked at: id, title, text, language."""
    return postgres.rows(
        db,
        f"select a.id, a.title, a.text, a.language from {_WAITING} order by a.id limit %(limit)s",  # noqa: S608  (a constant of this module)
        {"tagger": tagger, "since": since, "until": until, "limit": limit},
    )


def record(db: Connection, article_id: int, tagger: str, topics: Sequence[TopicScore], run_id: str) -> None:
    """Write what `tagger` said of an article, beside what others said; it does not serve yet."""
    postgres.execute(
        db,
        """
        insert into media.tagging (article_id, tagger, topics, serves, run_id) values (%s, %s, %s, false, %s)
        on conflict (article_id, tagger) do update set topics = excluded.topics, run_id = excluded.run_id, tagged_at = now()
        """,
        (article_id, tagger, len(topics), run_id),
    )
    postgres.execute(db, "delete from media.article_topic where article_id = %s and tagger = %s", (article_id, tagger))
    postgres.insert(
        db,
        "media.article_topic",
        [
            {
                "article_id": article_id,
                "qcode": topic.qcode,
                "score": topic.score,
                "evidence": topic.evidence,
                "tagger": tagger,
            }
            for topic in topics
        ],
    )


def serve(db: Connection, article_id: int, tagger: str) -> None:
    """Let what `tagger` said of one article serve."""
    postgres.execute(
        db,
        "update media.tagging set serves = false where serves and article_id = %s and tagger <> %s",
        (article_id, tagger),
    )
    postgres.execute(
        db, "update media.tagging set serves = true where article_id = %s and tagger = %s", (article_id, tagger)
    )


def switch(db: Connection, tagger: str, since: datetime, until: datetime) -> int:
    """Let `tagger` serve for every article first seen in [since, until) that it looked at, all at once. How many turned."""
    turning = postgres.rows(
        db,
        """
        select g.article_id as id from media.tagging g join media.article a on a.id = g.article_id
        where g.tagger = %s and not g.serves and a.first_seen_at >= %s and a.first_seen_at < %s for update of g
        """,
        (tagger, since, until),
    )
    ids = [row["id"] for row in turning]
    postgres.execute(db, "update media.tagging set serves = false where serves and article_id = any(%s)", (ids,))
    return postgres.execute(
        db, "update media.tagging set serves = true where tagger = %s and article_id = any(%s)", (tagger, ids)
    )


def changes(db: Connection, tagger: str) -> list[dict[str, Any]]:
    """What `tagger` changed, by topic: topic, gained, lost; the topics that changed most first."""
    return postgres.rows(
        db,
        """
        select topic, sum(gained)::int as gained, sum(lost)::int as lost from media.tagger_change
        where to_tagger = %s group by topic having sum(gained + lost) > 0 order by sum(gained + lost) desc, topic
        """,
        (tagger,),
    )
