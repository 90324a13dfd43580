"""Volume over time: articles and independent reports by hour or day, by topic or by source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time that ends now, cut into steps: `step` is hour or day, `steps` how many of them."""

    step: str
    steps: int
    words: str


STRETCHES = {
    "day": Stretch("hour", 24, "the last 24 hours, by hour"),
    "fortnight": Stretch("day", 14, "the last 14 days, by day"),
    "quarter": Stretch("day", 90, "the last 90 days, by day"),
}
"""The stretches that a page offers, by name."""
_GROUPS = {
    "topic": """
        select x.name, a.first_seen_at, a.is_copy from seen a
        join media.current_topic t on t.article_id = a.id and t.level = 1 join media.topic x using (qcode)
    """,
    "source": "select s.name, a.first_seen_at, a.is_copy from seen a join media.source s on s.id = a.source_id",
}
GROUPS = tuple(_GROUPS)
"""What volume can be split by."""


def volume(db: Connection, stretch: Stretch, group: str) -> list[dict[str, Any]]:
    """Rows of name, at (start of the step, UTC), articles, independent: only steps in which there are any."""
    return postgres.rows(
        db,
        f"""
        with seen as (
            select id, source_id, first_seen_at, duplicate_of is not null or duplicate_of_seed is not null as is_copy
            from media.article
            where first_seen_at >= date_trunc(%(step)s, now(), 'UTC') - (%(steps)s - 1) * ('1 ' || %(step)s)::interval
        ), named as ({_GROUPS[group]})
        select name, date_trunc(%(step)s, first_seen_at, 'UTC') as at,
            count(*)::int as articles, count(*) filter (where not is_copy)::int as independent
        from named group by 1, 2 order by 2, 1
        """,  # noqa: S608  (a constant of this module)
        {"step": stretch.step, "steps": stretch.steps},
    )


def steps(db: Connection, stretch: Stretch) -> list[datetime]:
    """The starts of the stretch's steps (UTC), oldest first; the last is the one that is running."""
    found = postgres.rows(
        db,
        """
        select generate_series(date_trunc(%(step)s, now(), 'UTC') - (%(steps)s - 1) * ('1 ' || %(step)s)::interval,
            date_trunc(%(step)s, now(), 'UTC'), ('1 ' || %(step)s)::interval) as at
        """,
        {"step": stretch.step, "steps": stretch.steps},
    )
    return [row["at"] for row in found]
