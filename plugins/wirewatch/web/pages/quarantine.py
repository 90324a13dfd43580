"""Quarantine: what failed too often and waits for a person; the button that lets it go again."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from wirewatch.io import ledger, postgres
from wirewatch.io.newsroom import operations
from wirewatch.web.access import WRITER, Who
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn, reading

router = APIRouter()


@router.get("/quarantine")
def listed(request: Request, dsn: Dsn, done: int | None = None) -> Response:
    """What waits, and what was let go lately."""
    with reading(dsn) as db:
        return render(
            request, "quarantine.html", waiting=operations.quarantine(db), released=operations.released(db), done=done
        )


@router.post("/quarantine/{entry_id}/replay", dependencies=WRITER)
def replay(request: Request, dsn: Dsn, entry_id: int, who: Who) -> Response:
    """Let an entry go again from the start, and write down who did."""
    with postgres.transaction(dsn) as db:
        freed = ledger.release(db, entry_id, who)
    if not freed:
        raise HTTPException(404, f"Entry {entry_id} is not in quarantine any more: somebody was faster.")
    root = str(request.scope.get("root_path", "")).rstrip("/")
    return RedirectResponse(f"{root}/quarantine?done={entry_id}", 303)
