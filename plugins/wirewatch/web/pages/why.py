"""Why is this address, or is it not, in my data?"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from wirewatch.core.canonical import BadUrl, canonical_url
from wirewatch.io.newsroom import operations
from wirewatch.io.postgres import Connection
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn, reading

router = APIRouter()


@router.get("/why")
def why(request: Request, dsn: Dsn, url: str = "") -> Response:
    """The journey of one address through the ledger."""
    address = url.strip()
    found = attempts = None
    if address:
        with reading(dsn) as db:
            found = operations.why(db, address)[0]
            if found["disposition"] == "unknown":
                found = _as_canonical(db, address) or found
            attempts = operations.attempts(db, found["url"])
    return render(request, "why.html", address=address, found=found, attempts=attempts or [])


def _as_canonical(db: Connection, address: str) -> dict[str, Any] | None:
    try:
        rows = operations.why(db, canonical_url(address))
    except BadUrl:
        return None
    return None if rows[0]["disposition"] == "unknown" else rows[0]
