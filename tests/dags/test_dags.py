"""Every DAG: imports, policy, round trip, and that reading it is cheap."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest

from wirewatch.local.airflow import POOLS
from wirewatch.settings import ROOT

FILES = sorted((ROOT / "dags").glob("*.py"))
IDS = [file.stem for file in FILES]


@cache
def bag():
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(ROOT / "dags"))


def test_all_are_read_without_error():
    assert bag().import_errors == {}
    assert sorted(bag().dags) == IDS


@pytest.mark.parametrize("dag_id", IDS)
def test_each_says_what_it_is_and_what_to_do_when_it_fails(dag_id):
    dag = bag().dags[dag_id]
    assert "**When it fails:**" in dag.doc_md
    assert "wirewatch" in dag.tags
    assert dag.max_active_runs == 1
    assert not dag.catchup
    assert dag.deadline
    for task in dag.tasks:
        assert task.doc_md, task.task_id
        assert task.owner == "wirewatch"
        assert task.retries >= 2
        assert task.retry_policy is not None
        assert task.execution_timeout
        assert task.pool in {"default_pool", *POOLS}


def test_the_graph_of_ingest_is_the_flow():
    dag = bag().dags["ingest_articles"]
    order = [task.task_id for task in dag.topological_sort()]
    assert order == ["claim", "fetch", "clean", "embed", "deduplicate", "tag", "load", "reconcile", "again"]
    assert all(dag.get_task(name).is_mapped for name in ("fetch", "clean", "embed"))


@pytest.mark.parametrize("dag_id", IDS)
def test_each_survives_the_way_through_the_database(dag_id):
    from airflow.serialization.serialized_objects import DagSerialization

    again = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(bag().dags[dag_id]))
    assert again.task_ids == bag().dags[dag_id].task_ids


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_reading_a_dag_loads_no_model_and_no_extractor(file):
    heavy = ("torch", "sentence_transformers", "trafilatura", "sklearn", "scipy", "transformers")
    code = f"import runpy, sys; runpy.run_path({str(file)!r}); print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_nothing_in_plugins_is_run_as_a_stray_module():
    assert (ROOT / "plugins" / ".airflowignore").read_text(encoding="utf-8").split() == ["wirewatch/"]
