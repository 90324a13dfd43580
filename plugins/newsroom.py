"""The one Airflow plugin: the Newsroom in the navigation, and as a tab on DAGs and their runs."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin


class NewsroomPlugin(AirflowPlugin):
    """What Airflow asks for. The web application is built where it is served, in the api-server, and nowhere else."""

    name = "newsroom"
    external_views: ClassVar[list[dict[str, Any]]] = [
        {"name": "Newsroom", "href": "/newsroom/", "destination": "nav", "url_route": "newsroom", "nav_top_level": True},
        {"name": "Newsroom", "href": "/newsroom/runs/{DAG_ID}", "destination": "dag", "url_route": "newsroom-dag"},
        {"name": "Newsroom", "href": "/newsroom/runs/{DAG_ID}/{RUN_ID}", "destination": "dag_run", "url_route": "newsroom-run"},
    ]  # fmt: skip

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The application, below /newsroom."""
        from wirewatch.web.application import create

        return [{"app": create(), "url_prefix": "/newsroom", "name": "Newsroom"}]
