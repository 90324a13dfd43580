"""Articles read for a file: by filters or from a change's cursor on, streamed by the server, in one snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2.extras

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

_FETCH = 500
"""Rows that are asked of the server at a time: what an export holds in memory, whatever its length."""

_ROWS = """
    select {what_happened} a.id, a.first_seen_at, a.published_at, a.loaded_at, s.name as source, s.host, a.title, a.authors,
        a.language, a.words,
        case when a.duplicate_of is not null then 'copy of an article'
            when a.duplicate_of_seed is not null then 'copy of a seed' else 'original' end as kind,
        a.duplicate_of as copy_of, seed.name as copy_of_seed, d.rung, d.score, coalesce(o.title, seed.title) as copied_title,
        a.story_id, st.title as story,
        (select array_agg(x.name order by x.score desc, x.name) from media.current_topic x where x.article_id = a.id) as topics,
        (select array_agg(distinct m.name order by m.name) from media.mention m where m.article_id = a.id) as mentions,
        a.state, a.version, a.url {text}
    from {articles}
    join media.source s on s.id = a.source_id
    left join media.duplicate d on d.article_id = a.id
    left join media.article o on o.id = a.duplicate_of
    left join media.seed seed on seed.id = a.duplicate_of_seed
    left join media.story st on st.id = a.story_id
    where {filters}
    order by {order}
"""
_CHANGED = """
    (select distinct on (article_id) article_id, cursor, kind, changed_at from media.change
     where cursor > %(after)s order by article_id, cursor desc) c
    join media.article a on a.id = c.article_id
"""
_FILTERS = {
    "since": "a.first_seen_at >= %(since)s",
    "until": "a.first_seen_at < %(until)s",
    "source": "a.source_id in (select id from media.source where host = %(source)s or lower(name) = lower(%(source)s))",
    "source_id": "a.source_id = %(source_id)s",
    "topic": """a.id in (select x.article_id from media.current_topic x
        where x.qcode in (select qcode from media.topic where qcode = %(topic)s or lower(name) = lower(%(topic)s)))""",
    "watchlist": "a.id in (select m.article_id from media.mention m where m.watchlist = %(watchlist)s)",
    "name": "a.id in (select m.article_id from media.mention m where m.name = %(name)s)",
    "language": "a.language = %(language)s",
    "kind": "(%(kind)s = 'copy') = (a.duplicate_of is not null or a.duplicate_of_seed is not null)",
    "story": "a.story_id = %(story)s",
}


class NothingOfThatName(ValueError):
    """A filter names a topic, source, watchlist or story that the warehouse does not have."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles: those that fit every filter that is given.

    `since` and `until` (before it) are of first sight; `topic` a name or code, `source` a name or host, `kind` original or copy.
    `after` is a cursor of media.change: only what happened since, each article once with the last that happened to it.
    """

    since: datetime | None = None
    until: datetime | None = None
    topic: str | None = None
    source: str | None = None
    source_id: int | None = None
    watchlist: str | None = None
    name: str | None = None
    language: str | None = None
    kind: str | None = None
    story: int | None = None
    after: int | None = None

    def given(self) -> dict[str, Any]:
        """The filters that are given, by name."""
        found = {name: getattr(self, name) for name in _FILTERS}
        return {name: value for name, value in found.items() if value is not None}


def freeze(db: Connection) -> int:
    """See the warehouse as it is now until the transaction ends, and change nothing. The newest cursor of media.change.

    Cursors are given in the order of commit (see io.corrections), so nothing can appear below it later.
    """
    postgres.execute(db, "set transaction isolation level repeatable read, read only")
    row = postgres.one(db, "select coalesce(max(cursor), 0) as newest from media.change")
    assert row is not None
    return int(row["newest"])


def check(db: Connection, chosen: Selection) -> None:
    """NothingOfThatName where a filter can find nothing, because what it names is not there."""
    known = {
        "topic": ("select from media.topic where qcode = %s or lower(name) = lower(%s)", 2),
        "source": ("select from media.source where host = %s or lower(name) = lower(%s)", 2),
        "watchlist": ("select from media.watchlist where name = %s", 1),
        "story": ("select from media.story where id = %s", 1),
    }
    for name, (query, times) in known.items():
        value = getattr(chosen, name)
        if value is not None and postgres.one(db, f"select exists ({query}) as there", (value,) * times) == {
            "there": False
        }:
            message = f"There is no {name} “{value}”: the table media.{name} has them all."
            raise NothingOfThatName(message)


def count(db: Connection, chosen: Selection) -> int:
    """How many articles a selection has."""
    articles = _CHANGED if chosen.after is not None else "media.article a"
    row = postgres.one(db, f"select count(*)::int as n from {articles} where {_where(chosen)}", _values(chosen))  # noqa: S608  (constants)
    assert row is not None
    return int(row["n"])


def stream(
    db: Connection, chosen: Selection, *, text: bool = False, newest: int | None = None
) -> Iterator[dict[str, Any]]:
    """The articles of a selection, oldest first, or in the order of what happened to them; columns as in core.export.

    The server keeps the result and hands it out in pieces. `newest`: only so many, the newest first.
    """
    changes = chosen.after is not None
    order = "c.cursor" if changes else "a.first_seen_at, a.id" if newest is None else "a.first_seen_at desc, a.id desc"
    query = _ROWS.format(
        what_happened="c.cursor, c.kind as change, c.changed_at," if changes else "",
        text=", a.text" if text else "",
        articles=_CHANGED if changes else "media.article a",
        filters=_where(chosen),
        order=order + ("" if newest is None else f" limit {newest:d}"),
    )
    with db.cursor(name="export", cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.itersize = _FETCH
        postgres.run(cursor, query, _values(chosen))
        for row in cursor:
            yield dict(row)


def _where(chosen: Selection) -> str:
    return " and ".join(_FILTERS[name] for name in chosen.given()) or "true"


def _values(chosen: Selection) -> dict[str, Any]:
    return {**chosen.given(), "after": chosen.after}
