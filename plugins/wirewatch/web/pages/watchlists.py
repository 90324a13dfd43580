"""Watchlists: each list, edited and tried on what is in; its versions; and the alerts of late with their deliveries."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from wirewatch.core.alert_file import AlertFileError, AlertPlan
from wirewatch.core.watchlist_file import dump_watchlists, parse_watchlists
from wirewatch.core.watchlists import Watchlist, WatchlistError
from wirewatch.io import alerts, deliveries, postgres
from wirewatch.io import watchlists as table
from wirewatch.jobs import alerts as alert_job
from wirewatch.jobs import watchlists as job
from wirewatch.web.access import WRITER, Who
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn, reading

router = APIRouter()
_DAYS = 30
_SHOWN = 50
_SECONDS = 8.0
"""So long a person waits for a dry run; then it says how far back it came."""
_LONGEST = 200_000
_NEW = "- name: \n  description: \n  entries:\n    - name: \n      aliases: []\n"
Content = Annotated[str, Form(max_length=_LONGEST)]
Seen = Annotated[int, Form(ge=0)]


@router.get("/watchlists")
def listed(request: Request, dsn: Dsn) -> Response:
    """Every list, and the alerts of the last week."""
    plan, problem = _plan()
    with reading(dsn) as db:
        return render(
            request,
            "watchlists.html",
            lists=table.listing(db),
            alerts=alerts.recent(db, 7),
            undelivered=deliveries.undelivered(db),
            plan=plan,
            problem=problem,
        )


def _plan() -> tuple[AlertPlan, str]:
    try:
        return alert_job.plan(), ""
    except AlertFileError as problem:
        return AlertPlan(), str(problem)


@router.get("/watchlists/new")
def new(request: Request) -> Response:
    """The form for a new list."""
    return _form(request, name="", content=_NEW, seen=0)


@router.post("/watchlists/new", dependencies=WRITER)
def create(request: Request, dsn: Dsn, who: Who, content: Content, do: Annotated[str, Form()] = "try") -> Response:
    """Try a new list, or save it."""
    return _handled(request, dsn, who, "", content, 0, do)


@router.get("/watchlists/list/{watchlist}")
def one(request: Request, dsn: Dsn, watchlist: str, version: int | None = None, tried: bool = False) -> Response:  # noqa: FBT001  (a parameter of the address)
    """One list with its versions; tried on what is in, where that is asked for."""
    with reading(dsn) as db:
        row, versions = table.one(db, watchlist), table.versions(db, watchlist)
    if row is None:
        raise HTTPException(404, f"There is no watchlist “{watchlist[:80]}”.")
    shown = next((one["definition"] for one in versions if one["version"] == version), row["definition"])
    chosen = table.from_json(shown)
    trial = job.try_out(dsn, [chosen], days=_DAYS, show=_SHOWN, seconds=_SECONDS) if tried else None
    return _form(
        request,
        name=watchlist,
        content=dump_watchlists([chosen]),
        seen=row["version"],
        row=row,
        versions=versions,
        version=version,
        trial=trial,
    )


@router.post("/watchlists/list/{watchlist}", dependencies=WRITER)
def change(
    request: Request,
    dsn: Dsn,
    who: Who,
    watchlist: str,
    content: Content,
    seen: Seen,
    do: Annotated[str, Form()] = "try",
) -> Response:
    """Try a list as it was edited, or save it as a new version."""
    return _handled(request, dsn, who, watchlist, content, seen, do)


@router.post("/watchlists/list/{watchlist}/remove", dependencies=WRITER)
def remove(request: Request, dsn: Dsn, who: Who, watchlist: str, seen: Seen) -> Response:
    """Watch a list no more; its versions stay."""
    with postgres.transaction(dsn) as db:
        _or_conflict(table.remove, db, watchlist, who, seen=seen)
    return _back(request, f"watchlists/list/{quote(watchlist, safe='')}")


@router.post("/watchlists/list/{watchlist}/restore", dependencies=WRITER)
def restore(
    request: Request, dsn: Dsn, who: Who, watchlist: str, version: Annotated[int, Form(ge=1)], seen: Seen
) -> Response:
    """Let an earlier version serve again."""
    with postgres.transaction(dsn) as db:
        _or_conflict(table.restore, db, watchlist, version, who, seen=seen)
    return _back(request, f"watchlists/list/{quote(watchlist, safe='')}")


@router.post("/watchlists/list/{watchlist}/take-file", dependencies=WRITER)
def take_file(request: Request, dsn: Dsn, who: Who, watchlist: str, seen: Seen) -> Response:
    """Let the file's word hold again."""
    with postgres.transaction(dsn) as db:
        _or_conflict(table.take_file, db, watchlist, who, seen=seen)
    return _back(request, f"watchlists/list/{quote(watchlist, safe='')}")


@router.post("/watchlists/deliveries/{delivery_id}/again", dependencies=WRITER)
def again(request: Request, dsn: Dsn, delivery_id: int) -> Response:
    """Have a message sent once more that is not done."""
    with postgres.transaction(dsn) as db:
        found = deliveries.send_again(db, delivery_id)
    if not found:
        raise HTTPException(404, f"Message {delivery_id} was sent already, or is not there.")
    return _back(request, "watchlists")


def _handled(request: Request, dsn: str, who: str, name: str, content: str, seen: int, do: str) -> Response:
    """What a form asks for: `save` writes, anything else tries. A mistake leads back to the form with what was typed."""
    typed = content.replace("\r\n", "\n")
    known: dict[str, Any] = {"row": None, "versions": []}
    if name:
        with reading(dsn) as db:
            known = {"row": table.one(db, name), "versions": table.versions(db, name)}
    try:
        chosen = _read(typed, name)
        if do == "save":
            with postgres.transaction(dsn) as db:
                job.check_topics(db, [chosen])
                table.save(db, chosen, who, seen=seen)
            return _back(request, f"watchlists/list/{quote(chosen.name, safe='')}")
        trial = job.try_out(dsn, [chosen], days=_DAYS, show=_SHOWN, seconds=_SECONDS)
    except (WatchlistError, table.WatchlistChanged) as problem:
        status = 409 if isinstance(problem, table.WatchlistChanged) else 400
        return _form(request, name=name, content=typed, seen=seen, problem=str(problem), status=status, **known)
    return _form(request, name=name, content=typed, seen=seen, trial=trial, is_edited=True, **known)


def _read(content: str, name: str) -> Watchlist:
    found = parse_watchlists(content, "the form")
    if len(found) != 1:
        message = f"The form holds {len(found)} watchlists; it must hold one."
        raise WatchlistError(message)
    if name and found[0].name != name:
        message = f"The list is called {name!r}: a list keeps its name, since its mentions have it. Make a new one for {found[0].name!r}."
        raise WatchlistError(message)
    return found[0]


def _or_conflict(change: Any, *values: Any, seen: int) -> None:
    try:
        change(*values, seen=seen)
    except table.WatchlistChanged as problem:
        raise HTTPException(409, str(problem)) from problem


def _form(request: Request, *, name: str, content: str, seen: int, status: int = 200, **more: Any) -> Response:
    values = {"row": None, "versions": [], "version": None, "trial": None, "problem": "", "is_edited": False, **more}
    return render(
        request,
        "watchlist.html",
        status=status,
        name=name,
        content=content,
        seen=seen,
        days=_DAYS,
        shown=_SHOWN,
        **values,
    )


def _back(request: Request, path: str) -> Response:
    root = str(request.scope.get("root_path", "")).rstrip("/")
    return RedirectResponse(f"{root}/{path}", 303)
