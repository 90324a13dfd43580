"""What is known already: seeds, articles of the window, and drafts judged but not loaded yet. It finds candidates only.

Keys are "seed:<id>" and "article:<id>"; an article on its way has the key that it will have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wirewatch.core.duplicates.lookup import MOST_SEEDS, MOST_TEXTS, Lookup, greatest, in_order, oldest
from wirewatch.core.keys import is_seed, number_of
from wirewatch.core.model import Document, Vector
from wirewatch.io import models, postgres
from wirewatch.io.drafts import literal, vector_of
from wirewatch.io.postgres import Connection

_COMMON = 500
_DRAFTS = (
    "ingest.draft d join ingest.entry e on e.id = d.entry_id where e.stage in ('judged', 'tagged') "
    "and %(t)s::timestamptz is null and (%(since)s::timestamptz is null or d.judged_at > %(since)s)"
)
_SEED_THEN = (
    "case when %(t)s::timestamptz is null then retired_at is null "
    "else added_at <= %(t)s and (retired_at is null or retired_at > %(t)s) end"
)
_THEN = "(%(t)s::timestamptz is null or a.judged_at < %(t)s)"
_CHANGED = "(a.judged_at > %(since)s or a.rejudged_at > %(since)s or a.to_judge)"
_SHARED = "(select count(*)::int from unnest(shingles) x where x = any(%({})s::bigint[])) as shared"
_ARTICLES = f"{_THEN} and (%(since)s::timestamptz is null or {_CHANGED})"


@dataclass(frozen=True, slots=True)
class Span:
    """Which known documents are looked at: those of `window_days`.

    With `then`, what was known at that moment: seeds that were there, articles judged before it in the words that they
    had. With `since`, what was judged, or changed, after that moment; and all seeds.
    """

    window_days: int
    then: datetime | None = None
    since: datetime | None = None

    def values(self) -> dict[str, Any]:
        """The span as values of a query."""
        return {"w": self.window_days, "t": self.then, "since": self.since}


def search(db: Connection, row: Mapping[str, Any], span: Span) -> Lookup:
    """All that may be copied by a draft or an article (a row with address, digest, shingles, model and vector)."""
    vector = vector_of(row["vector_text"])
    at_address = by_url(db, row["canonical_url"], span)
    same_words = by_digest(db, row["text_digest"], span) if row["text_digest"] else ()
    worded = by_wording(db, row["shingles"] or [], span)
    nearest = by_meaning(db, vector, row["model"], span)
    others = [key for key in (*at_address, *same_words, *worded) if key not in nearest]
    return Lookup(at_address, same_words, worded, nearest, cosines(db, vector, others, row["model"]))


def by_url(db: Connection, address: str, span: Span) -> tuple[str, ...]:
    """Keys of the known documents at this canonical address, seeds first, then the oldest."""
    found = postgres.rows(
        db,
        f"""
        select 'seed:' || id as key from media.seed where url = %(a)s and {_SEED_THEN}
        union all select 'article:' || id from media.article a where canonical_url = %(a)s and {_ARTICLES}
        union all select 'article:' || d.entry_id from {_DRAFTS} and d.canonical_url = %(a)s
        """,  # noqa: S608  (a constant of this module)
        {"a": address, **span.values()},
    )
    return in_order(row["key"] for row in found)


def by_digest(db: Connection, digest: str, span: Span) -> tuple[str, ...]:
    """Keys of the known documents of this text digest, seeds first: the oldest of each."""
    found = postgres.rows(
        db,
        f"""
        select 'seed:' || id as key from media.seed where text_digest = %(d)s and {_SEED_THEN}
        union all select 'article:' || id from media.article a where text_digest = %(d)s and {_ARTICLES}
        union all select 'article:' || d.entry_id from {_DRAFTS} and d.text_digest = %(d)s
        """,  # noqa: S608  (a constant of this module)
        {"d": digest, **span.values()},
    )
    return oldest(row["key"] for row in found)


def by_wording(db: Connection, shingles: Sequence[int], span: Span) -> dict[str, int]:
    """How many sampled shingles the known documents share that share the most (at least two), by key, most first.

    Shingles that hundreds of articles, or of seeds, have are a publisher's boilerplate: they tell nothing, and would make
    each search slower with everything that is loaded.
    """
    of_articles, of_seeds = _rare(db, shingles, "article"), _rare(db, shingles, "seed")
    if not of_articles and not of_seeds:
        return {}
    found = postgres.rows(
        db,
        f"""
        (select 'seed:' || id as key, {_SHARED.format("of_seeds")} from media.seed
         where shingles && %(of_seeds)s::bigint[] and {_SEED_THEN} order by shared desc, id limit %(k)s)
        union all
        (select 'article:' || id, {_SHARED.format("of_articles")} from media.article a
         where shingles && %(of_articles)s::bigint[] and {_ARTICLES}
            and first_seen_at > coalesce(%(t)s, now()) - %(w)s * interval '1 day' order by shared desc, id limit %(n)s)
        union all
        (select 'article:' || d.entry_id, {_SHARED.format("of_articles")} from {_DRAFTS} and d.shingles && %(of_articles)s::bigint[]
         order by shared desc, d.entry_id limit %(n)s)
        """,  # noqa: S608  (a constant of this module)
        {"of_articles": of_articles, "of_seeds": of_seeds, "n": MOST_TEXTS, "k": MOST_SEEDS, **span.values()},
    )
    least = {True: min(2, len(of_seeds)), False: min(2, len(of_articles))}
    return greatest({row["key"]: row["shared"] for row in found if row["shared"] >= least[is_seed(row["key"])]})


def _rare(db: Connection, shingles: Sequence[int], table: str) -> list[int]:
    """Those of the shingles that are in no more than some 500 articles, or seeds, as far as Postgres's own statistics tell."""
    if not shingles:
        return []
    found = postgres.rows(
        db,
        """
        select element.shingle from pg_stats s join pg_class c on c.oid = ('media.' || s.tablename)::regclass,
            unnest(s.most_common_elems::text::bigint[], s.most_common_elem_freqs) as element (shingle, share)
        where s.schemaname = 'media' and s.tablename = %s and s.attname = 'shingles'
            and element.shingle = any(%s::bigint[]) and element.share * c.reltuples > %s
        """,
        (table, list(shingles), _COMMON),
    )
    common = {row["shingle"] for row in found}
    return [shingle for shingle in shingles if shingle not in common]


def by_meaning(db: Connection, vector: Vector, model: str, span: Span) -> dict[str, float]:
    """The cosines of the known documents nearest in meaning, by key, nearest first.

    A seed is as near as the nearest of its passages. Cosines are on the common scale (core.scale).
    """
    size, scale = len(vector), models.scale_of(db, model)
    there = f"(%(t)s::timestamptz is null or exists (select from media.seed where id = seed_id and {_SEED_THEN}))"
    found = postgres.rows(
        db,
        f"""
        (select 'seed:' || seed_id as key, 1 - min(distance) as cosine
         from (
            (select seed_id, vector::halfvec({size}) <=> %(v)s::halfvec({size}) as distance
             from media.seed_embedding where model = %(m)s and {there} order by distance limit %(k)s)
            union all
            (select seed_id, vector::halfvec({size}) <=> %(v)s::halfvec({size}) as distance
             from media.seed_passage where model = %(m)s and {there} order by distance limit %(k)s)
         ) as part group by seed_id order by 2 desc limit %(k)s)
        union all
        ({_changed_vectors(size) if span.since else _all_vectors(size)} limit %(n)s)
        union all
        (select 'article:' || d.entry_id, 1 - (d.vector <=> %(v)s::halfvec)
         from {_DRAFTS} and d.model = %(m)s order by 2 desc limit %(n)s)
        """,  # noqa: S608  (a number and a constant of this module)
        {"v": literal(vector), "m": model, "n": MOST_TEXTS, "k": MOST_SEEDS, **span.values()},
    )
    return greatest({row["key"]: scale.common(row["cosine"]) for row in found})


def _all_vectors(size: int) -> str:
    """The articles of the window, nearest first, by the index of vectors."""
    return f"""
        select 'article:' || article_id, 1 - (vector::halfvec({size}) <=> %(v)s::halfvec({size})) from media.embedding
        where model = %(m)s and seen_at > coalesce(%(t)s, now()) - %(w)s * interval '1 day'
            and (%(t)s::timestamptz is null or exists (select from media.article a where a.id = article_id and {_THEN}))
        order by vector::halfvec({size}) <=> %(v)s::halfvec({size})
        """  # noqa: S608  (a number and a constant of this module)


def _changed_vectors(size: int) -> str:
    """The articles judged or changed since, nearest first: a few, which are found by that and compared one by one."""
    return f"""
        select 'article:' || article_id, 1 - (vector::halfvec({size}) <=> %(v)s::halfvec({size})) as cosine
        from media.article a join media.embedding v on v.article_id = a.id
        where v.model = %(m)s and v.seen_at > now() - %(w)s * interval '1 day' and {_CHANGED} order by cosine desc
        """  # noqa: S608  (a number and a constant of this module)


def any_changed(db: Connection, keys: Sequence[str], since: datetime) -> bool:
    """Whether an article of these keys was judged, or changed, after a moment."""
    found = postgres.one(
        db,
        f"""
        select exists (select from media.article a where id = any(%(i)s) and {_CHANGED})
            or exists (select from ingest.draft where entry_id = any(%(i)s) and judged_at > %(since)s) as changed
        """,  # noqa: S608  (a constant of this module)
        {"i": _split(keys)[0], "since": since},
    )
    return bool(found and found["changed"])


def prepare_search(db: Connection) -> None:
    """Set the index scan of this transaction: keep looking where the window's filter leaves too few (pgvector 0.8).

    With 200 candidates the index finds a text among a million in 92 of 100 cases where made-up vectors make it hard
    (83 with 100, no more with 400: tests/bench/deduplicate.py), for a tenth of the time of judging.
    """
    postgres.execute(db, "set local hnsw.iterative_scan = strict_order")
    postgres.execute(db, "set local hnsw.ef_search = 200")


def cosines(db: Connection, vector: Vector, keys: Sequence[str], model: str) -> dict[str, float]:
    """The cosine, on the common scale, of `vector` to each of these known documents; of a seed, to its nearest passage."""
    if not keys:
        return {}
    articles, seeds = _split(keys)
    found = postgres.rows(
        db,
        """
        select 'seed:' || seed_id as key, 1 - min(vector <=> %(v)s::halfvec) as cosine
        from (
            select seed_id, vector from media.seed_embedding where model = %(m)s and seed_id = any(%(s)s)
            union all select seed_id, vector from media.seed_passage where model = %(m)s and seed_id = any(%(s)s)
        ) as part group by seed_id
        union all select 'article:' || article_id, 1 - (vector <=> %(v)s::halfvec)
        from media.embedding where model = %(m)s and article_id = any(%(a)s)
        union all select 'article:' || entry_id, 1 - (vector <=> %(v)s::halfvec)
        from ingest.draft where model = %(m)s and entry_id = any(%(a)s)
        """,
        {"v": literal(vector), "m": model, "s": seeds, "a": articles},
    )
    scale = models.scale_of(db, model)
    return {row["key"]: scale.common(row["cosine"]) for row in found}


def documents(
    db: Connection, keys: Sequence[str], then: datetime | None = None
) -> dict[str, tuple[Document, dict[str, Any]]]:
    """The documents of these keys, with what they are themselves: copy_of (a key or None), story_id, and whether that waits.

    It waits to be decided anew where the text has changed since.
    """
    articles, seeds = _split(keys)
    found = postgres.rows(
        db,
        """
        select 'seed:' || id as key, title, text, url, published_at, language, null as copy_of, null::bigint as story_id,
            false as waits
        from media.seed where id = any(%(s)s)
        union all
        select 'article:' || a.id, coalesce(v.title, a.title), coalesce(v.text, a.text), a.canonical_url, a.published_at,
            a.language, coalesce('article:' || a.duplicate_of, 'seed:' || a.duplicate_of_seed), a.story_id,
            case when %(t)s::timestamptz is null then a.to_judge else v.title is not null and a.rejudged_at > %(t)s end
        from media.article a left join lateral (
            select title, text from media.article_version
            where article_id = a.id and a.version > 1 and seen_at <= %(t)s order by version desc limit 1
        ) v on true
        where a.id = any(%(a)s)
        union all
        select 'article:' || d.entry_id, d.title, d.text, d.canonical_url, d.published_at, d.language,
            d.verdict ->> 'duplicate_of', d.story_id, false
        from ingest.draft d join ingest.entry e on e.id = d.entry_id
        where d.entry_id = any(%(a)s) and e.stage in ('judged', 'tagged')
        """,
        {"s": seeds, "a": articles, "t": then},
    )
    return {
        row["key"]: (
            Document(
                key=row["key"],
                title=row["title"],
                text=row["text"],
                url=row["url"],
                published=row["published_at"],
                language=row["language"],
            ),
            {"copy_of": row["copy_of"], "story_id": row["story_id"], "waits": row["waits"]},
        )
        for row in found
    }


def _split(keys: Sequence[str]) -> tuple[list[int], list[int]]:
    """The numbers of the articles and of the seeds."""
    return [number_of(key) for key in keys if not is_seed(key)], [number_of(key) for key in keys if is_seed(key)]
