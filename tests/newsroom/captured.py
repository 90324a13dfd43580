"""A folder of captured pages, each publisher on a host of its own, with feeds made from the manifest."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Template

_RSS = Template(
    """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>{{ name }}</title><link>{{ home }}</link>
{% for row in rows %}<item><title>{{ row.title }}</title><link>{{ home }}{{ row.path }}</link>
{% if row.published %}<pubDate>{{ row.published }}</pubDate>{% endif %}</item>
{% endfor %}</channel></rss>""",
    autoescape=True,
)


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """One captured page. `path` is its path and query at its publisher."""

    publisher: str
    path: str
    title: str
    published: str
    file: Path

    def body(self) -> bytes:
        """The page as it was served."""
        return gzip.decompress(self.file.read_bytes())


def read(folder: Path) -> dict[str, list[CapturedPage]]:
    """The pages by publisher. FileNotFoundError where there is no manifest."""
    found: dict[str, list[CapturedPage]] = {}
    for page in _pages(folder):
        found.setdefault(page.publisher, []).append(page)
    return dict(sorted(found.items()))


def _pages(folder: Path) -> Iterator[CapturedPage]:
    for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        parts = urlsplit(row["url"])
        yield CapturedPage(
            publisher=row.get("publisher") or parts.netloc.removeprefix("www."),
            path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            title=row.get("title") or "",
            published=_rfc822(row.get("published")),
            file=folder / "pages" / f"{row['id']}.html.gz",
        )


def _rfc822(text: str | None) -> str:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return ""
    return format_datetime(found if found.tzinfo else found.replace(tzinfo=UTC))


def feed(name: str, home: str, pages: list[CapturedPage]) -> str:
    """The publisher's RSS feed."""
    return _RSS.render(name=name, home=home, rows=pages)
