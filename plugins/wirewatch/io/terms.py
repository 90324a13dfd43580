"""The terms' table: in how many judged articles each word occurred."""

from __future__ import annotations

from collections.abc import Collection

from wirewatch.core.stories import Commonness
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

_ALL = ""


def commonness(db: Connection, terms: Collection[str]) -> Commonness:
    """How common these words are among the articles judged so far."""
    found = postgres.rows(db, "select term, articles from ingest.term where term = any(%s)", ([_ALL, *sorted(terms)],))
    articles = {row["term"]: int(row["articles"]) for row in found}
    return Commonness(articles.pop(_ALL, 0), articles)


def count(db: Connection, terms: Collection[str]) -> None:
    """Count one article more that has these words. Judging is serial, so no two count at once."""
    postgres.execute(
        db,
        """
        insert into ingest.term as t (term, articles) select word, 1 from unnest(%s::text[]) as word
        on conflict (term) do update set articles = t.articles + 1
        """,
        ([_ALL, *sorted(terms)],),
    )
