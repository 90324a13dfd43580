"""The alerts' tables: what was observed, in one row for an event, and the articles that it counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg2.extras import Json

from wirewatch.core.alert_file import AlertPlan, Rule, parse_alerts
from wirewatch.core.alerting import Known, Observation
from wirewatch.io import deliveries, postgres
from wirewatch.io.postgres import Connection

FILE = "alerts.yaml"
_TURN = "select pg_advisory_xact_lock(hashtext('wirewatch_alerts'))"


def read_plan(path: Path) -> AlertPlan:
    """Who is told what; nothing where there is no file. AlertFileError names the line that is wrong."""
    return parse_alerts(path.read_text(encoding="utf-8"), path.name) if path.exists() else AlertPlan()


def take_turn(db: Connection) -> None:
    """One at a time decides what is an alert, until the transaction's end."""
    postgres.execute(db, _TURN)


def checked(db: Connection, at: datetime) -> datetime | None:
    """Write down that it is looked for alerts now; when it was before."""
    row = postgres.one(db, "select checked_at from media.alert_check")
    postgres.execute(
        db,
        """
        insert into media.alert_check (checked_at) values (%s)
        on conflict (is_only) do update set checked_at = excluded.checked_at
        """,
        (at,),
    )
    return row["checked_at"] if row else None


def known(db: Connection, now: datetime) -> list[Known]:
    """Alerts that are open, or were over lately enough for their cooldown."""
    found = postgres.rows(
        db,
        "select * from media.alert where state = 'open' or last_seen_at + cooldown >= %s order by id",
        (now,),
    )
    return [
        Known(row["id"], row["key"], row["last_seen_at"], row["state"] == "over", row["lasts"], row["cooldown"])
        for row in found
    ]


def open_new(db: Connection, seen: Observation, rule: Rule, at: datetime, channels: Sequence[str]) -> int:
    """Record an alert, its articles, and what is to be sent of it; its key."""
    row = postgres.one(
        db,
        """
        insert into media.alert (key, rule, kind, subject, title, lines, facts, story_id, first_seen_at, last_seen_at,
            cooldown, lasts)
        values (%(key)s, %(rule)s, %(kind)s, %(subject)s, %(title)s, %(lines)s, %(facts)s, %(story)s, %(at)s, %(at)s,
            %(cooldown)s, %(lasts)s)
        returning id
        """,
        {**_values(seen, at), "cooldown": rule.cooldown, "lasts": seen.lasts},
    )
    assert row is not None
    alert_id = int(row["id"])
    _count(db, alert_id, seen)
    deliveries.ask(db, channels, alert_id=alert_id)
    return alert_id


def add(db: Connection, alert_id: int, seen: Observation, at: datetime) -> None:
    """Write down that a known alert was observed again: a state is told as it is now, an event as it began."""
    postgres.execute(
        db,
        """
        update media.alert set last_seen_at = %(at)s, state = 'open', over_at = null,
            title = case when lasts then %(title)s else title end, lines = case when lasts then %(lines)s else lines end,
            facts = case when lasts then %(facts)s else facts end
        where id = %(id)s
        """,
        {**_values(seen, at), "id": alert_id},
    )
    _count(db, alert_id, seen)


def end(db: Connection, ids: Sequence[int], at: datetime) -> None:
    """Say of alerts that they are over."""
    postgres.execute(db, "update media.alert set state = 'over', over_at = %s where id = any(%s)", (at, list(ids)))


def _values(seen: Observation, at: datetime) -> dict[str, Any]:
    return {
        "key": seen.key,
        "rule": seen.rule,
        "kind": seen.kind,
        "subject": seen.subject,
        "title": seen.title,
        "lines": list(seen.lines),
        "facts": Json(dict(seen.facts)),
        "story": seen.story,
        "at": at,
    }


def _count(db: Connection, alert_id: int, seen: Observation) -> None:
    postgres.insert(
        db,
        "media.alert_article",
        [{"rule": seen.rule, "article_id": article, "alert_id": alert_id} for article in seen.articles],
        "on conflict do nothing",
    )


def articles_of(db: Connection, alert_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The articles of alerts, the latest first: alert_id, id, title, source, url, is_copy."""
    return postgres.rows(
        db,
        """
        select c.alert_id, a.id, a.title, a.url, s.name as source, a.first_seen_at,
            a.duplicate_of is not null or a.duplicate_of_seed is not null as is_copy
        from media.alert_article c join media.article a on a.id = c.article_id join media.source s on s.id = a.source_id
        where c.alert_id = any(%s) order by a.id desc
        """,
        (list(alert_ids),),
    )


def by_id(db: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Alerts by their keys."""
    return postgres.rows(db, "select * from media.alert where id = any(%s) order by id", (list(ids),))


def recent(db: Connection, days: float, limit: int = 100) -> list[dict[str, Any]]:
    """Alerts that are open or were seen in the last days, those that are open first; each with its deliveries."""
    return postgres.rows(
        db,
        """
        select a.*, (select count(*)::int from media.alert_article c where c.alert_id = a.id) as articles,
            coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'channel', d.channel, 'state', d.state,
                'attempts', d.attempts, 'note', d.note) order by d.channel)
             from media.delivery d where d.alert_id = a.id), '[]') as deliveries
        from media.alert a where a.state = 'open' or a.last_seen_at > now() - %s * interval '1 day'
        order by a.state = 'open' desc, a.first_seen_at desc limit %s
        """,
        (days, limit),
    )
