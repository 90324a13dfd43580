"""Verdicts on copies, by hand: taken back and remembered, or confirmed."""

from __future__ import annotations

from typing import Any

from wirewatch.core.actions import Action, ActionRefused, Actor, Kind, stated
from wirewatch.core.duplicates.features import Features
from wirewatch.core.keys import key_of, number_of
from wirewatch.core.model import Document
from wirewatch.io import actions, articles, corrections, drafts, known, ledger, postgres, turns, verdicts
from wirewatch.io import stories as story_table
from wirewatch.io.postgres import Connection
from wirewatch.jobs import placing
from wirewatch.settings import settings


def not_a_copy(dsn: str, article_id: int, who: Actor, reason: str = "") -> int:
    """Take back the verdict that an article is a copy: it is an original, and joins a story by itself. The action's key.

    What was held to copy the same by way of it copies it from now on. ActionRefused where it copies nothing.
    """
    with postgres.transaction(dsn) as db:
        turns.take(db)
        verdict = verdicts.of(db, article_id)
        if verdict is None:
            raise ActionRefused(f"Article {article_id} is not held to be a copy: there is no verdict to take back.")
        followers = verdicts.by_way_of(db, article_id)
        row = _article(db, article_id)
        effect = {
            "verdicts": [verdicts.as_json(one) for one in (verdict, *followers)],
            "story": row["story_id"],
            "reasons": ledger.reasons(db, [article_id, *(one["article_id"] for one in followers)]),
        }
        key = key_of("article", article_id)
        action = actions.record(
            db,
            Kind.NOT_A_COPY,
            who,
            key,
            other=verdicts.copied(verdict),
            touches=[key_of("article", one["article_id"]) for one in followers],
            reason=stated(reason),
            effect=effect,
        )
        _make_original(db, row, followers, who)
    return action


def confirm(dsn: str, article_id: int, who: Actor, reason: str = "") -> int:
    """Say that a verdict is right: it needs no review any more. The action's key."""
    with postgres.transaction(dsn) as db:
        verdict = verdicts.of(db, article_id)
        if verdict is None:
            raise ActionRefused(f"Article {article_id} is not held to be a copy: there is nothing to confirm.")
        key = key_of("article", article_id)
        if any(one.kind is Kind.CONFIRM_COPY and not one.undone for one in actions.touching(db, [key])):
            raise ActionRefused("It is confirmed already.")
        return actions.record(db, Kind.CONFIRM_COPY, who, key, other=verdicts.copied(verdict), reason=stated(reason))


def a_copy(dsn: str, article_id: int, who: Actor, of: str | None = None, reason: str = "") -> int:
    """Say that an article is a copy: of the document `of`, or of what it is nearly a copy of. The action's key.

    What copies it copies that original from now on, by way of it, and all go to the original's story.
    """
    with postgres.transaction(dsn) as db:
        turns.take(db)
        row = _article(db, article_id)
        key = key_of("article", article_id)
        root = verdicts.root_of(db, of or _nearly(db, article_id))
        if row["duplicate_of"] is not None or row["duplicate_of_seed"] is not None:
            raise ActionRefused(f"Article {article_id} is held to be a copy already.")
        if root is None or root == key:
            raise ActionRefused("What it should be a copy of is not in the warehouse, or is itself a copy of it.")
        verdict = verdicts.by_hand(db, row, root, who.name)
        passed = verdicts.pass_on(db, article_id, verdict)
        moving = [article_id, *passed]
        effect = {"story": row["story_id"], "passed": passed, "reasons": ledger.reasons(db, moving)}
        touches = [key_of("article", one) for one in passed]
        action = actions.record(
            db, Kind.A_COPY, who, key, other=root, touches=touches, reason=stated(reason), effect=effect
        )
        ledger.decide_anew(db, article_id, "duplicate", f"a copy of {articles.name_of(db, root)}, said {who.name}")
        _follow(db, moving, row["story_id"], verdicts.story_of(db, root, but=article_id) or row["story_id"])
    return action


def undo_a_copy(db: Connection, action: Action) -> None:
    """It is an original again, in the story that it was in; its own copies copy it again."""
    turns.take(db)
    article_id = number_of(action.subject)
    left = _article(db, article_id)["story_id"]
    verdicts.take_back(db, article_id)
    reasons = action.effect["reasons"]
    ledger.decide_anew(db, article_id, "loaded", reasons.get(str(article_id)))
    for number in action.effect["passed"]:
        verdicts.copy_instead(db, number, article_id)
        ledger.decide_anew(db, number, "duplicate", reasons.get(str(number)))
    back = action.effect["story"]
    if story_table.standing(db, back) == left and left != back:
        story_table.lead_on(db, back, None)
    _follow(db, [article_id, *action.effect["passed"]], left, story_table.standing(db, back) or back)


def confirm_original(dsn: str, article_id: int, who: Actor, reason: str = "") -> int:
    """Say that an article which is nearly a copy is a report of its own: it needs no review any more. The action's key."""
    with postgres.transaction(dsn) as db:
        near = _nearly(db, article_id)
        return actions.record(
            db, Kind.CONFIRM_ORIGINAL, who, key_of("article", article_id), other=near, reason=stated(reason)
        )


def _nearly(db: Connection, article_id: int) -> str:
    near = verdicts.near_copy(db, article_id)
    if near is None:
        raise ActionRefused(
            f"Article {article_id} is not close to being a copy, or is one: there is nothing to say of it."
        )
    return verdicts.copied(near)


def _follow(db: Connection, moving: list[int], left: int, to: int) -> None:
    """Put articles into another story, and make the state of both anew; an empty one leads on."""
    corrections.note_judged(db, moving)
    story_table.move(db, moving, to, {"desk": 1.0})
    if not placing.make_anew(db, left, story_table.model_of(db, left)) and left != to:
        story_table.lead_on(db, left, to)
    if to != left:
        placing.make_anew(db, to, story_table.model_of(db, to))


def undo_not_a_copy(db: Connection, action: Action) -> None:
    """Put the verdicts back as they were; the article, with what copies it by now, goes where its original is."""
    turns.take(db)
    article_id = number_of(action.subject)
    left = _article(db, article_id)["story_id"]
    to = verdicts.story_of(db, str(action.other)) or story_table.standing(db, action.effect["story"])
    assert to is not None
    kept: list[dict[str, Any]] = action.effect["verdicts"]
    newer = verdicts.pass_on(db, article_id, kept[0])
    for verdict in kept:
        if not verdicts.restore(db, verdict):
            raise ActionRefused(
                "What it copied is no original in the warehouse any more: the verdict cannot come back."
            )
    moving = sorted({*newer, *(one["article_id"] for one in kept)})
    for number in moving:
        ledger.decide_anew(db, number, "duplicate", action.effect["reasons"].get(str(number)))
    _follow(db, moving, left, to)


def _make_original(db: Connection, row: dict[str, Any], followers: list[dict[str, Any]], who: Actor) -> None:
    article_id, left = row["id"], row["story_id"]
    verdicts.take_back(db, article_id)
    ledger.decide_anew(db, article_id, "loaded", f"not a copy, said {who.name}")
    for follower in followers:
        verdicts.copy_instead(db, follower["article_id"], article_id)
        what = articles.name_of(db, key_of("article", article_id))
        reason = f"a copy of {what} ({follower['rung']}, score {float(follower['score']):.2f})"
        ledger.decide_anew(db, follower["article_id"], "duplicate", reason)
    model, vector = row["model"], drafts.vector_of(row["vector"])
    known.prepare_search(db)
    nearest = known.by_meaning(db, vector, model, known.Span(settings().window_days))
    found = known.documents(db, list(nearest))
    near = {facts["story_id"] for _, facts in found.values() if facts["story_id"] is not None} | {left} - {None}
    document = Document(
        key_of("article", article_id),
        row["title"],
        row["text"],
        row["canonical_url"],
        row["published_at"],
        row["language"],
    )
    profile = placing.profile_of(db, Features(document), vector, row["first_seen_at"], count=True)
    choice = placing.place(db, profile, sorted(near), model)
    assert choice.story_id is not None
    moving = [article_id, *(one["article_id"] for one in followers)]
    story_table.move(db, moving, choice.story_id, choice.reasons, choice.score)
    corrections.note_judged(db, moving)
    placing.make_anew(db, choice.story_id, model)
    if left is not None and left != choice.story_id and not placing.make_anew(db, left, model):
        story_table.lead_on(db, left, choice.story_id)


def _article(db: Connection, article_id: int) -> dict[str, Any]:
    row = verdicts.article(db, article_id)
    if row is None:
        raise ActionRefused(f"There is no article {article_id}.")
    return row
