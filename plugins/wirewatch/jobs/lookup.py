"""Look up: what is known near each embedded draft of a bucket, found and measured before its turn to be judged comes.

Judging is serial over all workers; searching and comparing, which is most of its work, is not. What was judged between the two
is looked up in turn, so that the verdict is that of one search at the end.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.likeness import likeness
from wirewatch.core.duplicates.lookup import Lookup, together
from wirewatch.io import drafts, known, ledger, lookups, models, postgres, turns
from wirewatch.io.log_context import about
from wirewatch.io.postgres import Connection
from wirewatch.jobs.judging import document_of, mark_of
from wirewatch.settings import settings

log = logging.getLogger(__name__)

_CHUNK = 32


def ahead(dsn: str, batch_id: int, bucket: int) -> int:
    """Look up the bucket's embedded drafts that were not yet, and keep what was found with them. How many.

    One that cannot be looked up is left to be judged without.
    """
    with postgres.transaction(dsn) as db:
        entries = ledger.at_stage(db, batch_id, "embedded", bucket)
        ids = lookups.missing(db, [entry["id"] for entry in entries])
    for start in range(0, len(ids), _CHUNK):
        _look_up(dsn, batch_id, ids[start : start + _CHUNK])
    return len(ids)


def _look_up(dsn: str, batch_id: int, ids: Sequence[int]) -> None:
    found: dict[int, Lookup] = {}
    with postgres.transaction(dsn) as db:
        # One view of the warehouse for the moment and for all searches: nothing that was judged by then is missed.
        postgres.execute(db, "set transaction isolation level repeatable read, read only")
        until = turns.last_moment(db)
        known.prepare_search(db)
        serving = models.serving(db).key
        for entry_id, row in drafts.of(db, ids).items():
            if row["model"] != serving:
                continue
            try:
                with about(entry=entry_id), postgres.savepoint(db):
                    found[entry_id] = _measured(db, row)
            except Exception:
                log.exception("This entry was not looked up ahead: it is, when it is judged.")
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, settings().lease_minutes)
        for entry_id, near in found.items():
            lookups.save(db, entry_id, batch_id, near, until)


def _measured(db: Connection, row: Mapping[str, Any]) -> Lookup:
    near = known.search(db, row, known.Span(settings().window_days))
    mine = Features(document_of(row))
    documents = {key: document for key, (document, _) in known.documents(db, near.keys).items()}
    likenesses = {
        key: (mark_of(document), likeness(mine, Features(document), near.cosine(key)))
        for key, document in documents.items()
    }
    return replace(near, likenesses=likenesses)


def complete(db: Connection, row: Mapping[str, Any]) -> Lookup:
    """What is known near a draft by now: what was looked up ahead, with what was judged since.

    All is looked up now where nothing was, or where something of it has changed: what that kept from being found is not known.
    """
    days, since = settings().window_days, row["looked_up_to"]
    before = lookups.of(row) if since else Lookup()
    if since is None or known.any_changed(db, before.keys, since):
        return replace(known.search(db, row, known.Span(days)), likenesses=before.likenesses)
    return together(before, known.search(db, row, known.Span(days, since=since)))
