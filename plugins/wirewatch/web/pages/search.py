"""Search: by words and by meaning, both together by default."""

from __future__ import annotations

import threading
from typing import Literal

from fastapi import APIRouter, Request, Response

from wirewatch.core import marking
from wirewatch.jobs import search as job
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn

router = APIRouter()


@router.get("/search")
def search(request: Request, dsn: Dsn, q: str = "", by: Literal["both", "words", "meaning"] = "both") -> Response:
    """The page; while the question is being typed, the model is loaded, once, beside it."""
    question = " ".join(q.split())[:400]
    if not question:
        threading.Thread(target=job.warm_up, args=(dsn,), name="model", daemon=True).start()
    found = job.search(dsn, question, by=by) if question else []
    for row in found:
        row["pieces"] = marking.delimited(row["excerpt"], job.START, job.STOP)
    return render(request, "search.html", q=question, by=by, found=found)
