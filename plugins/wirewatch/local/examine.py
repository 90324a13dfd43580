"""What `wirewatch doctor` looks at: each finding is good, a warning or bad, and says what to do."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from wirewatch.core.watchlists import WatchlistError
from wirewatch.io import embedding, ledger, migrate, postgres, watchlists
from wirewatch.local.install import CONSTRAINTS, NEWEST, OLDEST
from wirewatch.local.postgres import PostgresUnavailable, Server, psql
from wirewatch.settings import Settings

_LEAST_DISK = 2 * 1024**3


class Grade(StrEnum):
    """How a finding is meant."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, what was found, and what to do about it."""

    what: str
    grade: Grade
    found: str
    remedy: str = ""


def examine(chosen: Settings) -> Iterator[Finding]:
    """Look at everything that Wirewatch needs on this machine, cheapest first."""
    for look in (_python, _packages, _model, _disk, _postgres, _ports, _seeds, _warehouse):
        try:
            yield from look(chosen)
        except Exception as problem:  # noqa: BLE001  (a doctor that dies of what it finds is of no use)
            name = look.__name__.strip("_")
            yield Finding(name, Grade.BAD, f"{type(problem).__name__}: {problem}", "this is a bug: please report it")


def _python(_chosen: Settings) -> Iterator[Finding]:
    version = sys.version.split()[0]
    good = OLDEST <= sys.version_info[:2] <= NEWEST
    yield Finding("Python", Grade.GOOD if good else Grade.BAD, version, "" if good else "use Python 3.11, 3.12 or 3.13")


def _packages(_chosen: Settings) -> Iterator[Finding]:
    if not CONSTRAINTS.exists():
        yield Finding("packages", Grade.WARNING, "no constraints.txt beside the package", "run from a checkout")
        return
    other = [
        f"{name} {installed} in place of {pin}"
        for name, pin in re.findall(r"(?m)^([\w.-]+)==(\S+)", CONSTRAINTS.read_text(encoding="utf-8"))
        if (installed := _installed(name)) and installed.split("+")[0] != pin
    ]
    if other:
        yield Finding("packages", Grade.WARNING, "; ".join(other[:5]), "`make install` brings the pinned ones")
    else:
        yield Finding("packages", Grade.GOOD, "as pinned")


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _model(chosen: Settings) -> Iterator[Finding]:
    try:
        embedding.find(chosen.model)
    except embedding.ModelNotFound as problem:
        yield Finding("embedding model", Grade.BAD, "missing", str(problem))
        return
    yield Finding("embedding model", Grade.GOOD, chosen.model)


def _disk(chosen: Settings) -> Iterator[Finding]:
    folder = next(path for path in (chosen.home, *chosen.home.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    grade, remedy = (
        (Grade.GOOD, "") if free > _LEAST_DISK else (Grade.BAD, "make room, or set WIREWATCH_HOME elsewhere")
    )
    yield Finding("disk", grade, f"{free / 1e9:.0f} GB free at {folder}", remedy)


def _postgres(chosen: Settings) -> Iterator[Finding]:
    if chosen.dsn is not None:
        yield Finding("Postgres", Grade.GOOD, "WIREWATCH_DSN is set")
        return
    try:
        psql()
    except PostgresUnavailable as problem:
        yield Finding("Postgres", Grade.BAD, "the embedded one is missing", str(problem))
        return
    server = Server(chosen.home / "postgres", chosen.postgres_port)
    if server.is_running():
        yield Finding("Postgres", Grade.GOOD, f"answers on 127.0.0.1:{server.port}")
    else:
        yield Finding("Postgres", Grade.WARNING, "does not run", "`make run` starts everything")


def _ports(chosen: Settings) -> Iterator[Finding]:
    if Server(chosen.home / "postgres", chosen.postgres_port).is_running():
        return
    for name in ("postgres_port", "ui_port", "press_port"):
        port = getattr(chosen, name)
        if not _is_free(port):
            yield Finding(f"port {port}", Grade.BAD, "taken", f"set WIREWATCH_{name.upper()} to a free one")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _seeds(chosen: Settings) -> Iterator[Finding]:
    articles = [path for path in (chosen.seeds / "articles").glob("*") if path.is_file()]
    if articles:
        yield Finding("seeds", Grade.GOOD, f"{len(articles)} files in {chosen.seeds / 'articles'}")
    else:
        yield Finding("seeds", Grade.WARNING, "none", f"put articles into {chosen.seeds / 'articles'}")
    try:
        watchlists.read(chosen.seeds / "watchlists.yaml")
    except WatchlistError as problem:
        yield Finding("watchlists", Grade.BAD, str(problem), "mend seeds/watchlists.yaml")


def _warehouse(chosen: Settings) -> Iterator[Finding]:
    server = Server(chosen.home / "postgres", chosen.postgres_port)
    if chosen.dsn is None and not server.is_running():
        return
    dsn = chosen.warehouse() if chosen.dsn is not None else server.dsn("warehouse")
    try:
        migrate.require_current(dsn, chosen.sql)
    except (migrate.SchemaOutdated, migrate.MigrationChanged, postgres.WarehouseUnreachable) as problem:
        yield Finding("schema", Grade.BAD, str(problem), "`wirewatch migrate`")
        return
    yield Finding("schema", Grade.GOOD, "current")
    for ask in _ASKED:
        with postgres.transaction(dsn) as db:
            yield ask(db)


def _ledger(db: postgres.Connection) -> Finding:
    faults = ledger.faults(db)
    if faults:
        return Finding("ledger", Grade.BAD, f"{len(faults)} rows do not add up", "select * from ingest.ledger_fault")
    return Finding("ledger", Grade.GOOD, f"{ledger.funnel(db)['discovered']} entries, adds up")


def _feeds(db: postgres.Connection) -> Finding:
    row = postgres.one(
        db,
        """
        select count(*) filter (where state in ('failing', 'gone', 'held'))::int as bad, count(*)::int as total
        from ingest.source_health where state <> 'paused'
        """,
    )
    bad, total = (row["bad"], row["total"]) if row else (0, 0)
    if not total:
        return Finding("feeds", Grade.WARNING, "none is polled", "`wirewatch feeds add URL`, or edit seeds/feeds.opml")
    if bad:
        return Finding("feeds", Grade.WARNING, f"{bad} of {total} do not answer", "`wirewatch feeds list` says why")
    return Finding("feeds", Grade.GOOD, f"{total} answer")


def _quarantine(db: postgres.Connection) -> Finding:
    waiting = ledger.funnel(db)["quarantined"]
    if waiting:
        return Finding("quarantine", Grade.WARNING, f"{waiting} entries", "select * from ingest.quarantine")
    return Finding("quarantine", Grade.GOOD, "empty")


_ASKED: tuple[Callable[[postgres.Connection], Finding], ...] = (_ledger, _feeds, _quarantine)
