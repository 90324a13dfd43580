"""The watchlists' tables: what the file says, what people made of it on the page, every version, and their mentions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg2.extras import Json

from wirewatch.core.model import Mention
from wirewatch.core.watchlist_file import parse_watchlists
from wirewatch.core.watchlists import About, Entry, Matcher, Watchlist
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

FILE = "watchlists.yaml"


class WatchlistChanged(RuntimeError):
    """Somebody else changed the list while one was editing it."""


def read(path: Path) -> list[Watchlist]:
    """The watchlists of a YAML file; none where there is no file. WatchlistError names the line that is wrong."""
    return parse_watchlists(path.read_text(encoding="utf-8"), path.name) if path.exists() else []


def store_file(db: Connection, watchlists: Sequence[Watchlist]) -> dict[str, int]:
    """Bring the lists that the file holds to what it says. Counts: watchlists, changed, removed, conflicts.

    A list that was edited on the page stays as it is there. Where the file says something new of such a list, that is
    a conflict: it is written down, and the page asks which of the two shall hold.
    """
    counts = {"watchlists": len(watchlists), "changed": 0, "removed": 0, "conflicts": 0}
    known = {row["name"]: row for row in postgres.rows(db, "select * from media.watchlist order by name for update")}
    for watchlist in watchlists:
        definition, row = as_json(watchlist), known.pop(watchlist.name, None)
        if row is not None and row["origin"] == "page":
            counts["conflicts"] += _keep_out(db, row, definition)
        elif row is None or row["definition"] != definition or row["removed_at"] is not None:
            _write(db, watchlist.name, definition, "loaded", FILE, origin="file")
            counts["changed"] += 1
        postgres.execute(
            db,
            "update media.watchlist set file_definition = %s where name = %s",
            (Json(definition), watchlist.name),
        )
    for row in known.values():
        postgres.execute(db, "update media.watchlist set file_definition = null where name = %s", (row["name"],))
        if row["origin"] == "file" and row["removed_at"] is None:
            _write(db, row["name"], row["definition"], "removed", FILE, origin="file")
            counts["removed"] += 1
    return counts


def _keep_out(db: Connection, row: dict[str, Any], definition: dict[str, Any]) -> bool:
    """Whether the file now contradicts the page, since this load or before."""
    if definition == row["definition"] and row["removed_at"] is None:
        postgres.execute(db, "update media.watchlist set conflict_at = null where name = %s", (row["name"],))
        return False
    if definition != row["file_definition"]:
        postgres.execute(
            db,
            "update media.watchlist set conflict_at = coalesce(conflict_at, now()) where name = %s",
            (row["name"],),
        )
        return True
    return row["conflict_at"] is not None


def save(db: Connection, watchlist: Watchlist, who: str, *, seen: int) -> int:
    """Write a person's edit as a new version; its number. `seen` is the version that they edited, 0 for a new list.

    WatchlistChanged where there is another version since, or a list of that name already.
    """
    return _edit(db, watchlist.name, as_json(watchlist), "edited", who, seen=seen)


def remove(db: Connection, name: str, who: str, *, seen: int) -> int:
    """Watch the list no more; its versions stay. The new version's number."""
    row = _locked(db, name)
    return _edit(db, name, row["definition"] if row else {}, "removed", who, seen=seen)


def restore(db: Connection, name: str, version: int, who: str, *, seen: int) -> int:
    """Let an earlier version serve again, as a new one; its number. WatchlistChanged where there is none."""
    row = postgres.one(
        db,
        "select definition from media.watchlist_version where watchlist = %s and version = %s",
        (name, version),
    )
    if row is None:
        message = f"Watchlist “{name}” has no version {version}."
        raise WatchlistChanged(message)
    return _edit(db, name, row["definition"], "restored", who, seen=seen)


def take_file(db: Connection, name: str, who: str, *, seen: int) -> int:
    """Let the file's word hold again, from now on too; the new version's number."""
    row = _locked(db, name)
    if row is None or row["file_definition"] is None:
        message = f"The file has no watchlist “{name}”: add it there, or keep the page's."
        raise WatchlistChanged(message)
    return _edit(db, name, row["file_definition"], "restored", who, seen=seen, origin="file")


def _edit(
    db: Connection, name: str, definition: dict[str, Any], action: str, who: str, *, seen: int, origin: str = "page"
) -> int:
    row = _locked(db, name)
    if (row["version"] if row else 0) != seen:
        message = (
            f"Watchlist “{name}” was changed meanwhile by {row['changed_by']} (version {row['version']}): "
            "look at that version, then make your change again."
            if row
            else f"There is no watchlist “{name}” any more."
        )
        raise WatchlistChanged(message)
    return _write(db, name, definition, action, who, origin=origin)


def _locked(db: Connection, name: str) -> dict[str, Any] | None:
    return postgres.one(db, "select * from media.watchlist where name = %s for update", (name,))


def _write(db: Connection, name: str, definition: dict[str, Any], action: str, who: str, *, origin: str) -> int:
    row = postgres.one(
        db,
        """
        insert into media.watchlist as w (name, definition, origin, changed_by, removed_at)
        values (%(name)s, %(definition)s, %(origin)s, %(who)s, case when %(action)s = 'removed' then now() end)
        on conflict (name) do update set definition = excluded.definition, origin = excluded.origin,
            changed_by = excluded.changed_by, removed_at = excluded.removed_at, version = w.version + 1,
            updated_at = now(), conflict_at = null
        returning version
        """,
        {"name": name, "definition": Json(definition), "origin": origin, "who": who, "action": action},
    )
    assert row is not None
    postgres.insert(
        db,
        "media.watchlist_version",
        [
            {
                "watchlist": name,
                "version": row["version"],
                "action": action,
                "definition": Json(definition),
                "made_by": who,
            }
        ],
    )
    return int(row["version"])


def listing(db: Connection) -> list[dict[str, Any]]:
    """Every list with how much it holds and found, those that were removed last."""
    return postgres.rows(
        db,
        """
        select w.*, coalesce(jsonb_array_length(w.definition -> 'entries'), 0) as entries, coalesce(found.articles, 0) as articles
        from media.watchlist w
        left join (
            select m.watchlist, count(distinct m.article_id)::int as articles
            from media.mention m join media.article a on a.id = m.article_id
            where a.first_seen_at > now() - interval '30 days' group by 1
        ) found on found.watchlist = w.name
        order by w.removed_at is not null, w.name
        """,
    )


def one(db: Connection, name: str) -> dict[str, Any] | None:
    """One list's row."""
    return postgres.one(db, "select * from media.watchlist where name = %s", (name,))


def versions(db: Connection, name: str) -> list[dict[str, Any]]:
    """Every version of a list, the newest first."""
    return postgres.rows(
        db, "select * from media.watchlist_version where watchlist = %s order by version desc", (name,)
    )


def serving(db: Connection) -> list[Watchlist]:
    """The watchlists that are watched."""
    found = postgres.rows(db, "select definition from media.watchlist where removed_at is null order by name")
    return [from_json(row["definition"]) for row in found]


def matcher(db: Connection) -> Matcher:
    """The matcher of all watchlists that are watched."""
    return Matcher(serving(db))


def as_json(watchlist: Watchlist) -> dict[str, Any]:
    """A watchlist as the tables hold it."""
    made: dict[str, Any] = json.loads(json.dumps(asdict(watchlist)))
    return made


def from_json(definition: dict[str, Any]) -> Watchlist:
    """A watchlist out of the tables, also one that an earlier release wrote."""
    entries = tuple(Entry(**_tuples(entry)) for entry in definition["entries"])
    return Watchlist(**{**_tuples(definition), "entries": entries})


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}


def known_topics(db: Connection) -> dict[str, str]:
    """Every topic's code and name, casefolded, with the name as it is spelt."""
    found = postgres.rows(db, "select qcode, name from media.topic")
    return {word.casefold(): row["name"] for row in found for word in (row["qcode"], row["name"])}


def unapplied(db: Connection) -> list[dict[str, Any]]:
    """The lists whose present version the articles have not been matched with: name, version, updated_at, definition."""
    return postgres.rows(
        db,
        """
        select name, version, updated_at, definition, removed_at is not null as is_removed
        from media.watchlist where applied_version < version order by name
        """,
    )


def applied(db: Connection, name: str, version: int) -> bool:
    """Write down that the articles are matched with a version of a list.

    False, and nothing written, while a run is under way that may have matched its articles with an earlier one.
    """
    return bool(
        postgres.execute(
            db,
            """
            update media.watchlist w set applied_version = %s
            where w.name = %s and not exists (
                select from ingest.batch b join ingest.entry e on e.batch_id = b.id
                where b.finished_at is null and b.claimed_at < w.updated_at and e.stage in ('judged', 'tagged'))
            """,
            (version, name),
        )
    )


def articles(db: Connection, since: datetime, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Articles first seen since then, the newest first, from below the key `before`: what a matcher asks for."""
    return postgres.rows(
        db,
        """
        select a.id, a.title, a.text, a.language, a.first_seen_at, s.host, s.name as source,
            array(select unnest(array[t.qcode, t.name]) from media.current_topic t where t.article_id = a.id) as topics
        from media.article a join media.source s on s.id = a.source_id
        where a.first_seen_at >= %s and (%s::bigint is null or a.id < %s) order by a.id desc limit %s
        """,
        (since, before, before, limit),
    )


def days_ago(db: Connection, days: float) -> datetime:
    """The time so many days ago, by the warehouse's clock."""
    row = postgres.one(db, "select now() - %s * interval '1 day' as at", (days,))
    assert row is not None
    found: datetime = row["at"]
    return found


def about_of(db: Connection, article_id: int, language: str | None) -> About:
    """What a matcher may know of an article, whose language is given."""
    row = postgres.one(
        db,
        """
        select s.host, array(
            select unnest(array[t.qcode, t.name]) from media.current_topic t where t.article_id = a.id) as topics
        from media.article a join media.source s on s.id = a.source_id where a.id = %s
        """,
        (article_id,),
    )
    return about({**(row or {"host": "", "topics": []}), "language": language})


def about(row: dict[str, Any]) -> About:
    """What a matcher may know of an article, out of a row that has host, language and topics."""
    return About(row["host"], row["language"], tuple(row["topics"]))


def replace_mentions(db: Connection, names: Sequence[str], found: dict[int, list[Mention]]) -> None:
    """Put what was found in each article in place of the mentions that it has of these lists."""
    ids = list(found)
    postgres.execute(db, "select from media.article where id = any(%s) for share", (ids,))
    had = postgres.rows(
        db,
        "select distinct watchlist, article_id from media.mention where watchlist = any(%s) and article_id = any(%s)",
        (list(names), ids),
    )
    known = {(row["watchlist"], row["article_id"]) for row in had}
    postgres.execute(
        db, "delete from media.mention where watchlist = any(%s) and article_id = any(%s)", (list(names), ids)
    )
    insert_mentions(db, found)
    new = {(m.watchlist, article_id) for article_id, mentions in found.items() for m in mentions} - known
    postgres.insert(
        db,
        "media.watchlist_rematch",
        [{"watchlist": name, "article_id": article_id} for name, article_id in sorted(new)],
        "on conflict do nothing",
    )


def insert_mentions(db: Connection, found: dict[int, list[Mention]]) -> int:
    """Write the mentions of articles, by their key."""
    return postgres.insert(
        db,
        "media.mention",
        [
            {
                "article_id": article_id,
                "watchlist": mention.watchlist,
                "name": mention.name,
                "alias": mention.alias,
                "field": mention.field,
                "start_at": mention.start,
                "end_at": mention.end,
            }
            for article_id, mentions in found.items()
            for mention in mentions
        ],
        "on conflict do nothing",
    )


def forget(db: Connection, name: str) -> int:
    """Drop every mention of a list that is watched no more."""
    return postgres.execute(db, "delete from media.mention where watchlist = %s", (name,))
