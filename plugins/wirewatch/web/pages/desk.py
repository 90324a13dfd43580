"""What a person decides here: each action a form of its page, its record, and its undo."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from wirewatch.core.actions import ActionRefused, Actor
from wirewatch.io import actions, verdicts
from wirewatch.jobs.desk import copies, feeds, quarantine, stories
from wirewatch.jobs.desk.undo import undo as undo_job
from wirewatch.web.access import WRITER, Who
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn, reading

router = APIRouter()
_PAGE = 50
Reason = Annotated[str, Form(max_length=2000)]
Words = Annotated[str, Form(max_length=4096)]
_PLACES = {"article": "articles/{}", "story": "stories/{}", "feed": "sources/{}", "entry": "quarantine"}


@router.get("/actions")
def listed(request: Request, dsn: Dsn, before: int | None = None, done: int | None = None) -> Response:
    """What people decided by hand, newest first."""
    with reading(dsn) as db:
        found = actions.listed(db, before=before, limit=_PAGE + 1)
        return render(
            request,
            "actions.html",
            actions=found[:_PAGE],
            more=found[_PAGE - 1]["id"] if len(found) > _PAGE else None,
            before=before,
            done=actions.notice(db, done),
        )


@router.get("/review")
def review(request: Request, dsn: Dsn, done: int | None = None) -> Response:
    """Verdicts that were close, closest first."""
    with reading(dsn) as db:
        return render(
            request,
            "review.html",
            verdicts=verdicts.for_review(db),
            near=verdicts.near_copies(db),
            done=actions.notice(db, done),
        )


@router.post("/actions/{action_id}/undo", dependencies=WRITER)
def undo(request: Request, dsn: Dsn, who: Who, action_id: int, reason: Reason = "") -> Response:
    """Undo an action, and show what it was done to."""
    action = undo_job(dsn, action_id, Actor(who), reason)
    kind, _, number = action.subject.partition(":")
    return _done(request, _PLACES[kind].format(number), action_id)


@router.post("/copies/{article_id}/not-a-copy", dependencies=WRITER)
def not_a_copy(
    request: Request, dsn: Dsn, who: Who, article_id: int, reason: Reason = "", back: Literal["review", ""] = ""
) -> Response:
    """The article copies nothing."""
    action = copies.not_a_copy(dsn, article_id, Actor(who), reason)
    return _done(request, back or f"articles/{article_id}", action)


@router.post("/copies/{article_id}/confirm", dependencies=WRITER)
def confirm(
    request: Request, dsn: Dsn, who: Who, article_id: int, reason: Reason = "", back: Literal["review", ""] = ""
) -> Response:
    """The verdict on the article is right."""
    action = copies.confirm(dsn, article_id, Actor(who), reason)
    return _done(request, back or f"copies/{article_id}", action)


@router.post("/articles/{article_id}/a-copy", dependencies=WRITER)
def a_copy(request: Request, dsn: Dsn, who: Who, article_id: int, reason: Reason = "") -> Response:
    """The article, nearly a copy, is one."""
    return _done(request, f"copies/{article_id}", copies.a_copy(dsn, article_id, Actor(who), reason=reason))


@router.post("/articles/{article_id}/original", dependencies=WRITER)
def original(request: Request, dsn: Dsn, who: Who, article_id: int, reason: Reason = "") -> Response:
    """The article, nearly a copy, is a report of its own."""
    return _done(request, "review", copies.confirm_original(dsn, article_id, Actor(who), reason))


@router.post("/stories/{story_id}/merge", dependencies=WRITER)
def merge(
    request: Request,
    dsn: Dsn,
    who: Who,
    story_id: int,
    other: Annotated[int | None, Form()] = None,
    number: Annotated[int | Literal[""], Form()] = "",
    reason: Reason = "",
) -> Response:
    """Another story becomes a part of this one: `number`, or else the one that was chosen among the near ones."""
    chosen = number or other
    if chosen is None:
        raise ActionRefused("Choose the other story, or give its number.")
    return _done(request, f"stories/{story_id}", stories.merge(dsn, story_id, chosen, Actor(who), reason))


@router.post("/stories/{story_id}/split", dependencies=WRITER)
def split(
    request: Request,
    dsn: Dsn,
    who: Who,
    story_id: int,
    article: Annotated[list[int] | None, Form()] = None,
    reason: Reason = "",
) -> Response:
    """The chosen articles become a story of their own."""
    action, new = stories.split(dsn, story_id, article or [], Actor(who), reason)
    return _done(request, f"stories/{new}", action)


@router.post("/sources/add", dependencies=WRITER)
def add_feed(
    request: Request, dsn: Dsn, who: Who, url: Words, title: Words = "", category: Words = "", reason: Reason = ""
) -> Response:
    """A feed is polled from now on."""
    feed, action, _ = feeds.add(dsn, url, Actor(who), title=title, category=category, reason=reason)
    return _done(request, f"sources/{feed}", action)


@router.post("/sources/{feed_id}/pause", dependencies=WRITER)
def pause_feed(request: Request, dsn: Dsn, who: Who, feed_id: int, reason: Reason = "") -> Response:
    """A feed is not polled any more."""
    return _done(request, f"sources/{feed_id}", feeds.pause(dsn, feed_id, Actor(who), reason))


@router.post("/sources/{feed_id}/resume", dependencies=WRITER)
def resume_feed(request: Request, dsn: Dsn, who: Who, feed_id: int, reason: Reason = "") -> Response:
    """A feed is polled again."""
    return _done(request, f"sources/{feed_id}", feeds.resume(dsn, feed_id, Actor(who), reason))


@router.post("/quarantine/{entry_id}/replay", dependencies=WRITER)
def replay(request: Request, dsn: Dsn, who: Who, entry_id: int, reason: Reason = "") -> Response:
    """An entry goes again from the start with the next run."""
    return _done(request, "quarantine", quarantine.replay(dsn, entry_id, Actor(who), reason))


def _done(request: Request, path: str, action: int) -> Response:
    root = str(request.scope.get("root_path", "")).rstrip("/")
    return RedirectResponse(f"{root}/{path}?done={action}", 303)
