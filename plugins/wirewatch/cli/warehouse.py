"""Where the warehouse is, for a command: the one that is set, or the embedded one, started for as long as it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wirewatch.io import migrate
from wirewatch.local.postgres import Server
from wirewatch.settings import settings


@contextmanager
def warehouse() -> Iterator[str]:
    """The connection string of a warehouse whose schema is current.

    WIREWATCH_DSN where it is set; else the embedded Postgres, running already or started for the block.
    """
    chosen = settings()
    if chosen.dsn is not None:
        migrate.require_current(chosen.warehouse(), chosen.sql)
        yield chosen.warehouse()
        return
    server = Server(chosen.home / "postgres", chosen.postgres_port)
    if server.is_running():
        yield server.dsn("warehouse")
        return
    server.start()
    try:
        dsn = server.dsn("warehouse")
        migrate.migrate(dsn, chosen.sql)
        yield dsn
    finally:
        server.stop()
