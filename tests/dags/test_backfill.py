"""`airflow backfill` of a past window: Airflow makes a run for each day, each looks at its own day, and the present is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from wirewatch.io import postgres
from wirewatch.settings import ROOT, settings

pytestmark = pytest.mark.slow
DAYS = (datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 3, 2, tzinfo=UTC), datetime(2025, 3, 3, tzinfo=UTC))
PRESENT = ["check_coverage", "keep_house", "load_seeds", "look_again", "measure", "poll_feeds"]


@pytest.fixture(scope="module")
def airflow_database():
    """Airflow's own tables, with our DAGs in them as the DAG processor writes them."""
    from airflow.utils.db import initdb

    initdb()
    airflow("dags", "reserialize")


@pytest.fixture(scope="module")
def dsn(make_warehouse, airflow_database):
    """A warehouse with a page of the second day that cannot be read any more."""
    with make_warehouse() as dsn, pytest.MonkeyPatch.context() as patch:
        patch.setenv("WIREWATCH_DSN", dsn)
        settings.cache_clear()
        with postgres.transaction(dsn) as db:
            for number, day in enumerate(DAYS):
                postgres.execute(
                    db,
                    """
                    with e as (
                        insert into ingest.entry (url, canonical_url, host, stage, disposition, reason, decided_at)
                        values (%(u)s, %(u)s, 'paper.test', 'done', 'rejected', 'too_short', %(at)s) returning id
                    )
                    insert into ingest.page (entry_id, fetched_at, url, final_url, status, bytes, archive_file, archive_offset,
                        archive_length, digest)
                    select id, %(at)s, %(u)s, %(u)s, 200, 1, 'away.warc.gz', 0, 1, '' from e
                    """,
                    {"u": f"https://paper.test/{number}", "at": day + timedelta(hours=23, minutes=59)},
                )
        yield dsn
    settings.cache_clear()


def airflow(*arguments: str) -> None:
    """A command of Airflow's, in this process."""
    from airflow.cli.cli_parser import get_parser

    chosen = get_parser().parse_args(arguments)
    chosen.func(chosen)


def create(dag_id: str) -> None:
    """Ask for the first two days."""
    airflow(
        *("backfill", "create", "--dag-id", dag_id),
        *("--from-date", "2025-03-01", "--to-date", "2025-03-02"),
    )


@pytest.mark.parametrize("dag_id", PRESENT)
def test_dags_that_look_at_the_present_refuse(dag_id, dsn):
    with pytest.raises(Exception, match="does not allow backfill runs"):
        create(dag_id)


def test_replay_gets_a_run_for_each_day_that_looks_at_that_day(dsn):
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    create("replay")
    with create_session() as session:
        made = session.scalars(select(DagRun).where(DagRun.dag_id == "replay").order_by(DagRun.logical_date)).all()
        intervals = [(str(run.run_type), run.data_interval_start, run.data_interval_end) for run in made]
    assert intervals == [("backfill", DAYS[0], DAYS[1]), ("backfill", DAYS[1], DAYS[2])]

    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(dag_folder=str(ROOT / "dags" / "replay.py")).dags["replay"]
    dag.deadline = None  # DAG.test cannot run a DAG with one: apache/airflow#73428
    # The run that follows a day at midnight has that day as its interval.
    done = dag.test(logical_date=DAYS[1] + timedelta(hours=1))
    assert done.state == "success"
    with postgres.transaction(dsn) as db:
        (replay,) = postgres.rows(db, "select since, until, pages, unreadable from ingest.replay")
        (found,) = postgres.rows(
            db, "select e.url, d.kind from ingest.replay_difference d join ingest.entry e on e.id = d.entry_id"
        )
    assert replay == {"since": DAYS[0], "until": DAYS[1], "pages": 1, "unreadable": 1}
    assert found == {"url": "https://paper.test/0", "kind": "unreadable"}
