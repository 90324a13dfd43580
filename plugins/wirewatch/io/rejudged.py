"""Verdicts renewed: what of an article is written again when it was judged again, in its tables and in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg2.extras import Json

from wirewatch.core.model import Vector, Verdict
from wirewatch.io import postgres, reuses, turns, verdicts
from wirewatch.io.drafts import literal
from wirewatch.io.postgres import Connection


def waiting(db: Connection, limit: int) -> list[dict[str, Any]]:
    """Articles whose text changed since they were judged: as drafts are judged, with state, and what they copy now."""
    return postgres.rows(
        db,
        """
        select id as entry_id, title, text, canonical_url, published_at, language, first_seen_at as discovered_at,
            text_digest, shingles, state, version, story_id, coalesce('article:' || duplicate_of, 'seed:' || duplicate_of_seed) as copy_of
        from media.article where to_judge order by id limit %s
        """,
        (limit,),
    )


def still_waits(db: Connection, row: dict[str, Any]) -> bool:
    """Whether an article still waits, with the text that was looked at; it is held until the transaction ends."""
    found = postgres.one(
        db, "select version from media.article where id = %s and to_judge for update", (row["entry_id"],)
    )
    return found is not None and found["version"] == row["version"]


def renew_vector(db: Connection, row: dict[str, Any], model: str, vector: Vector) -> None:
    """Put another vector in place of an article's."""
    # Vectors by other models are those of the text before: they go, and are made again where one is moved to.
    postgres.execute(db, "delete from media.embedding where article_id = %s", (row["entry_id"],))
    postgres.execute(
        db,
        """
        insert into media.embedding (article_id, model, seen_at, vector) values (%s, %s, %s, %s::halfvec)
        """,
        (row["entry_id"], model, row["discovered_at"], literal(vector)),
    )


def done(db: Connection, article_id: int, maker_id: int, seed: tuple[int, float] | None) -> None:
    """An article is judged again: by whom, and its nearest seed with the cosine."""
    postgres.execute(
        db,
        """
        update media.article set to_judge = false, rejudged_at = %s, maker_id = %s, nearest_seed_id = %s,
            seed_similarity = %s
        where id = %s
        """,
        (turns.moment(db), maker_id, *(seed or (None, None)), article_id),
    )


def renew_verdict(db: Connection, row: dict[str, Any], verdict: Verdict, model: str, run_id: str) -> list[int] | None:
    """Write what an article is a copy of now, in place of what it was; its own copies become copies of that, by way of it.

    The articles that copy something else by now; None where nothing changed but measures.
    """
    article_id, now = row["entry_id"], verdict.duplicate_of
    kind, _, number = (now or "").partition(":")
    of = {
        "of_article_id": int(number) if kind == "article" else None,
        "of_seed_id": int(number) if kind == "seed" else None,
    }
    verdicts.take_back(db, article_id)
    reuses.store(db, article_id, verdict.evidence)
    if now is not None:
        kept = {key: value for key, value in asdict(verdict).items() if key in ("score", "threshold", "margin")}
        named = {"article_id": article_id, **of, "rung": verdict.rung, "model": model, "run_id": run_id}
        postgres.insert(db, "media.duplicate", [{**named, **kept, "evidence": Json(verdict.evidence)}])
        postgres.execute(
            db,
            "update media.article set duplicate_of = %(of_article_id)s, duplicate_of_seed = %(of_seed_id)s where id = %(id)s",
            {**of, "id": article_id},
        )
    if row["copy_of"] == now:
        return None
    return [article_id, *(verdicts.pass_on(db, article_id, of) if now is not None else [])]


def in_window(db: Connection, model: str, since: datetime, until: datetime) -> tuple[list[int], int]:
    """The articles judged in [since, until) that can be judged again by a model's vectors, in their order; and how many lack one.

    Retracted ones, those that wait to be judged anyway, those without text, copies of seeds that are
    retired, and those whose verdict somebody confirmed are not among them.
    """
    found = postgres.rows(
        db,
        """
        select a.id, exists (select from media.embedding v where v.article_id = a.id and v.model = %(m)s) as has_vector
        from media.article a
        where a.judged_at >= %(since)s and a.judged_at < %(until)s and not a.to_judge and a.state <> 'retracted'
            and a.text_dropped_at is null
            and not exists (select from media.seed where id = a.duplicate_of_seed and retired_at is not null)
            and not exists (
                select from media.action x where x.subject = 'article:' || a.id and x.undone_at is null
                    and x.kind in ('confirm_copy', 'confirm_original')
            )
        order by a.judged_at, a.id
        """,
        {"m": model, "since": since, "until": until},
    )
    able = [row["id"] for row in found if row["has_vector"]]
    return able, len(found) - len(able)


def drafts_of(db: Connection, ids: Sequence[int], model: str) -> list[dict[str, Any]]:
    """Articles as they are judged, with a model's vectors, in the order of `ids`.

    With source and story, what they copy now, and `then`: what was known at that time is what they were judged by.
    """
    return postgres.rows(
        db,
        """
        select a.id as entry_id, a.title, a.text, a.canonical_url, a.published_at, a.language, a.first_seen_at as discovered_at,
            a.text_digest, a.shingles, a.story_id, coalesce('article:' || a.duplicate_of, 'seed:' || a.duplicate_of_seed) as copy_of,
            coalesce(a.rejudged_at, a.judged_at) as then, v.model, v.vector::text as vector_text, s.host as source
        from media.article a join media.source s on s.id = a.source_id
        join media.embedding v on v.article_id = a.id and v.model = %(m)s
        where a.id = any(%(ids)s) order by array_position(%(ids)s, a.id)
        """,
        {"m": model, "ids": list(ids)},
    )


def hold(db: Connection, article_id: int) -> dict[str, Any] | None:
    """What an article copies and which story it is in, held until the transaction ends; None where it waits to be judged."""
    return postgres.one(
        db,
        """
        select story_id, coalesce('article:' || duplicate_of, 'seed:' || duplicate_of_seed) as copy_of
        from media.article where id = %s and not to_judge for update
        """,
        (article_id,),
    )


def judged_as_then(db: Connection, article_id: int, maker_id: int) -> None:
    """An article was judged again by what was known when it was judged: that moment stays, and replays keep to it."""
    postgres.execute(
        db,
        "update media.article set rejudged_at = coalesce(rejudged_at, judged_at), maker_id = %s where id = %s",
        (maker_id, article_id),
    )
