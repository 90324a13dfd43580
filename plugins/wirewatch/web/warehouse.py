"""The warehouse as a page sees it: read-only, and no query longer than a person waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection

_LONGEST = "20s"


def _dsn(request: Request) -> str:
    found: str = request.app.state.dsn()
    return found


Dsn = Annotated[str, Depends(_dsn)]
"""The connection string, for a page that asks for it."""


@contextmanager
def reading(dsn: str) -> Iterator[Connection]:
    """A connection that can change nothing."""
    with postgres.transaction(dsn) as db:
        postgres.execute(db, f"set local statement_timeout = '{_LONGEST}'")
        postgres.execute(db, "set transaction read only")
        yield db
