"""What came in, in a line and in a table, for people at a terminal."""

from __future__ import annotations

from wirewatch.io import ledger, postgres


def summary_line(dsn: str) -> str:
    """The ledger in one line: what became of what was discovered, and the newest article."""
    with postgres.transaction(dsn) as db:
        counts = ledger.funnel(db)
        newest = postgres.one(
            db,
            """
            select s.name, a.title from media.article a join media.source s on s.id = a.source_id
            order by a.loaded_at desc, a.id desc limit 1
            """,
        )
        failing = postgres.one(
            db,
            "select count(*)::int as n from ingest.source_health where state in ('failing', 'gone', 'held')",
        )
    line = (
        f"{counts['discovered']} discovered = {counts['loaded']} loaded + {counts['duplicate']} copies"
        f" + {counts['rejected']} rejected + {counts['quarantined']} in quarantine + {counts['pending']} on their way"
    )
    if failing and failing["n"]:
        line += f" · {failing['n']} feeds do not answer"
    if newest:
        line += f" · newest: {newest['title'][:60]} ({newest['name']})"
    return line


def funnel(dsn: str) -> dict[str, int]:
    """The whole ledger by disposition, with discovered as their sum."""
    with postgres.transaction(dsn) as db:
        return ledger.funnel(db)


def why(dsn: str, url: str) -> list[dict[str, object]]:
    """media.why for an address: one row, as the view gives it."""
    with postgres.transaction(dsn) as db:
        return postgres.rows(db, "select * from media.why(%s)", (url,))
