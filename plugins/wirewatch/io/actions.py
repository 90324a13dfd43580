"""The table of actions: what people decided by hand, recorded and undone; and what of it binds later runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from psycopg2.extras import Json

from wirewatch.core.actions import Action, Actor, Kind
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


def record(
    db: Connection,
    kind: Kind,
    who: Actor,
    subject: str,
    *,
    other: str | None = None,
    touches: Collection[str] = (),
    reason: str = "",
    effect: dict[str, Any] | None = None,
) -> int:
    """Write an action down; its key."""
    row = postgres.one(
        db,
        """
        insert into media.action (kind, actor, via, subject, other, touches, reason, effect)
        values (%s, %s, %s, %s, %s, %s, %s, %s) returning id
        """,
        (kind.value, who.name, who.via, subject, other, sorted({subject, *touches}), reason, Json(effect or {})),
    )
    assert row is not None
    return int(row["id"])


def find(db: Connection, action_id: int) -> Action | None:
    """One action, its row locked until the transaction ends."""
    row = postgres.one(db, "select * from media.action where id = %s for update", (action_id,))
    return _action(row) if row else None


def touching(db: Connection, keys: Collection[str]) -> list[Action]:
    """The actions that touched any of these, oldest first."""
    found = postgres.rows(db, "select * from media.action where touches && %s::text[] order by id", (sorted(keys),))
    return [_action(row) for row in found]


def mark_undone(db: Connection, action_id: int, who: Actor, reason: str) -> None:
    """Write down that an action was undone, by whom and why."""
    postgres.execute(
        db,
        "update media.action set undone_at = clock_timestamp(), undone_by = %s, undone_reason = %s where id = %s",
        (who.name, reason, action_id),
    )


def listed(
    db: Connection,
    *,
    before: int | None = None,
    touches: str | None = None,
    only: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Actions newest first: those below the key `before`, that touched one thing, or one alone; with what they were done to."""
    return postgres.rows(
        db,
        """
        select x.id, x.kind, x.actor, x.via, x.acted_at, x.subject, x.other, x.reason, x.undone_at, x.undone_by,
            x.undone_reason, x.kind_of, x.number, x.other_kind, x.other_number,
            jsonb_array_length(coalesce(x.effect -> 'articles', '[]')) as articles,
            coalesce(a.title, st.title, f.title, nullif(e.hints ->> 'title', ''), e.canonical_url) as what,
            coalesce(oa.title, seed.title, os.title) as other_what
        from (
            select *, split_part(subject, ':', 1) as kind_of, split_part(subject, ':', 2)::bigint as number,
                split_part(other, ':', 1) as other_kind, nullif(split_part(other, ':', 2), '')::bigint as other_number
            from media.action
        ) x
        left join media.article a on x.kind_of = 'article' and a.id = x.number
        left join media.story st on x.kind_of = 'story' and st.id = x.number
        left join ingest.feed f on x.kind_of = 'feed' and f.id = x.number
        left join ingest.entry e on x.kind_of = 'entry' and e.id = x.number
        left join media.article oa on x.other_kind = 'article' and oa.id = x.other_number
        left join media.seed seed on x.other_kind = 'seed' and seed.id = x.other_number
        left join media.story os on x.other_kind = 'story' and os.id = x.other_number
        where (%(before)s::bigint is null or x.id < %(before)s)
            and (%(only)s::bigint is null or x.id = %(only)s)
            and (%(touches)s::text is null or x.touches @> array[%(touches)s::text])
        order by x.id desc limit %(limit)s
        """,
        {"before": before, "touches": touches, "only": only, "limit": limit},
    )


def not_copied(db: Connection, key: str) -> set[str]:
    """The keys of what this document was said not to copy."""
    found = postgres.rows(
        db,
        "select other from media.action where kind = 'not_a_copy' and undone_at is null and subject = %s",
        (key,),
    )
    return {row["other"] for row in found}


def said_to_copy(db: Connection, key: str) -> tuple[str, str] | None:
    """What this document was said to copy, and by whom; None where nobody said so."""
    row = postgres.one(
        db,
        """
        select other, actor from media.action
        where kind = 'a_copy' and undone_at is null and subject = %s order by id desc limit 1
        """,
        (key,),
    )
    return (row["other"], row["actor"]) if row else None


def apart(db: Connection, keys: Sequence[str]) -> list[tuple[str, str]]:
    """Of these documents, those that were said not to copy another of them: pairs of the one and the other."""
    found = postgres.rows(
        db,
        """
        select subject, other from media.action
        where kind = 'not_a_copy' and undone_at is null and subject = any(%(k)s) and other = any(%(k)s) order by id
        """,
        {"k": list(keys)},
    )
    return [(row["subject"], row["other"]) for row in found]


def _action(row: dict[str, Any]) -> Action:
    return Action(
        id=row["id"],
        kind=Kind(row["kind"]),
        actor=row["actor"],
        at=row["acted_at"],
        subject=row["subject"],
        other=row["other"],
        touches=frozenset(row["touches"]),
        reason=row["reason"],
        effect=row["effect"],
        undone=row["undone_at"] is not None,
    )


def notice(db: Connection, action_id: int | None) -> dict[str, Any] | None:
    """The action that a page has just done, for its notice; None where there is none."""
    found = listed(db, only=action_id, limit=1) if action_id is not None else []
    return found[0] if found else None
