"""The pages' table: what was fetched for an entry, and where its bytes are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wirewatch.core.storable import storable
from wirewatch.io import postgres
from wirewatch.io.archive import PageRef
from wirewatch.io.http import Response
from wirewatch.io.postgres import Connection


def save(db: Connection, kept: Sequence[tuple[int, Response, PageRef]]) -> None:
    """Write what was fetched: entry, response, and where its bytes are."""
    postgres.insert(db, "ingest.page", [_row(entry_id, response, ref) for entry_id, response, ref in kept])


def save_one(db: Connection, entry_id: int, response: Response, ref: PageRef) -> int:
    """Write one page; its key."""
    postgres.insert(db, "ingest.page", [_row(entry_id, response, ref)])
    row = postgres.one(db, "select max(id) as id from ingest.page where entry_id = %s", (entry_id,))
    assert row is not None
    return int(row["id"])


def _row(entry_id: int, response: Response, ref: PageRef) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "fetched_at": response.fetched_at,
        "url": response.url,
        "final_url": response.final_url,
        "status": response.status,
        "content_type": storable(response.header("content-type") or "") or None,
        "charset": storable(response.charset or "") or None,
        "bytes": len(response.body),
        "archive_file": ref.file,
        "archive_offset": ref.offset,
        "archive_length": ref.length,
        "digest": ref.digest,
    }


def latest(db: Connection, entry_id: int) -> dict[str, Any] | None:
    """The newest page of an entry, or None where the feed's own text stands in."""
    return postgres.one(
        db,
        "select * from ingest.page where entry_id = %s order by fetched_at desc, id desc limit 1",
        (entry_id,),
    )


def reference(page: dict[str, Any]) -> PageRef:
    """Where a page's bytes are."""
    return PageRef(page["archive_file"], page["archive_offset"], page["archive_length"], page["digest"])
