"""Revisit: articles are looked at again, sooner when they are young; what changed is a version, never a new article."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from aiohttp.abc import AbstractResolver

from wirewatch.core import corrections
from wirewatch.core.clean import clean as clean_page
from wirewatch.core.corrections import Change
from wirewatch.core.duplicates.text import digest, sampled_shingles
from wirewatch.core.watchlists import Matcher
from wirewatch.io import corrections as table
from wirewatch.io import pages, postgres, watchlists
from wirewatch.io.archive import Archive, Original, PageRef
from wirewatch.io.fetch_failures import HostHeld
from wirewatch.io.http import Response
from wirewatch.jobs.crowd import NotStarted, handfuls
from wirewatch.jobs.hints import from_json
from wirewatch.jobs.politeness import Politeness, fetcher
from wirewatch.settings import settings

_LIMIT, _LEASE_MINUTES, _HANDFUL, _SECONDS = 1000, 30.0, 25, 5.0
_GONE, _MISSING = (410,), (404, 410)
_MOST_MISSING = 2

Article = dict[str, Any]


def revisit(dsn: str, run_id: str, names: AbstractResolver | None = None) -> dict[str, int]:
    """Look again at the articles that are due. Counts: looked, unchanged, failed, and changes by their class."""
    return asyncio.run(_revisit(dsn, run_id, names))


async def _revisit(dsn: str, run_id: str, names: AbstractResolver | None) -> dict[str, int]:
    chosen = settings()
    counts: Counter[str] = Counter(looked=0, unchanged=0, failed=0)
    with postgres.transaction(dsn) as db:
        due = table.due(db, _LIMIT, _LEASE_MINUTES)
        matcher = watchlists.matcher(db)
    archive = Archive(chosen.archive_url)
    async with Politeness(dsn, chosen, run_id) as politeness, fetcher(chosen, politeness, names) as client:
        coming = handfuls(
            due,
            lambda article: client.get(article["url"]),
            lambda article: str(article["host"]),
            at_once=chosen.at_once,
            seconds=chosen.fetch_minutes * 60,
            most=_HANDFUL,
            within=_SECONDS,
        )
        async for done in coming:
            counts.update(await asyncio.to_thread(_settle, dsn, archive, done, matcher))
    return dict(counts)


def _settle(
    dsn: str, archive: Archive, done: list[tuple[Article, Response | Exception]], matcher: Matcher
) -> Counter[str]:
    counts: Counter[str] = Counter()
    name = f"{datetime.now(UTC):%Y/%m/%d}/again-{uuid4().hex[:12]}.warc.gz"
    refs: dict[int, PageRef] = {}
    with archive.writer(name) as writer:
        for article, result in done:
            if not isinstance(result, Response) or result.status >= 400 or not article["from_page"]:
                continue
            if sha256(result.body).hexdigest() == article["page_digest"]:
                writer.add_revisit(result, Original(article["page_url"], article["page_fetched_at"]))
            else:
                refs[article["id"]] = writer.add(result)
    for article, result in done:
        with postgres.transaction(dsn) as db:
            counts.update(_look(db, article, result, refs.get(article["id"]), matcher))
    return counts


def _look(
    db: postgres.Connection, article: Article, result: Response | Exception, ref: PageRef | None, matcher: Matcher
) -> dict[str, int]:
    """Compare what the page says now with what is stored, and plan the next look."""
    age = datetime.now(UTC) - article["first_seen_at"]
    if isinstance(result, HostHeld | NotStarted):
        table.looked(db, article["id"], corrections.next_look(age, missing=1), article["missing"])
        return {"failed": 1}
    if isinstance(result, Response) and result.status in _MISSING:
        return {"looked": 1, **_missing(db, article, result)}
    if isinstance(result, Exception) or result.status >= 400:
        table.looked(db, article["id"], corrections.next_look(age), article["missing"])
        return {"failed": 1}
    table.looked(db, article["id"], corrections.next_look(age))
    change = _changed(db, article, result, ref, matcher) if ref or article["state"] == "gone" else None
    return {"looked": 1, change or "unchanged": 1}


def _missing(db: postgres.Connection, article: Article, result: Response) -> dict[str, int]:
    """The page is away: gone at once where the server says so for good, else at the second look."""
    missing = article["missing"] + 1
    away = result.status in _GONE or missing >= _MOST_MISSING
    age = datetime.now(UTC) - article["first_seen_at"]
    wait = corrections.next_look(age) if away else corrections.next_look(age, missing=missing)
    table.looked(db, article["id"], wait, missing)
    if not away or article["state"] == "gone":
        return {"unchanged": 1}
    table.add_version(
        db,
        article,
        change=Change.GONE,
        summary=f"the server answers {result.status}",
        seen_at=result.fetched_at,
        title=article["title"],
        text=article["text"],
        text_digest=article["text_digest"],
        page_id=None,
    )
    return {Change.GONE.value: 1}


def _changed(
    db: postgres.Connection, article: Article, result: Response, ref: PageRef | None, matcher: Matcher
) -> str | None:
    cleaned = clean_page(
        result.body,
        url=result.final_url,
        charset=result.charset,
        crawled=result.fetched_at,
        hints=from_json(article["hints"]),
    )
    if cleaned.rejected is not None:
        return None  # a wall or a challenge for now: what is stored stays
    found = corrections.difference(article["title"], article["text"], cleaned.title, cleaned.text)
    if found is None and article["state"] != "gone":
        return None
    change, summary = (found.change, found.summary) if found else (Change.BACK, "the page is there again")
    page_id = pages.save_one(db, article["id"], result, ref) if ref else None
    text_digest = digest(cleaned.text)
    table.add_version(
        db,
        article,
        change=change,
        summary=summary,
        seen_at=result.fetched_at,
        title=cleaned.title,
        text=cleaned.text,
        text_digest=text_digest,
        page_id=page_id,
    )
    about = watchlists.about_of(db, article["id"], cleaned.language)
    mentions = list(matcher.find(cleaned.title, cleaned.text, about))
    table.set_text(db, article["id"], cleaned, text_digest, sampled_shingles(cleaned.text), mentions)
    if change is Change.RETRACTED:
        table.flag_copies(db, article["id"])
    return change.value
