"""What all tests share: the environment before Airflow is imported, and a real Postgres."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture(scope="session")
def server() -> Iterator[object]:
    """A throw-away Postgres for the whole session."""
    from wirewatch.local.postgres import temporary

    with temporary() as running:
        yield running


@pytest.fixture
def warehouse(server) -> Iterator[str]:
    """A fresh warehouse: a database of its own, copied from one with the schema in it."""
    import psycopg2
    from wirewatch.io import migrate

    db = psycopg2.connect(server.dsn("postgres"))
    db.autocommit = True
    with db.cursor() as cursor:
        cursor.execute("select 1 from pg_database where datname = 'schema'")
        if cursor.fetchone() is None:
            cursor.execute("create database schema")
            migrate.migrate(server.dsn("schema"), ROOT / "sql")
        cursor.execute("create database test template schema")
    try:
        yield server.dsn("test")
    finally:
        with db.cursor() as cursor:
            cursor.execute("drop database test with (force)")
        db.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The captured pages and labelled sets beside the checkout; the test is skipped where they are not."""
    if not SHARED.is_dir():
        pytest.skip("the captured pages are not beside this checkout")
    return SHARED
