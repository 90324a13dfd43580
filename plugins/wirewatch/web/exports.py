"""Articles as files: CSV, JSON lines and RSS, written a row at a time."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

COLUMNS = (
    "id",
    "first_seen_at",
    "published_at",
    "source",
    "title",
    "language",
    "kind",
    "rung",
    "copied_title",
    "topics",
    "url",
)
"""What of an article an export has, in this order."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def row_of(article: dict[str, Any]) -> dict[str, Any]:
    """An article of the list as an export has it."""
    kind = (
        "copy of an article"
        if article["duplicate_of"]
        else "copy of a seed"
        if article["duplicate_of_seed"]
        else "original"
    )
    return {name: kind if name == "kind" else article[name] for name in COLUMNS}


def as_csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """CSV (RFC 4180) with a header. Text that a spreadsheet would run as a formula is led by an apostrophe."""
    yield _csv_line(COLUMNS)
    for row in rows:
        yield _csv_line([_cell(value) for value in row.values()])


def as_json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """One JSON object a line; times in ISO 8601."""
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, default=lambda value: value.isoformat()) + "\n"


def as_rss(rows: Iterable[dict[str, Any]], title: str, link: str) -> Iterator[str]:
    """RSS 2.0, newest first."""
    yield '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
    yield f"<title>{_xml(title)}</title><link>{_xml(link)}</link><description>{_xml(title)}</description>\n"
    for row in rows:
        at = row["published_at"] or row["first_seen_at"]
        yield (
            f"<item><title>{_xml(row['title'])}</title><link>{_xml(row['url'])}</link>"
            f'<guid isPermaLink="false">wirewatch:{row["id"]}</guid><pubDate>{format_datetime(at)}</pubDate>'
            f"<description>{_xml(row['source'])}: {_xml(row['kind'])}</description>"
            + "".join(f"<category>{_xml(topic)}</category>" for topic in row["topics"] or [])
            + "</item>\n"
        )
    yield "</channel></rss>\n"


WRITERS: dict[str, tuple[str, Callable[[Iterable[dict[str, Any]]], Iterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "jsonl": ("application/x-ndjson; charset=utf-8", as_json_lines),
}
"""Formats by the ending of their file: media type, and what writes them."""


def _csv_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = "; ".join(value)
    elif hasattr(value, "isoformat"):
        value = value.isoformat()
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("", text))
