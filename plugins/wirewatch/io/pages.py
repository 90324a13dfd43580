"""The pages' table: what was fetched for an entry, and where its bytes are."""

from __future__ import annotations

from typing import Any

from wirewatch.io import postgres
from wirewatch.io.archive import PageRef
from wirewatch.io.http import Response
from wirewatch.io.postgres import Connection


def save(db: Connection, entry_id: int, response: Response, ref: PageRef) -> int:
    """Write what was fetched; the page's key."""
    row = postgres.one(
        db,
        """
        insert into ingest.page (entry_id, fetched_at, url, final_url, status, content_type, charset, bytes,
            archive_file, archive_offset, archive_length, digest)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning id
        """,
        (
            entry_id,
            response.fetched_at,
            response.url,
            response.final_url,
            response.status,
            response.header("content-type"),
            response.charset,
            len(response.body),
            ref.file,
            ref.offset,
            ref.length,
            ref.digest,
        ),
    )
    assert row is not None
    return int(row["id"])


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
