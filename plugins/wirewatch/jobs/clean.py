"""Clean: read each fetched page from the archive, find the article in it, or say why there is none."""

from __future__ import annotations

from typing import Any

from wirewatch.core.canonical import BadUrl, canonical_url
from wirewatch.core.clean import clean as clean_page
from wirewatch.core.model import Cleaned, FeedHints
from wirewatch.io import drafts, ledger, makers, models, pages, postgres
from wirewatch.io.archive import Archive
from wirewatch.io.log_context import about
from wirewatch.jobs.failures import give_back_or_quarantine
from wirewatch.jobs.hints import from_json
from wirewatch.settings import settings

_CHUNK = 10
_HTTP_ERROR = 400
_BELOW_THE_FRONT_PAGE = 3
"""Slashes of an address that is not just a host."""


def clean(dsn: str, batch_id: int, bucket: int, run_id: str) -> dict[str, int]:
    """Move the bucket's entries from fetched to cleaned, or reject them. Counts: cleaned, rejected, failed."""
    chosen = settings()
    archive = Archive(chosen.archive_url)
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, chosen.lease_minutes)
        entries = ledger.at_stage(db, batch_id, "fetched", bucket)
    counts = {"cleaned": 0, "rejected": 0, "failed": 0}
    for number, entry in enumerate(entries):
        try:
            with about(entry=entry["id"]):
                outcome = _clean_one(dsn, batch_id, entry, archive)
        except ledger.LeaseLost:
            raise
        except Exception as problem:  # noqa: BLE001  (one page must not stop the batch)
            give_back_or_quarantine(
                dsn,
                entry,
                batch_id,
                run_id,
                stage="clean",
                back_to="fetched",
                problem=problem,
                max_attempts=chosen.max_attempts,
            )
            outcome = "failed"
        counts[outcome] += 1
        if number % _CHUNK == _CHUNK - 1:
            with postgres.transaction(dsn) as db:
                ledger.renew(db, batch_id, chosen.lease_minutes)
    return counts


def _clean_one(dsn: str, batch_id: int, entry: dict[str, Any], archive: Archive) -> str:
    with postgres.transaction(dsn) as db:
        page = pages.latest(db, entry["id"])
    hints = from_json(entry["hints"])
    article = read_article(archive, page, hints, entry["url"])
    with postgres.transaction(dsn) as db:
        if article.rejected is not None:
            reason = article.rejected.value + (f": {article.detail}" if article.detail else "")
            ledger.decide(db, entry["id"], batch_id, "rejected", reason)
            makers.note_rejection(db, entry["id"], makers.key(db, makers.present(models.serving(db).name)))
            return "rejected"
        address = address_of(article, entry["canonical_url"], page["final_url"] if page else None)
        drafts.save_cleaned(db, entry["id"], page["id"] if page else None, address, article)
        ledger.advance(db, [entry["id"]], batch_id, "fetched", "cleaned")
    return "cleaned"


def read_article(archive: Archive, page: dict[str, Any] | None, hints: FeedHints, url: str) -> Cleaned:
    """The article in a page of the archive; in what the feed said, where the page failed."""
    if page is None or page["status"] >= _HTTP_ERROR:
        return clean_page("", url=url, hints=hints)
    stored = archive.read(pages.reference(page))
    return clean_page(
        stored.body, url=page["final_url"], charset=page["charset"], crawled=page["fetched_at"], hints=hints
    )


def address_of(article: Cleaned, entry_url: str, final_url: str | None) -> str:
    """The page's own canonical address where it is one for the article, else where redirects led, else the entry's."""
    for named, base in ((article.canonical_url, final_url or entry_url), (final_url, None)):
        try:
            own = canonical_url(named or "", base)
        except BadUrl:
            continue
        if own.rstrip("/").count("/") >= _BELOW_THE_FRONT_PAGE:
            return own
    return entry_url
