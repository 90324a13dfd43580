"""Load: a judged and tagged draft becomes an article with its copies, topics, mentions and story, in one go."""

from __future__ import annotations

from typing import Any

from psycopg2.extras import Json

from wirewatch.core.word_edges import words_in
from wirewatch.io import corrections, postgres, reuses
from wirewatch.io.postgres import Connection


def ready(db: Connection, batch_id: int) -> list[int]:
    """The batch's entries that can be loaded, in the order in which they were judged: an original before its copies."""
    found = postgres.rows(
        db,
        """
        select e.id from ingest.entry e join ingest.draft d on d.entry_id = e.id
        where e.batch_id = %s and e.stage = 'tagged' order by d.judged_at, e.id
        """,
        (batch_id,),
    )
    return [row["id"] for row in found]


def load(db: Connection, entry_id: int, source_id: int, maker_id: int, run_id: str) -> dict[str, Any]:
    """Write an entry's article and all that belongs to it, and drop its draft. Its verdict (see model.Verdict).

    The draft is locked first: who moves it to another story meanwhile either waits for us or is waited for.
    """
    draft = postgres.one(db, "select text from ingest.draft where entry_id = %s for update", (entry_id,))
    assert draft is not None
    row = postgres.one(
        db,
        """
        insert into media.article (
            id, source_id, url, canonical_url, title, headline, text, authors, published_at, language, section, image_url,
            words, duplicate_of, duplicate_of_seed, story_id, seed_similarity, nearest_seed_id, first_seen_at, fetched_at,
            run_id, cleaned_by, text_digest, shingles, judged_at, maker_id)
        select e.id, %(source)s, e.url, d.canonical_url, d.title, d.headline, d.text, d.authors, d.published_at, d.language,
            d.section, d.image_url, %(words)s,
            case when d.verdict ->> 'duplicate_of' like 'article:%%' then split_part(d.verdict ->> 'duplicate_of', ':', 2)::bigint end,
            case when d.verdict ->> 'duplicate_of' like 'seed:%%' then split_part(d.verdict ->> 'duplicate_of', ':', 2)::bigint end,
            d.story_id, d.seed_similarity, d.nearest_seed_id, e.discovered_at, p.fetched_at, %(run)s, d.method,
            d.text_digest, d.shingles, d.judged_at, %(maker)s
        from ingest.draft d join ingest.entry e on e.id = d.entry_id left join ingest.page p on p.id = d.page_id
        where d.entry_id = %(id)s
        returning id, duplicate_of, duplicate_of_seed, (select verdict from ingest.draft where entry_id = %(id)s) as verdict
        """,
        {
            "id": entry_id,
            "source": source_id,
            "maker": maker_id,
            "run": run_id,
            "words": words_in(draft["text"]),
        },
    )
    assert row is not None
    _write_parts(db, entry_id, run_id)
    corrections.note_change(db, entry_id, "new")
    if row["duplicate_of"] or row["duplicate_of_seed"]:
        _write_duplicate(db, row, run_id)
    else:
        _write_near_copy(db, row, run_id)
    reuses.store(db, entry_id, row["verdict"]["evidence"])
    postgres.execute(db, "delete from ingest.draft where entry_id = %s", (entry_id,))
    return dict(row["verdict"])


def name_of(db: Connection, key: str) -> str:
    """A document's key ("seed:…", "article:…") as people know it: its title, and where it is."""
    kind, _, number = key.partition(":")
    row = postgres.one(
        db,
        """
        select title, 'seed ' || name as place from media.seed where %(kind)s = 'seed' and id = %(id)s
        union all
        select a.title, s.name from media.article a join media.source s on s.id = a.source_id
        where %(kind)s = 'article' and a.id = %(id)s
        """,
        {"kind": kind, "id": int(number)},
    )
    return f"“{row['title']}” ({row['place']})" if row else key


def _write_parts(db: Connection, entry_id: int, run_id: str) -> None:
    for statement in (
        """
        insert into media.embedding (article_id, model, seen_at, vector)
        select d.entry_id, d.model, e.discovered_at, d.vector
        from ingest.draft d join ingest.entry e on e.id = d.entry_id where d.entry_id = %(id)s
        """,
        """
        insert into media.article_topic (article_id, qcode, score, evidence, tagger)
        select d.entry_id, t.qcode, t.score, t.evidence, d.tagger
        from ingest.draft d, jsonb_to_recordset(d.topics) as t (qcode text, score real, evidence text) where d.entry_id = %(id)s
        """,
        """
        insert into media.tagging (article_id, tagger, topics, serves, run_id)
        select entry_id, tagger, jsonb_array_length(topics), true, %(run)s from ingest.draft where entry_id = %(id)s
        """,
        """
        insert into media.mention (article_id, watchlist, name, alias, field, start_at, end_at)
        select d.entry_id, m.* from ingest.draft d, jsonb_to_recordset(d.mentions)
            as m (watchlist text, name text, alias text, field text, start_at integer, end_at integer)
        where d.entry_id = %(id)s on conflict do nothing
        """,
        """
        insert into media.story_article (article_id, story_id, score, reasons)
        select entry_id, story_id, story_score, coalesce(story_reasons, '{}') from ingest.draft
        where entry_id = %(id)s and story_id is not null
        """,
    ):
        postgres.execute(db, statement, {"id": entry_id, "run": run_id})


def _write_duplicate(db: Connection, row: dict[str, Any], run_id: str) -> None:
    verdict = row["verdict"]
    postgres.insert(
        db,
        "media.duplicate",
        [
            {
                "article_id": row["id"],
                "of_article_id": row["duplicate_of"],
                "of_seed_id": row["duplicate_of_seed"],
                "rung": verdict["rung"],
                "score": verdict["score"],
                "threshold": verdict["threshold"],
                "margin": verdict["margin"],
                "model": verdict["model"],
                "evidence": Json(verdict["evidence"]),
                "run_id": run_id,
            }
        ],
    )


def _write_near_copy(db: Connection, row: dict[str, Any], run_id: str) -> None:
    """Keep the verdict on an original that was close, for a person to review."""
    verdict = row["verdict"]
    postgres.execute(db, "delete from media.near_copy where article_id = %s", (row["id"],))
    if verdict["evidence"].get("band") != "review" or not verdict["nearest"]:
        return
    kind, _, number = str(verdict["nearest"]).partition(":")
    postgres.insert(
        db,
        "media.near_copy",
        [
            {
                "article_id": row["id"],
                "of_article_id": int(number) if kind == "article" else None,
                "of_seed_id": int(number) if kind == "seed" else None,
                "score": verdict["score"],
                "threshold": verdict["threshold"],
                "margin": verdict["margin"],
                "model": verdict["model"],
                "evidence": Json(verdict["evidence"]),
                "run_id": run_id,
            }
        ],
    )
