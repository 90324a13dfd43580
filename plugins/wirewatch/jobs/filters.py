"""The three stages as filters: dictionaries in, dictionaries out, by the same code as the DAG's tasks.

A record that is wrong gives {"id", "error"} in its place, and the rest goes on.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dateutil import parser as date_parser

from wirewatch.core.canonical import BadUrl, canonical_url, host_of
from wirewatch.core.clean import clean as clean_page
from wirewatch.core.clean.language import detect
from wirewatch.core.model import Cleaned
from wirewatch.core.storable import storable
from wirewatch.core.topics import tagger as topic_tagger
from wirewatch.core.watchlists import About, Matcher
from wirewatch.io import drafts, embedding, ledger, postgres
from wirewatch.io.discovery import Discovery, discover
from wirewatch.jobs import deduplicate as deduplicate_job
from wirewatch.jobs import embed as embed_job
from wirewatch.jobs import load as load_job
from wirewatch.jobs.failures import sentence

Record = dict[str, Any]
_GZIP = b"\x1f\x8b"
_RUN = "filter"


class BadRecord(ValueError):
    """A record of the input lacks something, or has it in the wrong form."""


def clean(record: Record) -> Record:
    """One page: {"id", "url", "html" | "html_path", "crawled"?} to its article, or the reason why it is none."""
    try:
        url = _text(record, "url", required=False) or "https://unknown.invalid/"
        article = clean_page(_html(record), url=url, crawled=_moment(record, "crawled"))
    except Exception as problem:  # noqa: BLE001  (one record must not stop the rest; its line says what is wrong)
        return {"id": record.get("id"), "error": sentence(problem)}
    return {
        "id": record.get("id"),
        "title": article.title,
        "headline": article.headline,
        "text": article.text,
        "authors": list(article.authors),
        "published": article.published.isoformat() if article.published else None,
        "language": article.language,
        "rejected": article.rejected.value if article.rejected else None,
        "detail": article.detail or None,
    }


class Tagger:
    """Topics and mentions of texts, a chunk at a time."""

    def __init__(self, tagger: topic_tagger.Tagger, matcher: Matcher) -> None:
        self._tagger, self._matcher = tagger, matcher

    def __call__(self, records: list[Record]) -> Iterator[Record]:
        """{"id", "title", "text", "language"?, "url"?} each to {"id", "topics", "mentions"}, in order."""
        texts = [self._read(record) for record in records]
        languages = [
            record.get("language") or detect("\n".join(found)) if isinstance(found, tuple) else None
            for record, found in zip(records, texts, strict=True)
        ]
        parts = [
            self._tagger.to_read(*found, language) if isinstance(found, tuple) else []
            for found, language in zip(texts, languages, strict=True)
        ]
        vectors = embedding.embed([passage for part in parts for passage in part], self._tagger.model)
        at = 0
        for record, found, language, part in zip(records, texts, languages, parts, strict=True):
            rows = vectors[at : at + len(part)]
            at += len(part)
            if isinstance(found, Exception):
                yield {"id": record.get("id"), "error": sentence(found)}
                continue
            topics = self._tagger.tag(*found, part, rows, language)
            about = About(_host(record), language, tuple(word for t in topics for word in (t.qcode, t.name)))
            yield {
                "id": record.get("id"),
                "topics": [{"qcode": t.qcode, "name": t.name, "score": round(t.score, 4)} for t in topics],
                "mentions": [
                    {
                        "watchlist": m.watchlist,
                        "name": m.name,
                        "alias": m.alias,
                        "field": m.field,
                        "start": m.start,
                        "end": m.end,
                    }
                    for m in self._matcher.find(*found, about)
                ],
            }

    @staticmethod
    def _read(record: Record) -> tuple[str, str] | BadRecord:
        try:
            return _title_and_text(record)
        except BadRecord as problem:
            return problem


class Deduplicator:
    """Copies and stories of texts in order of arrival, a chunk at a time, through a warehouse of its own."""

    def __init__(self, dsn: str, seeds: dict[str, str]) -> None:
        """`seeds`: key ("seed:1") to the name that the output shows."""
        self._dsn, self._names, self._lines = dsn, dict(seeds), 0
        with postgres.transaction(dsn) as db:
            postgres.execute(db, "insert into ingest.feed (url, title, host) values ('urn:filter', 'filter', 'filter')")

    def __call__(self, records: list[Record]) -> Iterator[Record]:
        """{"id", "title", "text", "published"?, "url"?} each to {"id", "duplicate_of", "rung", "score", "story"}."""
        entered = [self._enter(record) for record in records]
        with postgres.transaction(self._dsn) as db:
            batch = ledger.claim(db, _RUN, limit=len(records), buckets=1, lease_minutes=600, max_attempts=1_000_000)
        embed_job.embed(self._dsn, batch.id, 0, for_topics=False)
        deduplicate_job.deduplicate(self._dsn, batch.id, _RUN, by_publication=False)
        results = self._results([entry for entry in entered if isinstance(entry, int)])
        self._load(batch.id)
        for record, entry in zip(records, entered, strict=True):
            if isinstance(entry, int):
                yield {"id": record.get("id"), **results[entry]}
            else:
                yield {"id": record.get("id"), "error": sentence(entry)}

    def _enter(self, record: Record) -> int | BadRecord:
        self._lines += 1
        address = f"urn:wirewatch:line:{self._lines}"
        try:
            title, text = _title_and_text(record)
            article = Cleaned(title=title, text=text, published=_moment(record, "published"), language=detect(text))
            own = self._url(record) or address
        except BadRecord as problem:
            return problem
        with postgres.transaction(self._dsn) as db:
            discover(db, {1: [Discovery(address, address, "filter", None, title, {})]})
            entry = postgres.one(
                db,
                "update ingest.entry set stage = 'cleaned' where canonical_url = %s returning id",
                (address,),
            )
            assert entry is not None
            drafts.save_cleaned(db, entry["id"], None, own, article)
        self._names[f"article:{entry['id']}"] = record.get("id", "")
        return int(entry["id"])

    @staticmethod
    def _url(record: Record) -> str | None:
        try:
            url = _text(record, "url", required=False)
            return canonical_url(url) if url else None
        except BadUrl:
            return None

    def _results(self, ids: list[int]) -> dict[int, Record]:
        with postgres.transaction(self._dsn) as db:
            found = drafts.of(db, ids)
        return {entry: self._result(row) for entry, row in found.items()}

    def _result(self, row: Record) -> Record:
        verdict = row["verdict"]
        if verdict is None:
            return {"error": "this text could not be judged"}
        copied = verdict["duplicate_of"]
        return {
            "duplicate_of": self._names.get(copied) if copied else None,
            "rung": verdict["rung"] if copied else None,
            "score": round(float(verdict["score"]), 4),
            "story": row["story_id"],
            "parts": self._parts(verdict["evidence"]),
        }

    def _parts(self, evidence: Record) -> list[Record]:
        """Which parts of what a text that is no copy took."""
        return [
            {"of": self._names.get(one["of"]), "words": one["part"]["words"], "where": one["part"]["where"]}
            for one in evidence.get("reuses", [])
        ]

    def _load(self, batch_id: int) -> None:
        """Topics are not asked for here: the drafts go into the window without."""
        with postgres.transaction(self._dsn) as db:
            judged = [entry["id"] for entry in ledger.at_stage(db, batch_id, "judged")]
            postgres.execute(
                db,
                "update ingest.draft set topics = '[]', mentions = '[]', tagger = 'none' where entry_id = any(%s)",
                (judged,),
            )
            ledger.advance(db, judged, batch_id, "judged", "tagged")
        load_job.load(self._dsn, batch_id, _RUN)
        with postgres.transaction(self._dsn) as db:
            ledger.close(db, batch_id)


def _html(record: Record) -> str | bytes:
    if isinstance(record.get("html"), str):
        return str(record["html"])
    if "html_path" not in record:
        message = '"html" or "html_path" must be given, as a string'
        raise BadRecord(message)
    path = Path(_text(record, "html_path"))
    if not path.is_file():
        message = f"there is no file {path}"
        raise BadRecord(message)
    content = path.read_bytes()
    return gzip.decompress(content) if content.startswith(_GZIP) else content


def _host(record: Record) -> str:
    url = record.get("url")
    try:
        return host_of(url) if isinstance(url, str) else ""
    except BadUrl:
        return ""


def _title_and_text(record: Record) -> tuple[str, str]:
    return _text(record, "title", required=False), _text(record, "text")


def _text(record: Record, key: str, *, required: bool = True) -> str:
    value = record.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        message = f'"{key}" must be a string'
        raise BadRecord(message)
    return storable(value)


def _moment(record: Record, key: str) -> datetime | None:
    """A time in any usual form; None where it is none, since a text is worth more than its date."""
    try:
        found = date_parser.parse(str(record.get(key) or ""))
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def in_chunks(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    """Records in lists of at most `size`."""
    chunk: list[Record] = []
    for record in records:
        chunk.append(record)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
