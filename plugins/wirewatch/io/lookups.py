"""Lookups kept with drafts, from when they are embedded until they are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg2.extras import Json

from wirewatch.core.duplicates.likeness import Comparison, Likeness
from wirewatch.core.duplicates.lookup import Lookup
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


def missing(db: Connection, ids: Sequence[int]) -> list[int]:
    """Those of these entries whose drafts have no lookup."""
    found = postgres.rows(
        db,
        "select entry_id from ingest.draft where entry_id = any(%s) and looked_up_to is null order by entry_id",
        (list(ids),),
    )
    return [row["entry_id"] for row in found]


def save(db: Connection, entry_id: int, batch_id: int, lookup: Lookup, until: datetime) -> bool:
    """Keep a draft's lookup, which knows of all judgments `until` then.

    False, and nothing is kept, where the entry is not the batch's any more: the draft may be another one by now.
    """
    kept = postgres.execute(
        db,
        """
        update ingest.draft d set lookup = %s, looked_up_to = %s from ingest.entry e
        where d.entry_id = %s and e.id = d.entry_id and e.batch_id = %s and e.stage = 'embedded'
        """,
        (Json(asdict(lookup)), until, entry_id, batch_id),
    )
    return kept == 1


def of(row: Mapping[str, Any]) -> Lookup:
    """The lookup of a draft's row that has one."""
    kept = row["lookup"]
    return Lookup(
        at_address=tuple(kept["at_address"]),
        same_words=tuple(kept["same_words"]),
        worded=kept["worded"],
        nearest=kept["nearest"],
        cosines=kept["cosines"],
        likenesses={key: (mark, _likeness(one)) for key, (mark, one) in kept["likenesses"].items()},
    )


def _likeness(kept: Mapping[str, Any]) -> Likeness:
    measures = kept["measures"]
    return Likeness(kept["same"], kept["few"], kept["shingles"], Comparison(**measures) if measures else None)
