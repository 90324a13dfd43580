"""Sources: the health of every feed and what to do, and one feed with its polls."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, HTTPException, Request, Response

from wirewatch.io import actions
from wirewatch.io.newsroom import operations
from wirewatch.web import charts
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn, reading

router = APIRouter()


@router.get("/sources")
def listed(request: Request, dsn: Dsn, state: str | None = None) -> Response:
    """Every feed, those in trouble first."""
    with reading(dsn) as db:
        feeds = operations.health(db)
        drift = operations.drift(db)
    counts = Counter(feed["state"] for feed in feeds)
    shown = [feed for feed in feeds if state in (None, "", feed["state"])]
    return render(request, "sources.html", feeds=shown, counts=counts, total=len(feeds), state=state, drift=drift)


@router.get("/gaps")
def gaps(request: Request, dsn: Dsn) -> Response:
    """Gaps: intervals in which a feed may have shown what no poll saw, and what became of them."""
    with reading(dsn) as db:
        return render(request, "gaps.html", gaps=operations.gaps(db))


@router.get("/sources/{feed_id}")
def one(request: Request, dsn: Dsn, feed_id: int, done: int | None = None) -> Response:
    """One feed: its state, what it brought by day, its latest polls and gaps, what cleaning makes of its pages."""
    with reading(dsn) as db:
        feed = operations.feed(db, feed_id)
        if feed is None:
            raise HTTPException(404, f"There is no feed {feed_id}.")
        polls = operations.polls(db, feed_id)
        delivered = operations.delivered(db, feed_id)
        gaps = operations.gaps(db, feed_id, limit=20)
        drift = operations.drift(db, feed["host"])
        history = actions.listed(db, touches=f"feed:{feed_id}")
        notice = actions.notice(db, done)
    steps = [f"{row['day']:%d %b}" for row in delivered]
    counts = {"new entries": {f"{row['day']:%d %b}": row["entries"] for row in delivered if row["entries"]}}
    table = charts.tabulate(steps, counts)
    title = f"New entries of {feed['title']} in the last 14 days, by day"
    return render(
        request,
        "source.html",
        feed=feed,
        polls=polls,
        gaps=gaps,
        drift=drift[0] if drift else None,
        history=history,
        done=notice,
        table=table,
        chart=charts.bars(table, title, height=180),
    )
