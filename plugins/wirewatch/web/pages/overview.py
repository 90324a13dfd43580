"""Today: the day's funnel, volume over time, stories and articles that came in, and what needs a person."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from wirewatch.io.newsroom import articles, day, stories, volume
from wirewatch.web import charts
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn, reading

router = APIRouter()
_FEW_STORIES, _FEW_ARTICLES = 8, 12


@router.get("/")
def today(
    request: Request,
    dsn: Dsn,
    on: date | None = None,
    by: Literal["topic", "source"] = "topic",
    over: Literal["day", "fortnight", "quarter"] = "day",
    count: Literal["independent", "articles"] = "independent",
) -> Response:
    """The page."""
    with reading(dsn) as db:
        now = day.today(db)
        chosen = on or now
        stretch = volume.STRETCHES[over]
        steps = volume.steps(db, stretch)
        found = volume.volume(db, stretch, by)
        values: dict[str, Any] = {
            "funnel": day.funnel(db, chosen),
            "complete": day.completeness(db, chosen),
            "reasons": day.reasons(db, chosen),
            "attention": day.attention(db),
            "stories": stories.listed(db, order="largest", days=2, limit=_FEW_STORIES),
            "articles": articles.listed(db, limit=_FEW_ARTICLES),
        }
    label = "{:%H:%M}" if stretch.step == "hour" else "{:%d %b}"
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in found:
        counts[row["name"]][label.format(row["at"])] = row[count]
    table = charts.tabulate([label.format(at) for at in steps], counts)
    what = "Independent reports" if count == "independent" else "Articles, copies included,"
    title = f"{what} by {by}, {stretch.words}"
    return render(
        request,
        "today.html",
        **values,
        dispositions=day.DISPOSITIONS,
        day=chosen,
        today=now,
        before=chosen - timedelta(days=1),
        after=chosen + timedelta(days=1) if chosen < now else None,
        table=table,
        chart=charts.bars(table, title, every={"day": 3, "fortnight": 1, "quarter": 10}[over]),
        chart_title=title,
        by=by,
        over=over,
        count=count,
    )


@router.get("/entries")
def entries(
    request: Request,
    dsn: Dsn,
    on: date | None = None,
    disposition: Literal["loaded", "duplicate", "rejected", "quarantined", "pending"] | None = None,
    reason: str | None = None,
    host: str | None = None,
) -> Response:
    """The ledger's rows behind a number."""
    with reading(dsn) as db:
        found = day.entries(db, day=on, disposition=disposition, reason=reason, host=host)
    return render(
        request, "entries.html", entries=found, on=on, disposition=disposition, reason=reason, host=host, most=200
    )
