"""The replays' tables: what of a window is rebuilt, what is stored of it, and what a replay found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from wirewatch.core.replay import Difference
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

_DECIDED = """
select e.id, coalesce(a.rejudged_at, a.judged_at, e.decided_at) as then
from ingest.entry e
left join media.article a on a.id = e.id
left join lateral (
    select fetched_at, status from ingest.page where entry_id = e.id order by fetched_at desc, id desc limit 1
) p on true
where e.stage = 'done' and e.disposition <> 'quarantined' and coalesce(p.fetched_at, e.decided_at) >= %(since)s
    and coalesce(p.fetched_at, e.decided_at) < %(until)s and (a.id is not null or p.status < 400) and a.text_dropped_at is null
"""


def entries(db: Connection, since: datetime, until: datetime, most: int | None = None) -> list[int]:
    """Decided entries whose newest page was fetched in [since, until), in the order in which they were judged.

    Entries that stand on the feed's words count when they were decided. Pages that were decided by their status alone
    are left out: there was nothing to clean. With `most`, a sample of so many, the same for the same window.
    """
    found = postgres.rows(
        db,
        f"select id from (select * from ({_DECIDED}) x order by md5(id::text) limit %(most)s) y order by y.then, id",  # noqa: S608  (a constant of this module)
        {"since": since, "until": until, "most": most},
    )
    return [row["id"] for row in found]


def stored(db: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What is stored of entries: ledger, newest page (columns `page_…`), and the article with all that belongs to it."""
    found = postgres.rows(
        db,
        """
        select e.id, e.host, e.url as entry_url, e.canonical_url as entry_canonical, e.hints, e.disposition, e.reason, e.discovered_at,
            a.id is not null as loaded, a.title, a.headline, a.text, a.authors, a.published_at, a.language, a.section,
            a.image_url, a.canonical_url, a.cleaned_by, a.story_id, a.judged_at, a.rejudged_at, a.loaded_at,
            coalesce(a.maker_id, e.maker_id) as maker_id,
            a.version, a.state, a.to_judge,
            coalesce('article:' || a.duplicate_of, 'seed:' || a.duplicate_of_seed) as copy_of, d.rung, d.score,
            m.model, m.vector::text as vector_text, g.tagger,
            not exists (
                select from media.article f join media.story_article fs on fs.article_id = f.id and not fs.reasons ? 'copy'
                where f.story_id = a.story_id and f.judged_at < a.judged_at
            ) as founder,
            exists (select from media.article f where f.story_id = a.story_id and f.rejudged_at is not null) as moved,
            exists (
                select from media.action x where x.undone_at is null
                    and x.kind in ('not_a_copy', 'a_copy', 'merge_stories', 'split_story')
                    and x.touches && array['article:' || a.id, 'story:' || a.story_id]
            ) or exists (
                select from media.seed where id = a.duplicate_of_seed and retired_at is not null
            ) as decided_elsewhere,
            (select max(updated_at) from media.watchlist) as watchlists_at,
            (
                select string_agg(
                    format('%%s %%s %%s', t.qcode, round(t.score::numeric, 4), replace(t.evidence, E'\n', ' ')), E'\n'
                    order by t.qcode collate "C")
                from media.article_topic t where t.article_id = a.id and t.tagger = g.tagger
            ) as topics,
            (
                select string_agg(
                    format('%%s/%%s %%s %%s %%s-%%s', n.watchlist, n.name, n.alias, n.field, n.start_at, n.end_at), E'\n'
                    order by n.watchlist collate "C", n.name collate "C", n.field, n.start_at
                )
                from media.mention n where n.article_id = a.id
            ) as mentions
        from ingest.entry e
        left join media.article a on a.id = e.id
        left join media.duplicate d on d.article_id = a.id
        left join media.tagging g on g.article_id = a.id and g.serves
        left join lateral (
            select model, vector from media.embedding where article_id = a.id
            order by model = media.serving_model() desc, model limit 1
        ) m on true
        where e.id = any(%s)
        """,
        (list(ids),),
    )
    return {row["id"]: row for row in found}


def earlier(db: Connection, after: tuple[datetime, int] | None, before: datetime, limit: int) -> list[dict[str, Any]]:
    """The next articles that were judged before a moment, in that order: what the state of stories is made of."""
    at, key = after or (datetime(1970, 1, 1, tzinfo=UTC), 0)
    return postgres.rows(
        db,
        """
        select a.id as entry_id, a.judged_at, coalesce(v.title, a.title) as title, coalesce(v.text, a.text) as text,
            a.canonical_url, a.published_at, a.language, a.first_seen_at as discovered_at, a.story_id, m.model,
            m.vector::text as vector_text, s.reasons ? 'copy' as through_copy
        from media.article a join lateral (
            select model, vector from media.embedding where article_id = a.id
            order by model = media.serving_model() desc, model limit 1
        ) m on true
        join media.story_article s on s.article_id = a.id
        left join media.article_version v on v.article_id = a.id and v.version = 1
        where (a.judged_at, a.id) > (%s, %s) and a.judged_at < %s order by a.judged_at, a.id limit %s
        """,
        (at, key, before, limit),
    )


def count_before(db: Connection, moment: datetime) -> int:
    """How many articles were judged before a moment."""
    row = postgres.one(db, "select count(*)::int as n from media.article where judged_at < %s", (moment,))
    return int(row["n"]) if row else 0


def begin(db: Connection, run_id: str, *, since: datetime, until: datetime, maker_id: int, sampled: bool) -> None:
    """Enter a replay, in place of an earlier try of the same run."""
    postgres.execute(db, "delete from ingest.replay_difference where run_id = %s", (run_id,))
    postgres.execute(db, "delete from ingest.replay where run_id = %s", (run_id,))
    postgres.insert(
        db,
        "ingest.replay",
        [
            {
                "run_id": run_id,
                "since": since,
                "until": until,
                "maker_id": maker_id,
                "sampled": sampled,
            }
        ],
    )


def note(db: Connection, run_id: str, found: Sequence[tuple[int, Difference]]) -> None:
    """Write what differs: entry and difference."""
    postgres.insert(
        db,
        "ingest.replay_difference",
        [
            {
                "run_id": run_id,
                "entry_id": entry_id,
                "field": one.field,
                "stored": one.stored,
                "rebuilt": one.rebuilt,
                "kind": one.kind.value,
                "reason": one.reason,
            }
            for entry_id, one in found
        ],
    )


def end(
    db: Connection,
    run_id: str,
    *,
    pages: int,
    different: int,
    unreadable: int,
    stored: str,
    rebuilt: str,
    left_out: str,
) -> str:
    """Close a replay with its counts and digests; what it found, in a sentence."""
    postgres.execute(
        db,
        """
        update ingest.replay set ended_at = now(), pages = %s, different = %s, unreadable = %s, stored_digest = %s,
            rebuilt_digest = %s, left_out = %s
        where run_id = %s
        """,
        (pages, different, unreadable, stored, rebuilt, left_out, run_id),
    )
    row = postgres.one(db, "select result from ingest.replay_summary where run_id = %s", (run_id,))
    return str(row["result"]) if row else ""
