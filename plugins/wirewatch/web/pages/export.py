"""Articles as files, with the list's filters; and an RSS feed for each watchlist and topic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from wirewatch.jobs import export as job
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn

router = APIRouter()
_RSS = "application/rss+xml; charset=utf-8"


@router.get("/export/articles.{form}")
def articles(
    request: Request,
    dsn: Dsn,
    form: Literal["csv", "jsonl", "parquet", "rss"],
    source: int | Literal[""] | None = None,
    topic: str | None = None,
    language: str | None = None,
    kind: Literal["original", "copy", ""] | None = None,
    name: str | None = None,
    watchlist: str | None = None,
    story: int | Literal[""] | None = None,
    on: date | Literal[""] | None = None,
    since: date | Literal[""] | None = None,
    until: date | Literal[""] | None = None,
    text: bool = False,  # noqa: FBT001  (a parameter of the address)
    after: int | None = None,
) -> Response:
    """Every article that fits the filters, as a file; as RSS the newest fifty. `after` is a cursor of media.change."""
    first, last = (on, on + timedelta(days=1)) if on else (since or None, until or None)
    chosen = job.Selection(
        since=_midnight(first),
        until=_midnight(last),
        source_id=source or None,
        topic=topic or None,
        language=language or None,
        kind=kind or None,
        name=name or None,
        watchlist=watchlist or None,
        story=story or None,
        after=after,
    )
    if form == "rss":
        title = " · ".join(["Newsroom", *filter(None, (topic, watchlist, name, language))])
        return _feed(request, dsn, chosen, title)
    pieces = job.download(dsn, chosen, form, text=text)
    try:
        next(pieces)
    except job.NothingOfThatName as problem:
        raise HTTPException(404, str(problem)) from problem
    named = {"Content-Disposition": f'attachment; filename="articles.{form}"'}
    return StreamingResponse(pieces, media_type=job.MEDIA_TYPES[form], headers=named)


@router.get("/feeds")
def listed(request: Request, dsn: Dsn) -> Response:
    """The feeds that the desk gives out."""
    return render(request, "feeds.html", feeds=job.feeds(dsn))


@router.get("/feeds/{kind}/{key:path}.rss")
def one(request: Request, dsn: Dsn, kind: Literal["topic", "watchlist"], key: str) -> Response:
    """The newest fifty articles of a topic (by its code) or a watchlist (by its name)."""
    found = next((feed for feed in job.feeds(dsn) if (feed.kind, feed.key) == (kind, key)), None)
    if found is None:
        raise HTTPException(404, f"There is no feed of the {kind} “{key[:80]}”.")
    return _feed(request, dsn, found.selection, found.title)


def _feed(request: Request, dsn: str, chosen: job.Selection, title: str) -> Response:
    page = str(request.url.replace(path=f"{request.scope['root_path']}/articles", query=""))
    try:
        body: Iterator[str] = job.rss(dsn, chosen, title, page, str(request.url))
    except job.NothingOfThatName as problem:
        raise HTTPException(404, str(problem)) from problem
    return StreamingResponse(body, media_type=_RSS)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, UTC) if day else None
