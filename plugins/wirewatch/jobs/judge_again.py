"""Judge again: which verdicts of a past window would be others by other criteria or by another model, and making them so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from wirewatch.core.duplicates.features import Features
from wirewatch.core.model import Verdict
from wirewatch.io import known, makers, models, postgres, rejudged, turns
from wirewatch.io.articles import name_of
from wirewatch.jobs import renewal
from wirewatch.jobs.judging import Criteria, Judgment, criteria, document_of, verdict_on
from wirewatch.settings import settings

log = logging.getLogger(__name__)

_CHUNK = 100
Row = dict[str, Any]


class OtherCriteria(ValueError):
    """The past would be judged by other criteria than what comes in."""


@dataclass(frozen=True, slots=True)
class Change:
    """An article whose verdict is another one: the keys of what it is held to copy, and of what it would be (None: nothing).

    `of` is the latter's name, or that of the former where nothing would be copied.
    """

    article_id: int
    title: str
    source: str
    before: str | None
    after: str | None
    of: str
    rung: str | None
    score: float
    threshold: float

    @property
    def kind(self) -> str:
        """ "copy": nothing was copied before; "original": nothing is any more; "other": something else is."""
        if self.before is None:
            return "copy"
        return "original" if self.after is None else "other"


@dataclass(slots=True)
class Outcome:
    """How many articles were judged again, and whose verdicts are others."""

    articles: int = 0
    changes: list[Change] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many changes are of a kind."""
        return sum(change.kind == kind for change in self.changes)

    def as_counts(self) -> dict[str, int]:
        """The outcome as numbers: articles, copy, original, other."""
        kinds = {kind: self.count(kind) for kind in ("copy", "original", "other")}
        return {"articles": self.articles, **kinds}


def compare(
    dsn: str,
    ids: Sequence[int],
    *,
    strictness: float | None = None,
    model: str | None = None,
    progress: Callable[[int], None] = lambda _number: None,
) -> Outcome:
    """Judge these articles once more, in the order of `ids`, by what was known when they were, and write nothing.

    By the criteria that are set, or with another strictness, or by another model whose vectors are there (its key). A
    verdict that would be another one holds for what is judged after it. `progress` is told how many articles more are done.
    """
    on = criteria() if strictness is None else replace(criteria(), strictness=strictness)
    verdicts: dict[str, str | None] = {}
    on = replace(on, verdicts=verdicts)
    outcome = Outcome()
    for row in _rows(dsn, ids, model):
        with postgres.transaction(dsn) as db:
            postgres.execute(db, "set transaction read only")
            _, judged = _judged(db, row, on)
            verdict = judged.verdict
            if row["copy_of"] != verdict.duplicate_of:
                verdicts[f"article:{row['entry_id']}"] = verdict.duplicate_of
                outcome.changes.append(_change(db, row, verdict))
        outcome.articles += 1
        progress(1)
    return outcome


def apply(dsn: str, ids: Sequence[int], run_id: str, progress: Callable[[int], None] = lambda _number: None) -> Outcome:
    """Judge these articles once more, in the order of `ids`, by the criteria that are set, and write the verdicts that are others.

    Each is committed by itself, with its story, the ledger's reason and an entry for those who follow changes; a run that
    was killed is begun again. What people decided stays.
    """
    on, outcome = criteria(), Outcome()
    for row in _rows(dsn, ids, None):
        with postgres.transaction(dsn) as db:
            turns.take(db)
            held = rejudged.hold(db, row["entry_id"])
            serving = models.serving(db)
            if held is not None and serving.key == row["model"]:
                now = {**row, **held}
                mine, found = _judged(db, now, on)
                change = _change(db, now, found.verdict)
                if change.before != change.after and renewal.renew(
                    db, now, mine, found, run_id=run_id, since="it was judged again"
                ):
                    rejudged.judged_as_then(db, row["entry_id"], makers.key(db, makers.present(serving.name)))
                    outcome.changes.append(change)
        outcome.articles += 1
        progress(1)
    return outcome


def compare_newest(dsn: str, most: int) -> dict[str, int]:
    """Judge the newest articles by the model that is wanted, before it serves; what would change is logged. See Outcome.as_counts."""
    with postgres.transaction(dsn) as db:
        wanted = models.wanted(db)
        if models.serving(db).key == wanted.key:
            return Outcome().as_counts()
    until = datetime.now(UTC)
    ids, _ = waiting(dsn, until - timedelta(days=settings().window_days), until, wanted.key)
    found = compare(dsn, ids[-most:], model=wanted.key)
    for change in found.changes:
        log.info("by %s, article %s would be a %s: %s", wanted.key, change.article_id, change.kind, change)
    return found.as_counts()


def require_set(strictness: float | None) -> None:
    """OtherCriteria where what comes in is judged with another strictness."""
    if strictness is not None and strictness != settings().copy_strictness:
        message = (
            f"New articles are judged with WIREWATCH_COPY_STRICTNESS {settings().copy_strictness:g}. Set it to {strictness:g} "
            "first, where Wirewatch runs too, so that they and the past are judged alike; then apply it."
        )
        raise OtherCriteria(message)


def waiting(dsn: str, since: datetime, until: datetime, model: str | None = None) -> tuple[list[int], int]:
    """The articles of a window that can be judged again, by the model that serves or another, and how many have no vector of it."""
    with postgres.transaction(dsn) as db:
        return rejudged.in_window(db, model or models.serving(db).key, since, until)


def _rows(dsn: str, ids: Sequence[int], model: str | None) -> Iterator[Row]:
    for start in range(0, len(ids), _CHUNK):
        with postgres.transaction(dsn) as db:
            rows = rejudged.drafts_of(db, ids[start : start + _CHUNK], model or models.serving(db).key)
        yield from rows


def _judged(db: postgres.Connection, row: Row, on: Criteria) -> tuple[Features, Judgment]:
    mine = Features(document_of(row))
    known.prepare_search(db)
    then: datetime = row["then"]
    near = known.search(db, row, known.Span(on.window_days, then=then))
    return mine, verdict_on(db, row, mine, near, replace(on, then=then))


def _change(db: postgres.Connection, row: Row, verdict: Verdict) -> Change:
    before, after = row["copy_of"], verdict.duplicate_of
    return Change(
        article_id=row["entry_id"],
        title=row["title"],
        source=row["source"],
        before=before,
        after=after,
        of=name_of(db, after or before) if after or before else "",
        rung=str(verdict.rung.value) if verdict.rung else None,
        score=verdict.score,
        threshold=verdict.threshold,
    )
