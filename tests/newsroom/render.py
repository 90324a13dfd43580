"""Feeds and pages out of articles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from newsroom.articles import Article
from newsroom.publishers import Publisher

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["rfc822"] = format_datetime
KINDS = {
    "rss": ("/rss.xml", "application/rss+xml"),
    "rss_full": ("/feed/", "text/xml"),
    "atom": ("/atom.xml", "application/atom+xml"),
    "json": ("/feed.json", "application/feed+json"),
    "sitemap": ("/news-sitemap.xml", "application/xml"),
}
"""Where each kind of feed is, and its content type."""


@dataclass(frozen=True, slots=True)
class Printed:
    """An article that is out: its address and times."""

    article: Article
    url: str
    published: datetime
    modified: datetime


def feed(publisher: Publisher, home: str, items: Sequence[Printed]) -> str:
    """The publisher's feed, newest first."""
    newest = sorted(items, key=lambda item: item.published, reverse=True)
    if publisher.feed == "json":
        return _json_feed(publisher, home, newest)
    name = {"rss_full": "rss"}.get(publisher.feed, publisher.feed)
    known = {"publisher": publisher, "home": home, "items": newest, "full": publisher.feed == "rss_full"}
    return _TEMPLATES.get_template(f"{name}.xml").render(known)


def page(publisher: Publisher, home: str, item: Printed, others: Sequence[Printed]) -> str:
    """An article's page."""
    kind = item.article.answer if item.article.answer in ("paywall", "soft_404", "consent", "challenge") else ""
    template = f"{kind}.html" if kind else publisher.template
    related = [other for other in others if other.url != item.url][:6]
    structured = json.dumps(_news_article(publisher, item), ensure_ascii=False).replace("</", "<\\/")
    known = {
        "publisher": publisher,
        "home": home,
        "item": item,
        "a": item.article,
        "related": related,
        "ld": structured,
    }
    return _TEMPLATES.get_template(template).render(known)


def opml(feeds: Sequence[tuple[str, str]]) -> str:
    """An OPML list of (title, address)."""
    return _TEMPLATES.get_template("feeds.opml").render(feeds=feeds)


def _news_article(publisher: Publisher, item: Printed) -> dict[str, object]:
    found: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": item.article.title,
        "articleSection": item.article.section,
        "inLanguage": item.article.language or publisher.language,
        "mainEntityOfPage": item.url,
        "publisher": {"@type": "NewsMediaOrganization", "name": publisher.name},
    }
    if item.article.byline:
        found["author"] = [{"@type": "Person", "name": item.article.byline}]
    if not item.article.undated:
        found |= {"datePublished": item.published.isoformat(), "dateModified": item.modified.isoformat()}
    if item.article.answer == "paywall":
        found["isAccessibleForFree"] = False
    return found


def _json_feed(publisher: Publisher, home: str, items: Sequence[Printed]) -> str:
    rows = [
        {
            "id": f"{publisher.key}-{item.article.number}",
            "url": item.url,
            "title": item.article.title,
            "summary": item.article.paragraphs[0] if item.article.paragraphs else "",
            "date_published": item.published.isoformat(),
            "date_modified": item.modified.isoformat(),
            "authors": [{"name": item.article.byline}],
        }
        for item in items
    ]
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": publisher.name,
        "home_page_url": home,
        "feed_url": home + KINDS["json"][0],
        "language": publisher.language,
    }
    return json.dumps({**head, "items": rows}, ensure_ascii=False, indent=1)
