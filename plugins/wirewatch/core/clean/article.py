"""The steps of cleaning, in order: decode and parse once, read what the page says of itself, find the body, decide."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime

from wirewatch.core.clean import body, byline, dates, language, title, verdict
from wirewatch.core.clean.page import Page, UnreadablePage, read_page
from wirewatch.core.clean.structured import Facts, html_to_text, read_facts
from wirewatch.core.model import Cleaned, FeedHints, Rejected
from wirewatch.core.storable import storable_deep

_LEAST_WORDS = 25


def clean(
    html: bytes | str,
    *,
    url: str,
    charset: str | None = None,
    crawled: datetime | None = None,
    hints: FeedHints | None = None,
) -> Cleaned:
    """The article in a page. It never raises: what is no article comes back with `rejected`, its text kept.

    `charset` is what the Content-Type header says; `crawled` bounds the date of publication; `hints` are what the
    feed said, and stand in where the page says less.
    """
    known = hints or FeedHints()
    try:
        page = read_page(html, charset)
    except UnreadablePage as problem:
        return _from_feed(known, Cleaned("", "", rejected=problem.reason, detail=str(problem)))
    facts = read_facts(page)
    found = body.main_text(page, facts, url)
    reason, detail = verdict.judge(page, facts, found.text, url)
    article = Cleaned(
        title=title.find(facts, known, url) or "",
        text=found.text,
        authors=byline.find(page, facts, known, url),
        published=dates.find(page, facts, known, url, crawled),
        language=language.detect(found.text, facts.language),
        canonical_url=facts.canonical_url,
        section=facts.section,
        image=facts.image,
        headline=facts.h1,
        method=found.method,
        rejected=reason,
        detail=detail,
    )
    return _storable(_from_feed(known, article))


def _storable(article: Cleaned) -> Cleaned:
    return replace(article, **{field.name: storable_deep(getattr(article, field.name)) for field in fields(article)})


def _from_feed(hints: FeedHints, article: Cleaned) -> Cleaned:
    """The article with the feed's text, where the page gave too little of one and the feed has enough."""
    text = html_to_text(hints.content_html or "") or html_to_text(hints.summary_html or "")
    enough = len(text.split()) >= _LEAST_WORDS
    if article.rejected in (None, Rejected.SOFT_404, Rejected.GONE) or not enough:
        return article
    if len(text.split()) <= len(article.text.split()) and article.rejected is Rejected.SECTION_FRONT:
        return article
    return Cleaned(
        title=hints.title or article.title,
        text=text,
        authors=hints.authors or article.authors,
        published=hints.published or article.published,
        language=language.detect(text, hints.language),
        canonical_url=None,
        method="feed",
    )


__all__ = ["Facts", "Page", "clean"]
