"""Sources: the health of every feed and what to do, and one feed with its polls."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, HTTPException, Request, Response

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
    counts = Counter(feed["state"] for feed in feeds)
    shown = [feed for feed in feeds if state in (None, "", feed["state"])]
    return render(request, "sources.html", feeds=shown, counts=counts, total=len(feeds), state=state)


@router.get("/sources/{feed_id}")
def one(request: Request, dsn: Dsn, feed_id: int) -> Response:
    """One feed: its state, what it brought by day, its latest polls."""
    with reading(dsn) as db:
        feed = operations.feed(db, feed_id)
        if feed is None:
            raise HTTPException(404, f"There is no feed {feed_id}.")
        polls = operations.polls(db, feed_id)
        delivered = operations.delivered(db, feed_id)
    steps = [f"{row['day']:%d %b}" for row in delivered]
    counts = {"new entries": {f"{row['day']:%d %b}": row["entries"] for row in delivered if row["entries"]}}
    table = charts.tabulate(steps, counts)
    title = f"New entries of {feed['title']} in the last 14 days, by day"
    return render(
        request,
        "source.html",
        feed=feed,
        polls=polls,
        table=table,
        chart=charts.bars(table, title, height=180),
    )
