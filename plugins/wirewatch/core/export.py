"""Articles as rows of a file: their columns, cells that a spreadsheet may open, CSV, JSON lines and RSS 2.0."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

COLUMNS = (
    "id",
    "first_seen_at",
    "published_at",
    "loaded_at",
    "source",
    "host",
    "title",
    "authors",
    "language",
    "words",
    "kind",
    "copy_of",
    "copy_of_seed",
    "rung",
    "score",
    "copied_title",
    "story_id",
    "story",
    "topics",
    "mentions",
    "state",
    "version",
    "url",
)
"""What of an article a file has, in this order; `text` comes after them where it is asked for."""
CHANGE_COLUMNS = ("cursor", "change", "changed_at")
"""What stands before them where changes are exported: the change's place in media.change, its kind, and when."""
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What begins a cell that a spreadsheet may take for a formula (OWASP, CSV Injection)."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def columns(*, text: bool, changes: bool) -> tuple[str, ...]:
    """The names of the columns, with the article's text and with what happened to it, or without."""
    return (*(CHANGE_COLUMNS if changes else ()), *COLUMNS, *(("text",) if text else ()))


def csv_line(cells: Iterable[object]) -> str:
    """One record of CSV (RFC 4180)."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def csv_record(row: Mapping[str, Any], *, guarded: bool = True) -> str:
    """A row as CSV: lists by "; ", times in ISO 8601.

    `guarded`: text that a spreadsheet would run as a formula is led by an apostrophe, which spreadsheets hide. Programs
    that read the file ask for it as it is.
    """
    return csv_line(_cell(value, guarded=guarded) for value in row.values())


def json_record(row: Mapping[str, Any]) -> str:
    """A row as one line of JSON; times in ISO 8601."""
    return json.dumps(dict(row), ensure_ascii=False, default=lambda value: value.isoformat()) + "\n"


@dataclass(frozen=True, slots=True)
class Channel:
    """What an RSS feed says of itself: its title, the page that it belongs to, its own address, and when it was made."""

    title: str
    link: str
    itself: str
    made_at: datetime


def rss(rows: Iterable[Mapping[str, Any]], channel: Channel) -> Iterator[str]:
    """RSS 2.0. An item's guid is its article's key: it stays the same whatever changes, and in each feed of the warehouse."""
    yield '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
    yield (
        f"<title>{_xml(channel.title)}</title><link>{_xml(channel.link)}</link>"
        f"<description>{_xml(channel.title)}</description>"
        f"<lastBuildDate>{format_datetime(channel.made_at)}</lastBuildDate>"
        f'<atom:link href={_attribute(channel.itself)} rel="self" type="application/rss+xml"/>\n'
    )
    for row in rows:
        at = row["published_at"] or row["first_seen_at"]
        said = f"{row['source']}: {row['kind']}" + (f" of “{row['copied_title']}”" if row.get("copied_title") else "")
        yield (
            f"<item><title>{_xml(row['title'])}</title><link>{_xml(row['url'])}</link>"
            f'<guid isPermaLink="false">wirewatch:{row["id"]}</guid><pubDate>{format_datetime(at)}</pubDate>'
            # What stands in a description is HTML: a title's < is escaped twice.
            f"<description>{_xml(escape(said))}</description>"
            + "".join(f"<category>{_xml(topic)}</category>" for topic in row["topics"] or [])
            + "</item>\n"
        )
    yield "</channel></rss>\n"


def _cell(value: Any, *, guarded: bool) -> Any:
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    elif hasattr(value, "isoformat"):
        value = value.isoformat()
    if guarded and isinstance(value, str) and value.startswith(_RISKY):
        return "'" + value
    return value


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("", text))
