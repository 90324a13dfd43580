"""Topics and watchlists: their files in seeds/, their tables, and the tagger and matcher made of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from psycopg2.extras import Json

from wirewatch.core.topics.head import Head
from wirewatch.core.watchlist_file import parse_watchlists
from wirewatch.core.watchlists import Entry, Matcher, Watchlist
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


class TaxonomyMissing(RuntimeError):
    """The files of seeds/topics are not there."""


def concepts(seeds: Path) -> list[dict[str, Any]]:
    """The IPTC Media Topics as `seeds`/topics has them."""
    path = seeds / "topics" / "iptc-mediatopics.json"
    if not path.exists():
        message = f"{path} is missing: `git checkout -- seeds/topics` brings it back."
        raise TaxonomyMissing(message)
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["concepts"]
    return found


def head(seeds: Path) -> Head:
    """The topic head that is shipped in `seeds`/topics."""
    path = seeds / "topics" / "head.npz"
    if not path.exists():
        message = (
            f"{path} is missing: `git checkout -- seeds/topics`, or `wirewatch train-topics DATA`, brings it back."
        )
        raise TaxonomyMissing(message)
    return Head.load(path)


def store_topics(db: Connection, seeds: Path) -> int:
    """Write the topics; how many."""
    rows = [
        {
            "qcode": concept["id"],
            "name": concept["label"],
            "definition": concept["definition"] or "",
            "level": concept["level"],
            "parent": concept["parent"],
            "top": concept["top"],
        }
        for concept in concepts(seeds)
    ]
    return postgres.insert(
        db,
        "media.topic",
        rows,
        """
        on conflict (qcode) do update set name = excluded.name, definition = excluded.definition,
            level = excluded.level, parent = excluded.parent, top = excluded.top
        """,
    )


def read_watchlists(path: Path) -> list[Watchlist]:
    """The watchlists of a YAML file; none where there is no file. WatchlistError names the line that is wrong."""
    return parse_watchlists(path.read_text(encoding="utf-8"), path.name) if path.exists() else []


def store_watchlists(db: Connection, watchlists: list[Watchlist]) -> int:
    """Write the watchlists in place of those that are there; how many."""
    postgres.execute(
        db,
        "delete from media.watchlist where not name = any(%s)",
        ([watchlist.name for watchlist in watchlists],),
    )
    return postgres.insert(
        db,
        "media.watchlist",
        [{"name": watchlist.name, "definition": Json(asdict(watchlist))} for watchlist in watchlists],
        """
        on conflict (name) do update set definition = excluded.definition,
            updated_at = case when media.watchlist.definition = excluded.definition then media.watchlist.updated_at else now() end
        """,
    )


def matcher(db: Connection) -> Matcher:
    """The matcher of all watchlists in the warehouse."""
    found = postgres.rows(db, "select definition from media.watchlist order by name")
    return Matcher([_watchlist(row["definition"]) for row in found])


def _watchlist(definition: dict[str, Any]) -> Watchlist:
    entries = tuple(Entry(**{**entry, "aliases": tuple(entry.get("aliases", ()))}) for entry in definition["entries"])
    return Watchlist(**{**definition, "entries": entries})
