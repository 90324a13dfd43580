"""The deliveries' table: each alert and digest on each channel, from when it is asked for until it is done; and the digests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from psycopg2.extras import Json

from wirewatch.core.alerting import GIVE_UP, pause
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

_STALE = timedelta(minutes=10)
"""A delivery that a task took so long ago was left behind by it."""


def digest_of(db: Connection, day: date) -> dict[str, Any] | None:
    """The digest of a day."""
    return postgres.one(db, "select * from media.digest where day = %s", (day,))


def save_digest(db: Connection, day: date, subject: str, text: str, html: str, facts: dict[str, Any]) -> bool:
    """Write the digest of a day; False where there is one already."""
    return bool(
        postgres.insert(
            db,
            "media.digest",
            [{"day": day, "subject": subject, "text": text, "html": html, "facts": Json(facts)}],
            "on conflict do nothing",
        )
    )


def ask(
    db: Connection, channels: Sequence[str], *, alert_id: int | None = None, digest_day: date | None = None
) -> None:
    """Have an alert or a digest sent on channels."""
    postgres.insert(
        db,
        "media.delivery",
        [{"channel": channel, "alert_id": alert_id, "digest_day": digest_day} for channel in channels],
        "on conflict do nothing",
    )


def free_left_behind(db: Connection) -> dict[str, int]:
    """What a killed task left: not yet on the wire, it waits again; on the wire, nobody knows. Counts: freed, unsure."""
    freed = postgres.execute(
        db,
        """
        update media.delivery set state = 'waiting', next_try_at = now()
        where state = 'taken' and taken_at < now() - %s
        """,
        (_STALE,),
    )
    unsure = postgres.execute(
        db,
        """
        update media.delivery set state = 'unsure', note = 'the task ended while it was being sent: it may have arrived'
        where state = 'sending' and taken_at < now() - %s
        """,
        (_STALE,),
    )
    return {"freed": freed, "unsure": unsure}


def give_up(db: Connection) -> int:
    """Give up what has waited for a week. How many."""
    return postgres.execute(
        db,
        "update media.delivery set state = 'given up' where state = 'waiting' and asked_at < now() - %s",
        (GIVE_UP,),
    )


def take(db: Connection, channel: str, limit: int) -> list[dict[str, Any]]:
    """Take deliveries of a channel that are due, the oldest first: id, alert_id, digest_day, attempts."""
    return postgres.rows(
        db,
        """
        with due as (
            select id from media.delivery where channel = %s and state = 'waiting' and next_try_at <= now()
            order by id limit %s for update skip locked
        )
        update media.delivery d set state = 'taken', taken_at = now(), attempts = d.attempts + 1
        from due where due.id = d.id returning d.id, d.alert_id, d.digest_day, d.attempts
        """,
        (channel, limit),
    )


def on_the_wire(db: Connection, ids: Sequence[int]) -> bool:
    """Write down that taken deliveries are being sent; False where they are not this task's any more."""
    moved = postgres.execute(
        db,
        "update media.delivery set state = 'sending', taken_at = now() where id = any(%s) and state = 'taken'",
        (list(ids),),
    )
    return moved == len(ids)


def sent(db: Connection, ids: Sequence[int]) -> None:
    """Write down that the channel accepted them."""
    postgres.execute(
        db,
        "update media.delivery set state = 'sent', sent_at = now(), note = '' where id = any(%s)",
        (list(ids),),
    )


def failed(db: Connection, ids: Sequence[int], attempts: int, note: str) -> None:
    """Put deliveries off after a try that failed."""
    postgres.execute(
        db,
        "update media.delivery set state = 'waiting', next_try_at = now() + %s, note = %s where id = any(%s)",
        (pause(attempts), note, list(ids)),
    )


def unsure(db: Connection, channel: str) -> list[dict[str, Any]]:
    """What may or may not have arrived on a channel and was not said yet: id, title."""
    return postgres.rows(
        db,
        """
        select d.id, coalesce(a.title, g.subject) as title from media.delivery d
        left join media.alert a on a.id = d.alert_id left join media.digest g on g.day = d.digest_day
        where d.channel = %s and d.state = 'unsure' order by d.id limit 20
        """,
        (channel,),
    )


def told(db: Connection, ids: Sequence[int]) -> None:
    """Write down that a later message named them."""
    postgres.execute(db, "update media.delivery set state = 'told' where id = any(%s)", (list(ids),))


def send_again(db: Connection, delivery_id: int) -> bool:
    """Have a delivery that is not done sent now; False where there is none such."""
    return bool(
        postgres.execute(
            db,
            """
            update media.delivery set state = 'waiting', next_try_at = now(), asked_at = now(), note = ''
            where id = %s and state in ('waiting', 'unsure', 'told', 'given up')
            """,
            (delivery_id,),
        )
    )


def undelivered(db: Connection) -> list[dict[str, Any]]:
    """Deliveries that are not done, by channel and state: channel, state, deliveries, since, note."""
    return postgres.rows(
        db,
        """
        select channel, state, count(*)::int as deliveries, min(asked_at) as since, max(note) as note
        from media.delivery where state in ('waiting', 'unsure', 'given up') group by 1, 2 order by 1, 2
        """,
    )
