"""Articles: the list with its filters, one with all that is known of it, and copies beside their originals."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response

from wirewatch.core import differences, marking
from wirewatch.io import actions, taxonomy, verdicts
from wirewatch.io.newsroom import articles
from wirewatch.settings import settings
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn, reading

router = APIRouter()


@router.get("/articles")
def listed(
    request: Request,
    dsn: Dsn,
    source: int | Literal[""] | None = None,
    topic: str | None = None,
    language: str | None = None,
    kind: Literal["original", "copy", ""] | None = None,
    name: str | None = None,
    on: date | Literal[""] | None = None,
    before: int | None = None,
) -> Response:
    """Articles, newest first."""
    filters: dict[str, Any] = {
        "source": source or None,
        "topic": topic or None,
        "language": language or None,
        "kind": kind or None,
        "name": name or None,
    }
    day = on or None
    with reading(dsn) as db:
        found = articles.listed(db, **filters, day=day, before=before, limit=articles.PAGE + 1)
        choices = articles.choices(db)
    return render(
        request,
        "articles.html",
        articles=found[: articles.PAGE],
        more=found[articles.PAGE - 1]["id"] if len(found) > articles.PAGE else None,
        choices=choices,
        filters={**filters, "on": day},
        before=before,
    )


@router.get("/articles/{article_id}")
def one(request: Request, dsn: Dsn, article_id: int, done: int | None = None) -> Response:
    """One article: its text with the watched names marked, topics, story, copies, versions, and what was decided of it."""
    with reading(dsn) as db:
        article = articles.article(db, article_id)
        if article is None:
            raise HTTPException(404, f"There is no article {article_id}.")
        topics = articles.topics(db, article_id)
        mentions = articles.mentions(db, article_id)
        copies = articles.copies(db, article_id)
        versions = articles.versions(db, article_id)
        history = actions.listed(db, touches=f"article:{article_id}")
        notice = actions.notice(db, done)
    spans = {
        field: [marking.Span(m["start_at"], m["end_at"], m["name"]) for m in mentions if m["field"] == field]
        for field in ("title", "text")
    }
    names: dict[tuple[str, str], int] = {}
    for mention in mentions:
        key = (mention["watchlist"], mention["name"])
        names[key] = names.get(key, 0) + 1
    return render(
        request,
        "article.html",
        article=article,
        title=marking.pieces(article["title"], spans["title"]),
        text=marking.paragraphs(article["text"], spans["text"]),
        topics=topics,
        is_read=article["language"] in taxonomy.languages(settings().seeds),
        names=names,
        copies=copies,
        versions=_compared(versions),
        history=history,
        confirmed=_confirmed(history),
        done=notice,
    )


def _compared(versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each version after the first, newest first, with what changed against the one before."""
    found = []
    for before, after in pairwise(versions):
        text = differences.condensed(differences.paragraphs(before["text"], after["text"]))
        title = differences.words(before["title"], after["title"]) if before["title"] != after["title"] else []
        changed = before["text"] != after["text"]
        found.append({**after, "title_parts": title, "parts": text if changed else []})
    return found[::-1]


def _confirmed(history: list[dict[str, Any]]) -> dict[str, Any] | None:
    standing = (row for row in history if row["kind"] == "confirm_copy" and not row["undone_at"])
    return next(standing, None)


@router.get("/copies")
def copies(
    request: Request,
    dsn: Dsn,
    rung: Literal["url", "exact", "near", "semantic", "desk", ""] | None = None,
    before: int | None = None,
) -> Response:
    """Copies, newest first."""
    with reading(dsn) as db:
        found = articles.recent_copies(db, rung=rung or None, before=before, limit=articles.PAGE + 1)
        counts = articles.by_rung(db)
        waiting = len(verdicts.for_review(db)) + len(verdicts.near_copies(db))
    return render(
        request,
        "copies.html",
        copies=found[: articles.PAGE],
        more=found[articles.PAGE - 1]["id"] if len(found) > articles.PAGE else None,
        counts=counts,
        waiting=waiting,
        rung=rung or None,
        before=before,
    )


@router.get("/copies/{article_id}")
def beside(request: Request, dsn: Dsn, article_id: int, done: int | None = None) -> Response:
    """A copy and its original side by side, the shared wording marked in both."""
    with reading(dsn) as db:
        article = articles.article(db, article_id)
        original = articles.copied_text(db, article_id)
        near = None if original else articles.near_text(db, article_id)
        original = original or near
        history = actions.listed(db, touches=f"article:{article_id}")
        notice = actions.notice(db, done)
    if article is None or original is None:
        raise HTTPException(404, f"Article {article_id} is not here, or it copies nothing and is close to nothing.")
    verdict = near or article
    mine, theirs = article["text"], original["text"]
    ours = marking.shared_spans(mine, theirs)
    others = marking.shared_spans(theirs, mine)
    return render(
        request,
        "beside.html",
        article=article,
        original=original,
        text=marking.paragraphs(mine, ours),
        original_text=marking.paragraphs(theirs, others),
        share=_share(ours, mine),
        original_share=_share(others, theirs),
        near=near is not None,
        verdict=verdict,
        measures=(verdict["evidence"] or {}).get("measures", {}),
        via=(verdict["evidence"] or {}).get("via"),
        history=history,
        confirmed=_confirmed(history),
        done=notice,
    )


def _share(spans: list[marking.Span], text: str) -> float:
    letters = len("".join(text.split()))
    return sum(len("".join(text[span.start : span.end].split())) for span in spans) / letters if letters else 0.0
