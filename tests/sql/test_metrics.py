"""Metrics: the gauges are as documented, and every query and every name of the Grafana dashboard exists."""

from __future__ import annotations

import json
import os
import re

import pytest

from wirewatch.io import postgres
from wirewatch.jobs import measure
from wirewatch.settings import ROOT

DASHBOARD = json.loads((ROOT / "sql" / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
TARGETS = [(panel["title"], target) for panel in DASHBOARD["panels"] for target in panel["targets"]]
MARKS = re.compile(r"(<!-- metrics: [^\n]*-->\n).*?(<!-- /metrics -->)", re.DOTALL)


def test_the_gauges_are_those_that_are_documented_and_none_is_missing_on_an_empty_warehouse(warehouse):
    documented = {metric.name for metric in measure.metrics() if metric.kind == "gauge"}
    found = measure.gauges(warehouse)
    assert set(found) == documented
    assert found.pop("freshness.newest_seconds") == -1
    assert set(found.values()) == {0.0}


def test_queues_feeds_and_quarantine_are_counted(warehouse):
    with postgres.transaction(warehouse) as db:
        postgres.execute(
            db,
            """
            insert into ingest.entry (url, canonical_url, host, stage, disposition, next_try_at, decided_at)
            select 'https://a.test/' || n, 'https://a.test/' || n, 'a.test',
                (array['discovered', 'discovered', 'cleaned', 'done'])[n], case n when 4 then 'rejected' else 'pending' end,
                now() - n * interval '1 minute', case n when 4 then now() end
            from generate_series(1, 4) n
            """,
        )
        postgres.execute(
            db,
            "insert into ingest.feed (title, url, host, next_poll_at) "
            "values ('a', 'https://a.test/f', 'a.test', now() - interval '90 seconds')",
        )
        postgres.execute(
            db,
            "insert into ingest.request (host, requested_at, kind, url, status, seconds, spacing, rule, run_id) "
            "select 'a.test', now(), 'page', 'x', nullif(n, 1), n, 1, '', '' from generate_series(1, 3) n",
        )
    found = measure.gauges(warehouse)
    assert (found["queue.discovered"], found["queue.cleaned"], found["queue.tagged"]) == (2, 1, 0)
    assert found["queue.due"] == 3
    assert 180 <= found["queue.oldest_seconds"] < 240
    assert (found["feeds.active"], found["feeds.due"]) == (1, 1)
    assert found["feeds.overdue_seconds"] >= 90
    assert (found["requests.last_5_minutes"], found["requests.failed_last_5_minutes"]) == (3, 1)
    assert found["requests.latency_p50_seconds"] == 2


def prometheus(metric: measure.Metric) -> set[str]:
    """The names under which Prometheus has a metric that came through a StatsD exporter or an OpenTelemetry collector."""
    name = "airflow_" + (measure.PREFIX + metric.name).replace(".", "_")
    return {f"{name}_sum", f"{name}_count"} if metric.kind == "timer" else {name}


def test_every_metric_of_the_dashboard_is_sent():
    known = {name for metric in measure.metrics() for name in prometheus(metric)}
    asked = {name for _, target in TARGETS for name in re.findall(r"airflow_\w+", target.get("expr", ""))}
    assert asked
    assert asked <= known


@pytest.mark.parametrize(
    ("title", "query"), [(title, target["rawSql"]) for title, target in TARGETS if "rawSql" in target]
)
def test_every_query_of_the_dashboard_runs_with_the_rights_of_its_role(warehouse, title, query):
    plain = re.sub(r"\$__timeFilter\((.+?)\)(?= |$)", r"\1 between now() - interval '7 days' and now()", query)
    assert "$__" not in plain
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "set local role observer")
        rows = postgres.rows(db, plain)
    if "ingest.metric" in query:
        assert len(rows) == 1, title


def test_the_observer_reads_no_table_of_ingest(warehouse):
    with postgres.transaction(warehouse) as db:
        found = postgres.rows(
            db,
            """
            select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'ingest'
            where c.relkind in ('r', 'p') and has_table_privilege('observer', c.oid, 'select, insert, update, delete')
            """,
        )
    assert found == []


def test_the_documents_list_every_metric():
    rows = ["| metric | kind | what |", "|---|---|---|"]
    rows += [f"| `{measure.PREFIX}{one.name}` | {one.kind} | {one.meaning} |" for one in measure.metrics()]
    path = ROOT / "CONTRIBUTING.md"
    text = path.read_text(encoding="utf-8")
    wanted = MARKS.sub(lambda found: found[1] + "\n".join(rows) + "\n" + found[2], text)
    assert "<!-- metrics:" in text
    if os.environ.get("WIREWATCH_WRITE_METRICS"):
        path.write_text(wanted, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == wanted, "`make metrics` writes it anew"
