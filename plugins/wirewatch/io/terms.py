"""The terms' table: in how many judged articles each word occurred."""

from __future__ import annotations

from collections.abc import Collection

from wirewatch.core.stories import Commonness
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

_ALL = ""


def commonness(db: Connection, terms: Collection[str], language: str | None) -> Commonness:
    """How common these words are among the articles of a language that were judged so far.

    Over all languages the commonest words of a rarer one would pass for rare, and all its articles for one story.
    """
    found = postgres.rows(
        db,
        "select term, articles from ingest.term where language = %s and term = any(%s)",
        (language or "", [_ALL, *sorted(terms)]),
    )
    articles = {row["term"]: int(row["articles"]) for row in found}
    return Commonness(articles.pop(_ALL, 0), articles)


def count(db: Connection, terms: Collection[str], language: str | None) -> None:
    """Count one article more of a language that has these words. Judging is serial, so no two count at once."""
    postgres.execute(
        db,
        """
        insert into ingest.term as t (language, term, articles) select %s, word, 1 from unnest(%s::text[]) as word
        on conflict (language, term) do update set articles = t.articles + 1
        """,
        (language or "", [_ALL, *sorted(terms)]),
    )
