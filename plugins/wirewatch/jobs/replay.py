"""Replay: clean the pages of a past window again, from the archive, off the network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from wirewatch.core.model import Cleaned
from wirewatch.io import ledger, postgres
from wirewatch.io.archive import Archive
from wirewatch.jobs.clean import read_article
from wirewatch.jobs.hints import from_json
from wirewatch.settings import settings

_PAGES = """
select p.*, e.hints, e.url as entry_url, e.disposition, e.reason,
    a.title, a.text, a.authors, a.published_at, a.language
from ingest.page p join ingest.entry e on e.id = p.entry_id left join media.article a on a.id = e.id
where p.fetched_at >= %s and p.fetched_at < %s and e.stage = 'done' and (p.status < 400 or a.id is not null)
    and not exists (select from ingest.page later where later.entry_id = p.entry_id and later.id > p.id)
order by p.id
"""


def compare(dsn: str, since: datetime, until: datetime, run_id: str) -> dict[str, int]:
    """Clean each page fetched in [since, until) again. Counts: pages, equal, different.

    What differs from the stored article is written to ingest.replay_difference, a row a field. Pages that were
    decided by their status alone are left out: there was nothing to clean.
    """
    archive = Archive(settings().archive_url)
    counts = {"pages": 0, "equal": 0, "different": 0}
    with postgres.transaction(dsn) as db:
        found = postgres.rows(db, _PAGES, (since, until))
    for page in found:
        article = read_article(archive, page, from_json(page["hints"]), page["entry_url"])
        differences = _differences(page, article)
        counts["pages"] += 1
        counts["different" if differences else "equal"] += 1
        with postgres.transaction(dsn) as db:
            postgres.insert(
                db,
                "ingest.replay_difference",
                [
                    {
                        "run_id": run_id,
                        "entry_id": page["entry_id"],
                        "field": field,
                        "stored": old,
                        "rebuilt": new,
                    }
                    for field, (old, new) in differences.items()
                ],
                "on conflict (run_id, entry_id, field) do update set stored = excluded.stored, rebuilt = excluded.rebuilt",
            )
    return counts


def put_back(dsn: str, since: datetime, until: datetime, run_id: str) -> int:
    """Put the window's rejected and quarantined entries that have a page back to be cleaned again. How many."""
    with postgres.transaction(dsn) as db:
        waiting = postgres.rows(
            db,
            """
            select distinct e.id, e.disposition from ingest.entry e join ingest.page p on p.entry_id = e.id
            where p.fetched_at >= %s and p.fetched_at < %s and p.status < 400
                and e.disposition in ('rejected', 'quarantined')
            """,
            (since, until),
        )
        for entry in waiting:
            ledger.release(db, entry["id"], run_id)
        return postgres.execute(
            db,
            """
            update ingest.entry set stage = 'fetched', disposition = 'pending', decided_at = null, attempts = 0,
                next_try_at = now(), batch_id = null, reason = 'put back by a replay'
            where id = any(%s)
            """,
            ([entry["id"] for entry in waiting],),
        )


def _differences(page: dict[str, Any], article: Cleaned) -> dict[str, tuple[str | None, str | None]]:
    rejected = article.rejected.value if article.rejected else None
    if page["title"] is None:
        stored = page["reason"].partition(":")[0] if page["disposition"] == "rejected" else page["disposition"]
        return {} if rejected == stored else {"rejected": (stored, rejected)}
    if rejected:
        return {"rejected": (None, rejected)}
    pairs = {
        "title": (page["title"], article.title),
        "text": (page["text"], article.text),
        "authors": ("; ".join(page["authors"]), "; ".join(article.authors)),
        "published": (_iso(page["published_at"]), _iso(article.published)),
        "language": (page["language"], article.language),
    }
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
