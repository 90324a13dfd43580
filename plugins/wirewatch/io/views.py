"""The views and functions of sql/views: made anew where their files changed, and never over what others built on them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

_MADE = """
create table if not exists public.wirewatch_view (
    name text primary key, files text not null, made_at timestamptz not null default now()
)
"""
_THERE = """
select c.oid, 'pg_class'::regclass as kind, format('%I.%I', n.nspname, c.relname) as name, 'view' as what
from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('ingest', 'media') and c.relkind = 'v'
union all
select p.oid, 'pg_proc'::regclass, p.oid::regprocedure::text, 'function'
from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('ingest', 'media')
"""


class BuiltOnViews(RuntimeError):
    """Somebody's own objects depend on views that have to be made anew."""


def refresh(db: Connection, folder: Path, *, anew: bool = False) -> bool:
    """Make the views of `folder` anew where its files changed, one is missing, or `anew`. Whether that was so.

    Only what was made from these files is dropped: a view that an analyst made in these schemas stays. BuiltOnViews where
    something else depends on what would be dropped; nothing is changed then.
    """
    postgres.execute(db, "select pg_advisory_xact_lock(hashtext('wirewatch_views'))")
    first = postgres.one(db, "select to_regclass('public.wirewatch_view') is null as first")
    postgres.execute(db, _MADE)
    files = sorted(folder.glob("*.sql"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    there = postgres.rows(db, _THERE)
    known = postgres.rows(db, "select name, files from public.wirewatch_view")
    names = {row["name"] for row in known}
    if first and first["first"]:
        names = {row["name"] for row in there}  # a warehouse from before this was written down
    current = bool(known) and all(row["files"] == digest for row in known) and names <= {row["name"] for row in there}
    if current and not anew:
        return False
    ours = [row for row in there if row["name"] in names]
    _refuse_dependents(db, [row["oid"] for row in ours])
    for row in ours:
        postgres.execute(db, f"drop {row['what']} if exists {row['name']} cascade")
    before = {row["name"] for row in postgres.rows(db, _THERE)}
    for path in files:
        postgres.execute(db, path.read_text(encoding="utf-8"))
    made = [row["name"] for row in postgres.rows(db, _THERE) if row["name"] not in before]
    postgres.execute(db, "delete from public.wirewatch_view")
    postgres.insert(db, "public.wirewatch_view", [{"name": name, "files": digest} for name in made])
    postgres.execute(db, "grant select on all tables in schema media to analyst")
    return True


def _refuse_dependents(db: Connection, oids: list[int]) -> None:
    """BuiltOnViews where anything but these views and functions themselves depends on them."""
    found = postgres.rows(
        db,
        """
        select distinct coalesce(pg_describe_object('pg_class'::regclass, r.ev_class, 0),
            pg_describe_object(d.classid, d.objid, d.objsubid)) as what
        from pg_depend d
        left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
        left join pg_type t on d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid
        where d.deptype in ('n', 'a')
            and (d.refobjid = any(%(ours)s::oid[]) and d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass)
                or t.typrelid = any(%(ours)s::oid[]))
            and coalesce(r.ev_class, d.objid) <> all(%(ours)s::oid[])
        order by 1
        """,
        {"ours": oids},
    )
    if found:
        names = ", ".join(row["what"] for row in found)
        message = (
            f"The views are to be made anew, and something of yours is built on them: {names}. Keep its definition "
            "(`\\sv` or `pg_get_viewdef`), drop it, run `wirewatch migrate`, and make it again."
        )
        raise BuiltOnViews(message)
