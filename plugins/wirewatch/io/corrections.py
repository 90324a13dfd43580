"""The tables of corrections: which articles are looked at again, their versions, and the cursor of changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from wirewatch.core.model import Cleaned, Mention
from wirewatch.core.word_edges import words_in
from wirewatch.io import postgres, watchlists
from wirewatch.io.postgres import Connection

_IN_ORDER = "select pg_advisory_xact_lock(hashtext('wirewatch_change'))"
"""Held until commit, so that cursors are given in the order in which they can be seen."""


def due(db: Connection, limit: int, lease_minutes: float) -> list[dict[str, Any]]:
    """Take the articles whose next look is due, for `lease_minutes`: with entry, newest page, and when they came out."""
    taken = postgres.rows(
        db,
        """
        with chosen as (
            select a.id from media.article a join ingest.entry e on e.id = a.id
            where a.next_look_at <= now() and e.canonical_url like 'http%%'
            order by a.next_look_at limit %s for update of a skip locked
        )
        update media.article a set next_look_at = now() + %s * interval '1 minute'
        from chosen c join ingest.entry e on e.id = c.id
        left join lateral (
            select digest, final_url, fetched_at from ingest.page where entry_id = e.id order by fetched_at desc, id desc limit 1
        ) newest on true
        where c.id = a.id
        returning a.id, a.title, a.text, a.state, a.version, a.missing, a.first_seen_at, a.text_digest,
            e.url, e.canonical_url, e.host, e.hints,
            newest.digest as page_digest, newest.final_url as page_url, newest.fetched_at as page_fetched_at,
            exists (select from ingest.page p where p.entry_id = a.id and p.status < 400) as from_page
        """,
        (limit, lease_minutes),
    )
    return sorted(taken, key=lambda row: int(row["id"]))


def looked(db: Connection, article_id: int, wait: timedelta | None, missing: int = 0) -> None:
    """An article was looked at: when again, and how often in a row its page was away."""
    postgres.execute(
        db,
        "update media.article set looked_at = now(), next_look_at = now() + %s, missing = %s where id = %s",
        (wait, missing, article_id),
    )


def note_change(db: Connection, article_id: int, kind: str, version: int = 1) -> None:
    """Put a change at the end of the cursor."""
    postgres.execute(db, _IN_ORDER)
    postgres.insert(db, "media.change", [{"article_id": article_id, "kind": kind, "version": version}])


def note_judged(db: Connection, ids: Collection[int]) -> None:
    """A person decided anew what these articles copy, or which story they belong to; those on their way are passed over."""
    postgres.execute(db, _IN_ORDER)
    postgres.execute(
        db,
        """
        insert into media.change (article_id, kind, version)
        select id, 'judged', version from media.article where id = any(%s) order by id
        """,
        (sorted(ids),),
    )


def add_version(
    db: Connection,
    article: dict[str, Any],
    *,
    change: str,
    summary: str,
    seen_at: datetime,
    title: str,
    text: str,
    text_digest: str,
    page_id: int | None,
) -> int:
    """Write a version (and the first one, where it is not there yet), and the article's state by it. Its number."""
    postgres.execute(
        db,
        """
        insert into media.article_version (article_id, version, seen_at, change, summary, title, text, text_digest)
        select id, 1, coalesce(fetched_at, loaded_at), 'first', 'as it was loaded', title, text, text_digest
        from media.article where id = %s and version = 1
        on conflict do nothing
        """,
        (article["id"],),
    )
    number = int(article["version"]) + 1
    postgres.insert(
        db,
        "media.article_version",
        [
            {
                "article_id": article["id"],
                "version": number,
                "seen_at": seen_at,
                "change": change,
                "summary": summary[:2000],
                "title": title,
                "text": text,
                "text_digest": text_digest,
                "page_id": page_id,
            }
        ],
    )
    state = {"gone": "gone", "retracted": "retracted"}.get(change, "live")
    if article["state"] == "retracted" and change != "back":
        state = "retracted"
    postgres.execute(
        db, "update media.article set version = %s, state = %s where id = %s", (number, state, article["id"])
    )
    note_change(db, article["id"], change if change in ("gone", "retracted", "back") else "changed", number)
    return number


def set_text(
    db: Connection, article_id: int, cleaned: Cleaned, text_digest: str, shingles: list[int], mentions: list[Mention]
) -> None:
    """Give an article another text: title, words and mentions with it. Vectors, topics and verdict wait to be renewed."""
    postgres.execute(
        db,
        """
        update media.article set title = %s, headline = %s, text = %s, authors = %s, published_at = %s, language = %s,
            section = %s, image_url = %s, cleaned_by = %s, words = %s, text_digest = %s, shingles = %s::bigint[],
            to_judge = to_judge or (title, text) is distinct from (%s, %s)
        where id = %s
        """,
        (
            cleaned.title,
            cleaned.headline,
            cleaned.text,
            list(cleaned.authors),
            cleaned.published,
            cleaned.language,
            cleaned.section,
            cleaned.image,
            cleaned.method,
            words_in(cleaned.text),
            text_digest,
            shingles,
            cleaned.title,
            cleaned.text,
            article_id,
        ),
    )
    postgres.execute(db, "delete from media.mention where article_id = %s", (article_id,))
    watchlists.insert_mentions(db, {article_id: mentions})


def flag_copies(db: Connection, article_id: int) -> int:
    """Say of every copy of a retracted article that it copies one. How many."""
    copies = postgres.rows(
        db, "select id, version from media.article where duplicate_of = %s order by id", (article_id,)
    )
    for copy in copies:
        note_change(db, copy["id"], "copy_of_retracted", copy["version"])
    return len(copies)
