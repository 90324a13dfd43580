"""Renewal: what follows where the verdict on an article that is loaded is another one: the ledger, its story, the changes."""

from __future__ import annotations

from typing import Any

from wirewatch.core.duplicates.features import Features
from wirewatch.core.model import Verdict
from wirewatch.core.stories import Choice
from wirewatch.io import articles, corrections, drafts, ledger, postgres, rejudged
from wirewatch.io import stories as story_table
from wirewatch.jobs import placing
from wirewatch.jobs.judging import Judgment


def renew(
    db: postgres.Connection,
    draft: dict[str, Any],
    mine: Features,
    found: Judgment,
    *,
    run_id: str,
    since: str,
) -> bool:
    """Write another verdict on an article, as verdict_on `found` it, with all that follows; whether it copies something else by now.

    `draft` is the article as it is judged, with its story and what it copied; `since` says what happened.
    """
    verdict = found.verdict
    moving = rejudged.renew_verdict(db, draft, verdict, draft["model"], run_id)
    if moving is None:
        return False
    choice = Choice(found.copied_story, 1.0, {"copy": 1.0}) if verdict.duplicate_of else _placed(db, draft, mine, found)
    _decide_anew(db, draft["entry_id"], verdict, moving, since)
    _move(db, draft, moving, choice)
    return True


def _placed(db: postgres.Connection, draft: dict[str, Any], mine: Features, found: Judgment) -> Choice:
    """The story of an article that copies nothing any more: one near it, or a new one."""
    vector = drafts.vector_of(draft["vector_text"])
    profile = placing.profile_of(db, mine, vector, draft["discovered_at"], count=True)
    return placing.place(db, profile, found.near, draft["model"], found.same_form)


def _decide_anew(db: postgres.Connection, article_id: int, verdict: Verdict, moving: list[int], since: str) -> None:
    """What follows from another verdict: the ledger's word, with what happened that it is another, and the cursor of changes.

    `moving` are the article and those of its copies that copy something else by now.
    """
    copied = verdict.duplicate_of
    reason = f"a new article: since {since}, it copies nothing"
    if copied is not None:
        what = articles.name_of(db, copied)
        reason = f"a copy of {what} ({verdict.rung}, score {verdict.score:.2f}), since {since}"
    ledger.decide_anew(db, article_id, "duplicate" if copied else "loaded", reason)
    for follower in moving[1:]:
        ledger.decide_anew(
            db, follower, "duplicate", f"a copy of {articles.name_of(db, str(copied))}, by way of another copy"
        )
    corrections.note_judged(db, moving)


def _move(db: postgres.Connection, row: dict[str, Any], moving: list[int], choice: Choice) -> None:
    """Put what was decided anew into its story; the one that it leaves is made anew from what it still has."""
    left, to = row["story_id"], choice.story_id
    if to is None or to == left:
        return
    story_table.move(db, moving, to, choice.reasons, choice.score)
    if left is not None and not placing.make_anew(db, left, story_table.model_of(db, left)):
        story_table.lead_on(db, left, to)
