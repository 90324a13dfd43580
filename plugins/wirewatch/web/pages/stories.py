"""Stories: the largest and the newest, and one with its syndication tree."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from wirewatch.io import actions
from wirewatch.io import stories as story_table
from wirewatch.io.newsroom import stories
from wirewatch.web import charts
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn, reading

router = APIRouter()
_DAYS = {"day": 1.0, "two-days": 2.0, "week": 7.0, "month": 30.0}
_HOURS_OF_A_DAY = 24


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
            return RedirectResponse(f"{root}/stories/{story_table.standing(db, story_id)}{query}", 303)
        members = stories.members(db, story_id)
        shown: dict[str, Any] = {
            "near": stories.near(db, story_id),
            "topics": stories.topics(db, story_id),
            "names": stories.names(db, story_id),
        }
        growth = stories.growth(db, story_id)
        history = actions.listed(db, touches=f"story:{story_id}")
        notice = actions.notice(db, done)
    table = _growth(growth)
    return render(
        request,
        "story.html",
        **shown,
        table=table,
        chart=charts.bars(table, "How the story grew, by hour", every=max(1, len(growth) // 4), height=260, width=420),
        story=story,
        roots=tree(members),
        articles=len(members),
        independent=sum(1 for row in members if not row["duplicate_of"] and not row["duplicate_of_seed"]),
        sources=len({row["source"] for row in members}),
        history=history,
        done=notice,
    )


def _growth(found: list[dict[str, Any]]) -> charts.Table:
    several = len(found) > _HOURS_OF_A_DAY
    steps = [f"{row['hour']:%d %b, %H:%M}" if several else f"{row['hour']:%H:%M}" for row in found]
    series = [("independent reports", "independent"), ("copies", "copies")]
    return charts.Table(tuple(steps), tuple((name, tuple(row[key] for row in found)) for name, key in series))


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
