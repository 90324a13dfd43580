"""Runs: what one Airflow run did to the ledger. The tab of a DAG and of a DAG run."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from wirewatch.io.newsroom import day, operations
from wirewatch.web.rendering import render
from wirewatch.web.warehouse import Dsn, reading

router = APIRouter()


@router.get("/runs")
@router.get("/runs/{dag_id}")
def listed(request: Request, dsn: Dsn, dag_id: str = "") -> Response:
    """The latest runs that took entries in."""
    with reading(dsn) as db:
        found = operations.runs(db)
        funnel = day.funnel(db, today := day.today(db))
        complete = day.completeness(db, today)
    return render(
        request,
        "runs.html",
        runs=found,
        dag_id=dag_id,
        funnel=funnel,
        complete=complete,
        day=today,
        dispositions=day.DISPOSITIONS,
    )


@router.get("/runs/{dag_id}/{run_id:path}")
def one(request: Request, dsn: Dsn, dag_id: str, run_id: str) -> Response:
    """One run: what it polled, what it took in and what became of that."""
    key = f"{dag_id}/{run_id}"
    with reading(dsn) as db:
        return render(
            request,
            "run.html",
            dag_id=dag_id,
            run_id=run_id,
            funnel=operations.run_funnel(db, key),
            entries=operations.run_entries(db, key),
            polls=operations.run_polls(db, key),
            dispositions=day.DISPOSITIONS,
        )
