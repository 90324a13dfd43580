"""What must be true after any schedule: the ledger adds up, nothing is lost or twice, and no verdict is another one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chaos.desk import Desk, Ground
from wirewatch.io import ledger, pages, postgres
from wirewatch.io.archive import Archive, ArchiveDamaged

Verdicts = dict[str, dict[str, Any]]
_VERDICTS = """
    select e.canonical_url as url, e.disposition, split_part(e.reason, ':', 1) as reason, a.text_digest, a.title, d.rung,
        coalesce(o.canonical_url, s.name) as of, a.story_id,
        (select array_agg(t.qcode order by t.qcode) from media.article_topic t where t.article_id = e.id) as topics,
        (select count(*)::int from media.mention m where m.article_id = e.id) as mentions
    from ingest.entry e left join media.article a on a.id = e.id left join media.duplicate d on d.article_id = e.id
    left join media.article o on o.id = d.of_article_id left join media.seed s on s.id = d.of_seed_id
"""


def verdicts(desk: Desk) -> Verdicts:
    """What became of each address, by the address; stories are named by the first of their articles."""
    with postgres.transaction(desk.dsn) as db:
        rows = postgres.rows(db, _VERDICTS)
    first: dict[int, str] = {}
    for row in sorted(rows, key=lambda row: row["url"]):
        if row["story_id"] is not None:
            first.setdefault(row["story_id"], row["url"])
    return {row.pop("url"): {**row, "story_id": first.get(row["story_id"])} for row in rows}


def broken(on: Ground, desk: Desk, undisturbed: Verdicts, *, exact: bool) -> list[str]:
    """The promises that do not hold, in sentences."""
    with postgres.transaction(desk.dsn) as db:
        found = [f"the ledger: {row['canonical_url']}: {row['fault']}" for row in ledger.faults(db)]
        counts = ledger.funnel(db)
        left = postgres.one(db, "select count(*)::int as n from ingest.draft")
        twice = postgres.rows(
            db,
            "select text_digest, count(*)::int as n from media.article "
            "where duplicate_of is null and duplicate_of_seed is null group by 1 having count(*) > 1",
        )
        stories = postgres.rows(
            db,
            "select s.id from media.story s where not exists (select from media.story_article x where x.story_id = s.id)",
        )
        stored = postgres.rows(db, "select * from ingest.page")
    if counts["discovered"] != sum(counts[name] for name in counts if name != "discovered"):
        found.append(f"the funnel: {counts}")
    if counts["pending"] or counts["quarantined"]:
        found.append(f"not everything is decided: {counts}")
    if left and left["n"]:
        found.append(f"{left['n']} drafts are left behind")
    found += [f"the same text is {row['n']} originals: {row['text_digest']}" for row in twice]
    found += [f"story {row['id']} has no article" for row in stories]
    found += list(_unreadable(on, stored))
    now = verdicts(desk)
    found += [
        f"{url} is in another story than what it copies"
        for url, row in now.items()
        if row["of"] in now and row["story_id"] != now[row["of"]]["story_id"]
    ]
    found += [f"lost: {url}" for url in undisturbed.keys() - now.keys()]
    found += [f"from nowhere: {url}" for url in now.keys() - undisturbed.keys()]
    wanted, have = (undisturbed, now) if exact else (_groups(undisturbed), _groups(now))
    found += [
        f"another verdict on {url}: {_difference(wanted[url], have[url])}"
        for url in sorted(wanted.keys() & have.keys())
        if wanted[url] != have[url]
    ]
    return found


def _unreadable(on: Ground, stored: Iterable[dict[str, Any]]) -> Iterable[str]:
    archive = Archive(str(on.disk / "archive"))
    for row in stored:
        try:
            archive.read(pages.reference(row))
        except ArchiveDamaged as problem:
            yield f"page {row['id']}: {problem}"


def _groups(known: Verdicts) -> Verdicts:
    """Verdicts where the order of arrival was another one: who is whose copy may be turned round, not who belongs together."""

    def root(url: str) -> str:
        while known.get(url, {}).get("of") in known:
            url = known[url]["of"]
        return str(known.get(url, {}).get("of") or url)

    members: dict[str, list[str]] = {}
    for url in known:
        members.setdefault(root(url), []).append(url)
    names = {url: min(group) for group in members.values() for url in group}
    kept = ("text_digest", "title", "topics", "mentions")
    return {url: {"group": names[url], **{key: row[key] for key in kept}} for url, row in known.items()}


def _difference(wanted: dict[str, Any], have: dict[str, Any]) -> str:
    return "; ".join(f"{key} {wanted[key]!r} became {have[key]!r}" for key in wanted if wanted[key] != have[key])
