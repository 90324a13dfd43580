"""Replay: a past window taken through the flow again from the archive, off the network, and held against what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from wirewatch.core.replay import Difference, Kind, Maker, Row, differences, digest, digest_of_all
from wirewatch.io import ledger, makers, models, postgres, replays, taxonomy, watchlists
from wirewatch.io.archive import Archive
from wirewatch.jobs.failures import sentence
from wirewatch.jobs.judging import criteria
from wirewatch.jobs.past_stories import PastStories
from wirewatch.jobs.rebuild import Tools, rebuild
from wirewatch.settings import settings

_CHUNK = 32
_MOST_BEFORE = 50_000
"""The states of stories are made again from all articles before the window, as long as these are no more."""


@dataclass(slots=True)
class _Tally:
    """What a replay has found so far."""

    pages: int = 0
    different: int = 0
    unreadable: int = 0
    stored: list[str] = field(default_factory=list)
    rebuilt: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, stored: Row, rebuilt: Row, found: list[Difference]) -> None:
        """Count an entry in."""
        if "title" in stored:
            self.left_out.update(
                name for name in ("address", "vector", "copy", "topics", "story") if name not in stored
            )
        self.pages += 1
        self.different += bool(found)
        self.unreadable += any(one.kind is Kind.UNREADABLE for one in found)
        self.stored.append(digest(stored))
        self.rebuilt.append(digest(rebuilt))


def compare(dsn: str, since: datetime, until: datetime, run_id: str, most: int | None = None) -> dict[str, Any]:
    """Rebuild what was fetched in [since, until) (with `most`, a sample of it): text, verdict of copy, story, topics, names.

    Counts pages, equal, different, unreadable; the digests of what is stored and rebuilt, equal where all rows are; the
    result in a sentence. What differs is in ingest.replay_difference, a row a field, with its reason; the replay in
    ingest.replay. Vectors, and scores that hang on them, are the same up to their last digits.
    """
    chosen = settings()
    with postgres.transaction(dsn) as db:
        model = models.serving(db)
        maker = makers.present(model.name)
        ids = replays.entries(db, since, until, most)
        kept = replays.count_before(db, until) <= _MOST_BEFORE
        tagger = taxonomy.tagger(db, chosen.seeds)
        tools = Tools(
            dsn=dsn,
            archive=Archive(chosen.archive_url),
            tagger=tagger,
            matcher=watchlists.matcher(db),
            model=model.key,
            model_name=model.name,
            criteria=criteria(),
            stories=PastStories(dsn) if kept else None,
        )
        replays.begin(db, run_id, since=since, until=until, maker_id=makers.key(db, maker), sampled=most is not None)
    tally = _Tally()
    for start in range(0, len(ids), _CHUNK):
        _compare_chunk(tools, ids[start : start + _CHUNK], replace(maker, tagger=tagger.version), run_id, tally)
    with postgres.transaction(dsn) as db:
        stored, rebuilt = digest_of_all(tally.stored), digest_of_all(tally.rebuilt)
        result = replays.end(
            db, run_id, pages=tally.pages, different=tally.different, unreadable=tally.unreadable, stored=stored, rebuilt=rebuilt,
            left_out=", ".join(f"{name} of {number} articles" for name, number in sorted(tally.left_out.items())),
        )  # fmt: skip
    return {
        "pages": tally.pages,
        "equal": tally.pages - tally.different,
        "different": tally.different,
        "unreadable": tally.unreadable,
        "stored_digest": stored,
        "rebuilt_digest": rebuilt,
        "result": result,
    }


def _compare_chunk(tools: Tools, ids: list[int], maker: Maker, run_id: str, tally: _Tally) -> None:
    with postgres.transaction(tools.dsn) as db:
        rows = replays.stored(db, ids)
        known = makers.all_of(db)
    chunk = [rows[key] for key in ids]
    found: list[tuple[int, Difference]] = []
    for row, outcome in zip(chunk, rebuild(tools, chunk), strict=True):
        if isinstance(outcome, Exception):
            differs = [Difference("page", "in the archive", None, Kind.UNREADABLE, sentence(outcome))]
            tally.add({"page": "in the archive"}, {"page": None}, differs)
        else:
            differs = list(_differences(row, *outcome, known, maker))
            tally.add(*outcome, differs)
        found += [(row["id"], one) for one in differs]
    with postgres.transaction(tools.dsn) as db:
        replays.note(db, run_id, found)


def _differences(
    row: dict[str, Any], stored: Row, rebuilt: Row, known: dict[int, Maker], maker: Maker
) -> Iterator[Difference]:
    made_by = known.get(row["maker_id"])
    lists_at, loaded_at = row["watchlists_at"], row["loaded_at"]
    yield from differences(
        stored,
        rebuilt,
        made_by=replace(made_by, tagger=row["tagger"] or "") if made_by else None,
        rebuilt_by=maker,
        watchlists_changed=bool(lists_at and loaded_at and lists_at > loaded_at),
    )


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
