"""What is old, and taking it away: texts of articles, vectors, pages, polls, files of the archive. Keys and sums stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wirewatch.io import months, postgres
from wirewatch.io.postgres import Connection

KINDS = {"vectors": "media.embedding", "pages": "ingest.page", "polls": "ingest.poll", "requests": "ingest.request"}
"""What is dropped by the month, by kind: its table."""
_OLD_TEXTS = "first_seen_at < %(before)s and text_dropped_at is null"


@dataclass(frozen=True, slots=True)
class Old:
    """Something that retention takes away: kind, how many, how large, and what of it is kept and why."""

    kind: str
    rows: int
    bytes: int
    note: str = ""


def cut(db: Connection, keep_months: int, window_days: int) -> datetime:
    """Before which time things are old: the start of the month `keep_months` ago (UTC), and never within the window of copies."""
    row = postgres.one(
        db,
        """
        select date_trunc('month', least(now() at time zone 'UTC' - %s * interval '1 month',
            now() at time zone 'UTC' - %s * interval '1 day')) at time zone 'UTC' as before
        """,
        (keep_months, window_days),
    )
    assert row is not None
    found: datetime = row["before"]
    return found


def old_texts(db: Connection, before: datetime) -> Old:
    """The texts of articles first seen before this."""
    row = postgres.one(
        db,
        f"""
        select count(*) as rows,
            coalesce(sum(pg_column_size(text) + pg_column_size(search) + pg_column_size(shingles)), 0)::bigint as bytes
        from media.article where {_OLD_TEXTS}
        """,  # noqa: S608  (a constant of this module)
        {"before": before},
    )
    assert row is not None
    return Old("texts", int(row["rows"]), int(row["bytes"]))


def drop_texts(db: Connection, before: datetime, most: int) -> int:
    """Drop the texts and wording of up to `most` articles first seen before this, with those of their versions. How many."""
    return postgres.execute(
        db,
        f"""
        with chosen as (
            select id from media.article where {_OLD_TEXTS} order by first_seen_at limit %(most)s for update
        ), versions as (
            update media.article_version v set text = '' from chosen c where v.article_id = c.id
        )
        update media.article a set text = '', shingles = '{{}}', text_dropped_at = now(), next_look_at = null
        from chosen c where a.id = c.id
        """,  # noqa: S608  (a constant of this module)
        {"before": before, "most": most},
    )


def old_months(db: Connection, kind: str, before: datetime) -> tuple[list[months.Month], Old]:
    """The months of a kind that ended by then, and what they hold. A month whose pages an entry on its way needs is kept."""
    table = KINDS[kind]
    ended = [month for month in months.of(db, table) if month.until <= before]
    kept = [month for month in ended if kind == "pages" and _is_needed(db, month.name)]
    going = [month for month in ended if month not in kept]
    rows = sum(_count(db, f"{month.name} x") for month in going)
    size = sum(month.bytes for month in going)
    mixed = _mixed(db, table, before)
    if mixed:
        rows += _count(db, _old_rows(kind, mixed.name), before)
    note = "; ".join(f"{month.name} is kept: entries on their way need it" for month in kept)
    return going, Old(kind, rows, size, note)


def _mixed(db: Connection, table: str, before: datetime) -> months.Month | None:
    """The part that holds all that was there before tables were kept by month, where it has not ended by then."""
    return next((month for month in months.of(db, table) if month.since is None and month.until > before), None)


def _old_rows(kind: str, name: str) -> str:
    at = months.TABLES[KINDS[kind]]
    needed = "join ingest.entry e on e.id = x.entry_id and e.disposition not in ('pending', 'quarantined')"
    return f"{name} x {needed if kind == 'pages' else ''} where x.{at} < %(before)s"


def _count(db: Connection, rows: str, before: datetime | None = None) -> int:
    found = postgres.one(db, f"select count(*) as n from {rows}", {"before": before})  # noqa: S608  (names from the catalogue)
    return int(found["n"]) if found else 0


def _is_needed(db: Connection, month: str) -> bool:
    found = postgres.one(
        db,
        f"""
        select exists (select from {month} p join ingest.entry e on e.id = p.entry_id
            where e.disposition in ('pending', 'quarantined')) as needed
        """,  # noqa: S608  (a name from the catalogue)
    )
    return bool(found and found["needed"])


def drop_months(db: Connection, kind: str, going: Sequence[months.Month], before: datetime) -> None:
    """Drop months of a kind, noting the files of the archive that nothing points at any more.

    Of the part from before tables were kept by month, which has no months, the old rows are deleted.
    """
    table = KINDS[kind]
    for month in going:
        if kind in ("pages", "polls"):
            _note_files(db, f"{month.name} x", before)
        months.drop(db, table, month.name)
    mixed = _mixed(db, table, before)
    if mixed:
        rows = _old_rows(kind, mixed.name)
        if kind in ("pages", "polls"):
            _note_files(db, rows, before)
        postgres.execute(
            db,
            f"delete from {mixed.name} where ctid in (select x.ctid from {rows})",  # noqa: S608  (names from the catalogue)
            {"before": before},
        )
    postgres.execute(
        db,
        """
        delete from ingest.file_to_remove f
        where exists (select from ingest.page p where p.archive_file = f.name)
            or exists (select from ingest.poll p where p.archive_file = f.name)
        """,
    )


def _note_files(db: Connection, rows: str, before: datetime) -> None:
    where = "and" if " where " in rows else "where"
    postgres.execute(
        db,
        f"""
        insert into ingest.file_to_remove (name)
        select distinct x.archive_file from {rows} {where} x.archive_file is not null on conflict do nothing
        """,  # noqa: S608  (names from the catalogue)
        {"before": before},
    )


def files_to_remove(db: Connection) -> list[str]:
    """Files of the archive that nothing points at."""
    return [row["name"] for row in postgres.rows(db, "select name from ingest.file_to_remove order by name")]


def removed(db: Connection, names: Sequence[str]) -> None:
    """These files are gone."""
    postgres.execute(db, "delete from ingest.file_to_remove where name = any(%s)", (list(names),))


def record(db: Connection, run_id: str, before: datetime, gone: Old) -> None:
    """Write down what was taken away."""
    postgres.insert(
        db,
        "ingest.month_dropped",
        [
            {
                "run_id": run_id,
                "kind": gone.kind,
                "before": before,
                "rows": gone.rows,
                "bytes": gone.bytes,
                "note": gone.note,
            }
        ],
    )
