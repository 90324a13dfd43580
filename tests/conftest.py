"""What all tests share: the environment before Airflow is imported, and a real Postgres."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[1]
HOME = Path(tempfile.mkdtemp(prefix="wirewatch-tests-"))
sys.path.insert(0, str(ROOT))
os.environ.update(
    AIRFLOW_HOME=str(HOME / "airflow"),
    AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
    AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    WIREWATCH_HOME=str(HOME),
    WIREWATCH_ARCHIVE=str(HOME / "archive"),
    WIREWATCH_ALLOW_PRIVATE="127.0.0.0/8",
    WIREWATCH_HOST_SPACING="0.01",
)
SHARED = ROOT.parent / "shared"


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[object]:
    """A throw-away Postgres for the whole session."""
    from wirewatch.local.postgres import temporary

    with temporary() as running:
        yield running


@pytest.fixture(scope="session")
def make_warehouse(server) -> Callable[..., AbstractContextManager[str]]:
    """Makes fresh warehouses: each a database of its own, copied from one with the schema in it, gone after its block.

    Given the DSN of a warehouse that nobody uses at the moment, it copies that.
    """
    import psycopg2

    from wirewatch.io import migrate, postgres

    numbers = count()
    db = psycopg2.connect(server.dsn("postgres"))
    db.autocommit = True
    with db.cursor() as cursor:
        cursor.execute("create database schema")
    migrate.migrate(server.dsn("schema"), ROOT / "sql")
    postgres.close_idle()  # a database in use is no template

    @contextmanager
    def make(like: str | None = None) -> Iterator[str]:
        name = f"test{next(numbers)}"
        template = urlsplit(like).path.strip("/") if like else "schema"
        postgres.close_idle()
        with db.cursor() as cursor:
            cursor.execute(f"create database {name} template {template}")
        try:
            yield server.dsn(name)
        finally:
            with db.cursor() as cursor:
                cursor.execute(f"drop database {name} with (force)")

    return make


@pytest.fixture
def warehouse(make_warehouse) -> Iterator[str]:
    """A fresh warehouse."""
    with make_warehouse() as dsn:
        yield dsn


@pytest.fixture(scope="session")
def shared() -> Path:
    """The captured pages and labelled sets beside the checkout; the test is skipped where they are not."""
    if not SHARED.is_dir():
        pytest.skip("the captured pages are not beside this checkout")
    return SHARED


@pytest.fixture
def mails() -> Iterator[object]:
    """A mail server that keeps what it was sent."""
    from alerts.catchers import mail_server

    with mail_server() as running:
        yield running


@pytest.fixture
def posts() -> Iterator[object]:
    """An HTTP server that keeps what was posted to it, and fails as it is told."""
    from alerts.catchers import http_server

    with http_server() as running:
        yield running
