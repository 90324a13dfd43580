"""Addresses of the Newsroom's routes that exist in a warehouse which has taken the press in."""

from __future__ import annotations

import re

from wirewatch.io import postgres
from wirewatch.web import assets


def existing(dsn: str) -> dict[str, object]:
    """A value for each parameter of a route's path: of an article that is a copy, a run, a stylesheet, and so on."""
    with postgres.transaction(dsn) as db:
        copy = postgres.one(
            db, "select article_id, story_id from media.duplicate join media.article on id = article_id"
        )
        run = postgres.one(db, "select run_id from ingest.batch")
    assert copy
    assert run
    dag_id, _, run_id = run["run_id"].partition("/")
    return {
        "article_id": copy["article_id"], "story_id": copy["story_id"], "feed_id": 1, "entry_id": 1, "action_id": 1,
        "watchlist": "leaders", "delivery_id": 1, "dag_id": dag_id, "run_id:path": run_id or run["run_id"],
        "path:path": "nowhere", "digest": assets.address("newsroom.css").split("/")[1], "name": "newsroom.css",
        "form": "csv", "kind": "watchlist", "key:path": "leaders",
    }  # fmt: skip


def address(route: str, values: dict[str, object]) -> str:
    """The path of a route with its parameters filled in."""
    return re.sub(r"\{([^}]+)\}", lambda hole: str(values[hole[1]]), route)
