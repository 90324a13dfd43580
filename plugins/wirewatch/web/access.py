"""Who may read and who may act: Airflow's own login and permissions. The only module of the page that imports Airflow."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag, requires_access_view
from airflow.configuration import conf
from fastapi import Depends, HTTPException, Request

from wirewatch.web import cross_site

LOGIN = "/api/v2/auth/login"
_DAG = "ingest_articles"


def remember(request: Request, user: GetUserDep) -> None:
    """Keep who asks, and whether they may act, for the templates."""
    request.state.user = user
    request.state.may_write = get_auth_manager().is_authorized_dag(method="PUT", user=user)


def not_from_elsewhere(request: Request) -> None:
    """Refuse what another site's page has sent with the login of whoever looks at it."""
    ours = {request.headers.get("host", ""), urlsplit(conf.get("api", "base_url", fallback="") or "").netloc} - {""}
    problem = cross_site.refusal(request.method, request.headers, ours)
    if problem:
        raise HTTPException(403, problem)


READER = [Depends(requires_access_view(AccessView.WEBSITE)), Depends(remember), Depends(not_from_elsewhere)]
"""Dependencies of every route: logged in, allowed to see the UI, and not sent by another site's page."""
WRITER = [Depends(requires_access_dag("PUT", param_dag_id=_DAG))]
"""Dependencies of every route that changes something, besides: may edit the DAG."""


def name_of(request: Request) -> str:
    """Who asks, for the record."""
    user: Any = request.state.user
    return str(user.get_name())


Who = Annotated[str, Depends(name_of)]


def login_address(request: Request) -> str:
    """Airflow's login, which leads back to the page that was asked for."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    prefix = str(request.scope.get("app_root_path", "")).rstrip("/")
    return f"{prefix}{LOGIN}?next={quote(path, safe='')}"
