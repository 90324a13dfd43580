"""Export articles as CSV, JSON lines or Parquet, streamed; and an RSS feed for each watchlist and topic."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Literal

from wirewatch.core import export as files
from wirewatch.core.opml import Outline, print_opml
from wirewatch.io import export as table
from wirewatch.io import parquet, postgres
from wirewatch.io.export import NothingOfThatName, Selection

__all__ = [
    "MEDIA_TYPES",
    "Exported",
    "Form",
    "NothingOfThatName",
    "Selection",
    "download",
    "export",
    "feeds",
    "write_feeds",
]

Form = Literal["csv", "jsonl", "parquet"]
MEDIA_TYPES: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
"""Formats by the ending of their file."""
NEWEST = 50
"""Items in an RSS feed."""
_PATIENCE = "set local statement_timeout = '5min'; set local idle_in_transaction_session_timeout = '10min'"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote: how many rows, and the cursor to continue from."""

    rows: int
    cursor: int


def export(
    dsn: str,
    chosen: Selection,
    form: Form,
    out: BinaryIO,
    *,
    text: bool = False,
    guarded: bool = True,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Exported:
    """Write a selection to `out`; `progress` hears of rows done and of all. NothingOfThatName where a filter names nothing.

    What happens meanwhile is not in it, and is above the cursor that comes back.
    """
    with postgres.transaction(dsn) as db:
        cursor = table.freeze(db)
        postgres.execute(db, _PATIENCE)
        table.check(db, chosen)
        total, done = table.count(db, chosen), 0
        progress(0, total)

        def counted() -> Iterator[dict[str, Any]]:
            nonlocal done
            for row in table.stream(db, chosen, text=text):
                yield row
                done += 1
                if not done % 1000:
                    progress(done, total)

        for piece in _encoded(counted(), form, text=text, changes=chosen.after is not None, guarded=guarded):
            out.write(piece)
        progress(done, total)
    return Exported(done, cursor)


def download(dsn: str, chosen: Selection, form: Form, *, text: bool = False) -> Iterator[bytes]:
    """The same as pieces of a file, for a browser. Once the first piece is there, all that the selection can have wrong is told."""
    with postgres.transaction(dsn) as db:
        table.freeze(db)
        postgres.execute(db, _PATIENCE)
        table.check(db, chosen)
        rows = table.stream(db, chosen, text=text)
        first = list(islice(rows, 1))
        yield b""
        rows = chain(first, rows)
        yield from _gathered(_encoded(rows, form, text=text, changes=chosen.after is not None, guarded=True))


def _encoded(
    rows: Iterable[Mapping[str, Any]], form: Form, *, text: bool, changes: bool, guarded: bool
) -> Iterator[bytes]:
    if form == "parquet":
        yield from parquet.written(rows, text=text, changes=changes)
    elif form == "jsonl":
        for row in rows:
            yield files.json_record(row).encode()
    else:
        yield files.csv_line(files.columns(text=text, changes=changes)).encode()
        for row in rows:
            yield files.csv_record(row, guarded=guarded).encode()


def _gathered(pieces: Iterable[bytes], size: int = 65_536) -> Iterator[bytes]:
    """The same bytes in larger pieces."""
    held: list[bytes] = []
    length = 0
    for piece in pieces:
        held.append(piece)
        length += len(piece)
        if length >= size:
            yield b"".join(held)
            held, length = [], 0
    yield b"".join(held)


@dataclass(frozen=True, slots=True)
class NewsFeed:
    """An RSS feed that the desk gives out: of a topic or a watchlist, its key there, and its title."""

    kind: Literal["topic", "watchlist"]
    key: str
    title: str

    @property
    def selection(self) -> Selection:
        """The articles that are in it."""
        return Selection(topic=self.key) if self.kind == "topic" else Selection(watchlist=self.key)

    @property
    def file(self) -> str:
        """A file name that is the same as long as topic or watchlist is."""
        plain = re.sub(r"[^a-z0-9]+", "-", self.key.lower()).strip("-")
        mark = "" if re.fullmatch(r"[a-z0-9:-]+", self.key) else "-" + sha256(self.key.encode()).hexdigest()[:8]
        return f"{self.kind}-{plain}{mark}.rss"


def feeds(dsn: str) -> list[NewsFeed]:
    """Every watchlist, and every topic that an article has."""
    with postgres.transaction(dsn) as db:
        found = postgres.rows(
            db,
            """
            select 'watchlist' as kind, name as key, name as title from media.watchlist
            union all
            select 'topic', qcode, name from media.topic t
            where exists (select from media.article_topic x where x.qcode = t.qcode)
            order by 1 desc, 3
            """,
        )
    return [NewsFeed(**row) for row in found]


def rss(dsn: str, chosen: Selection, title: str, link: str, itself: str) -> Iterator[str]:
    """The newest articles of a selection as RSS 2.0."""
    with postgres.transaction(dsn) as db:
        table.freeze(db)
        postgres.execute(db, _PATIENCE)
        table.check(db, chosen)
        rows = list(table.stream(db, chosen, newest=NEWEST))
    return files.rss(rows, files.Channel(title, link, itself, datetime.now(UTC)))


def write_feeds(dsn: str, folder: Path, address: str) -> int:
    """Write a file for each feed into `folder`, and feeds.opml that lists them. How many.

    `address` is where a web server shows the folder. Files are replaced whole: a reader never sees half of one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = address.rstrip("/")
    outlines = []
    for feed in feeds(dsn):
        itself = f"{root}/{feed.file}"
        _replace(folder / feed.file, "".join(rss(dsn, feed.selection, feed.title, f"{root}/", itself)).encode())
        outlines.append(Outline(feed.title, itself, feed.kind))
    _replace(folder / "feeds.opml", print_opml(outlines, "Wirewatch").encode())
    return len(outlines)


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
