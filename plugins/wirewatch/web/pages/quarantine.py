"""Quarantine: what failed too often and waits for a person, and what was let go."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from wirewatch.io import actions
from wirewatch.io.newsroom import operations
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn, reading

router = APIRouter()


@router.get("/quarantine")
def listed(request: Request, dsn: Dsn, done: int | None = None) -> Response:
    """What waits, and what was let go lately."""
    with reading(dsn) as db:
        return render(
            request,
            "quarantine.html",
            waiting=operations.quarantine(db),
            released=operations.released(db),
            done=actions.notice(db, done),
        )
