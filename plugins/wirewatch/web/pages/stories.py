"""Stories: the largest and the newest, and one with its syndication tree."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from wirewatch.io import actions
from wirewatch.io import stories as table
from wirewatch.io.newsroom import stories
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn, reading

router = APIRouter()
_DAYS = {"day": 1.0, "two-days": 2.0, "week": 7.0, "month": 30.0}


@router.get("/stories")
def listed(
    request: Request,
    dsn: Dsn,
    order: Literal["largest", "newest", "moving"] = "largest",
    over: Literal["day", "two-days", "week", "month"] = "two-days",
) -> Response:
    """Stories that had an article lately."""
    with reading(dsn) as db:
        found = stories.listed(db, order=order, days=_DAYS[over])
    return render(request, "stories.html", stories=found, order=order, over=over)


@router.get("/stories/{story_id}")
def one(request: Request, dsn: Dsn, story_id: int, done: int | None = None) -> Response:
    """One story: each independent report with the copies made of it. A merged one leads on to what it is part of."""
    with reading(dsn) as db:
        story = stories.story(db, story_id)
        if story is None:
            raise HTTPException(404, f"There is no story {story_id}.")
        if story["merged_into"] is not None:
            root = str(request.scope.get("root_path", "")).rstrip("/")
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{root}/stories/{table.standing(db, story_id)}{query}", 303)
        members = stories.members(db, story_id)
        near = stories.near(db, story_id)
        history = actions.listed(db, touches=f"story:{story_id}")
        notice = actions.notice(db, done)
    return render(
        request,
        "story.html",
        story=story,
        roots=tree(members),
        articles=len(members),
        independent=sum(1 for row in members if not row["duplicate_of"] and not row["duplicate_of_seed"]),
        sources=len({row["source"] for row in members}),
        near=near,
        history=history,
        done=notice,
    )


def tree(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Independent reports and seeds as roots, each with its copies below it, in order of arrival.

    A copy whose original belongs to another story stands as a root of its own, as a copy.
    """
    roots: dict[str, dict[str, Any]] = {}
    for row in members:
        if row["duplicate_of_seed"]:
            key = f"seed:{row['duplicate_of_seed']}"
            roots.setdefault(key, {"seed": row["seed_title"], "name": row["seed_name"], "article": None, "copies": []})
        elif not row["duplicate_of"]:
            roots[f"article:{row['id']}"] = {"seed": None, "name": None, "article": row, "copies": []}
    for row in members:
        if row["duplicate_of_seed"]:
            roots[f"seed:{row['duplicate_of_seed']}"]["copies"].append(row)
        elif row["duplicate_of"]:
            key = f"article:{row['duplicate_of']}"
            alone: dict[str, Any] = {"seed": None, "name": None, "article": row, "copies": []}
            if key in roots:
                roots[key]["copies"].append(row)
            else:
                roots[f"article:{row['id']}"] = alone
    return list(roots.values())
