"""The web application: every page behind a login, every answer with its headers, every error as a page that says what to do."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import psycopg2
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.exceptions import HTTPException as AnyHTTPException

from wirewatch.core.actions import ActionRefused
from wirewatch.core.canonical import BadUrl
from wirewatch.io.postgres import WarehouseUnreachable
from wirewatch.settings import SettingMissing, settings
from wirewatch.web import access, assets
from wirewatch.web.pages import (
    articles,
    desk,
    export,
    overview,
    quarantine,
    runs,
    search,
    sources,
    stories,
    watchlists,
    why,
)
from wirewatch.web.rendering import render

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
    ),
    # "no-referrer" would send our own forms with the origin "null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer carries: we show other people's text, and nothing of it may run or call out."""
_TITLES = {400: "That address is not right", 403: "You may look, but not do that", 404: "There is nothing here"}


def create(dsn: Callable[[], str] | None = None) -> FastAPI:
    """The application; `dsn` gives the warehouse's connection string, by default the one that is set."""
    app = FastAPI(title="Newsroom", dependencies=access.READER, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.dsn = dsn or (lambda: settings().warehouse())
    for module in (
        overview,
        desk,
        stories,
        articles,
        export,
        sources,
        watchlists,
        quarantine,
        search,
        why,
        runs,
        assets,
    ):
        app.include_router(module.router)
    app.add_api_route("/{path:path}", _nothing, methods=["GET", "HEAD"])
    app.middleware("http")(_with_headers)
    app.add_exception_handler(AnyHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(ActionRefused, _cannot)
    app.add_exception_handler(BadUrl, _cannot)
    app.add_exception_handler(psycopg2.DataError, _out_of_range)
    app.add_exception_handler(WarehouseUnreachable, _away)
    app.add_exception_handler(SettingMissing, _away)
    return app


def _nothing(path: str) -> Response:
    raise HTTPException(404, f"The Newsroom has no page “{path[:80]}”.")


async def _with_headers(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    answer = await go_on(request)
    for name, value in HEADERS.items():
        answer.headers[name] = value
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, AnyHTTPException)
    if not _is_read_by_a_person(request):
        return PlainTextResponse(str(problem.detail), problem.status_code, headers=problem.headers)
    if problem.status_code == 401 and request.method == "GET":
        return RedirectResponse(access.login_address(request), 303)
    title = _TITLES.get(problem.status_code, "That did not work")
    return render(request, "problem.html", status=problem.status_code, title=title, detail=str(problem.detail))


def _not_understood(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    said = "; ".join(f"{error['loc'][-1]}: {error['msg']}" for error in problem.errors())
    if not _is_read_by_a_person(request):
        return PlainTextResponse(said, 400)
    return render(request, "problem.html", status=400, title=_TITLES[400], detail=said)


def _out_of_range(request: Request, problem: Exception) -> Response:
    """A number or a date of the address that Postgres cannot hold."""
    said = f"A value in the address is none that there can be: {str(problem).splitlines()[0]}."
    if not _is_read_by_a_person(request):
        return PlainTextResponse(said, 400)
    return render(request, "problem.html", status=400, title=_TITLES[400], detail=said)


def _cannot(request: Request, problem: Exception) -> Response:
    status = 400 if isinstance(problem, BadUrl) else 409
    if not _is_read_by_a_person(request):
        return PlainTextResponse(str(problem), status)
    said = str(problem)[:1].upper() + str(problem)[1:]
    return render(request, "problem.html", status=status, title="That cannot be done", detail=said)


def _away(request: Request, problem: Exception) -> Response:
    log.warning("The Newsroom cannot answer: %s", problem)
    if not _is_read_by_a_person(request):
        return PlainTextResponse(str(problem), 503)
    return render(request, "problem.html", status=503, title="The warehouse is away", detail=str(problem))


def _is_read_by_a_person(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
