"""What the stages and the gauges send through Airflow, received by a real StatsD socket and a real OTLP endpoint."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from wirewatch.jobs import measure
from wirewatch.settings import ROOT

pytestmark = pytest.mark.slow

TASKS = f"""
import sys
sys.path.insert(0, {str(ROOT / "dags")!r})
from airflow.sdk.configuration import conf
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics import stats_utils
# As airflow.sdk.execution_time.task_runner.main does before it runs a task.
stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=conf.getboolean("metrics", "legacy_names_on"))
from wirewatch import flow
from wirewatch.jobs import batches, poll
for bucket in poll.due_buckets(flow.warehouse()):
    flow.staged("poll", lambda: poll.poll_bucket(flow.warehouse(), bucket, "test"), feeds=len(bucket))
try:
    flow.staged("load", lambda: 1 // 0)
except ZeroDivisionError:
    pass
flow.staged("reconcile", lambda: batches.reconcile(flow.warehouse(), 1), batch=1)
from measure import measure
measure().get_task("gauges").python_callable()
"""
SENT = {
    "poll.failed": 1.0,
    "load.errors": 1.0,
    "feeds.active": 1.0,
    "feeds.failing": 1.0,
    "quarantine.open": 0.0,
}


@pytest.fixture
def desk(warehouse):
    """A warehouse with one feed, which nobody answers for."""
    from wirewatch.io import postgres

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with postgres.transaction(warehouse) as db:
        postgres.execute(
            db,
            "insert into ingest.feed (title, url, host, next_poll_at) values ('away', %s, %s, now())",
            (f"http://127.0.0.1:{port}/", f"127.0.0.1:{port}"),
        )
    return warehouse


def work(dsn: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TASKS],
        env={**os.environ, "WIREWATCH_DSN": dsn, "PYTHONPATH": str(ROOT / "plugins"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "was not sent" not in done.stdout + done.stderr


def test_they_come_over_statsd(desk):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        work(
            desk,
            AIRFLOW__METRICS__STATSD_ON="True",
            AIRFLOW__METRICS__STATSD_HOST="127.0.0.1",
            AIRFLOW__METRICS__STATSD_PORT=str(receiver.getsockname()[1]),
        )
        receiver.setblocking(False)
        lines = []
        while True:
            try:
                lines += receiver.recv(65536).decode().splitlines()
            except BlockingIOError:
                break
    found = {name.removeprefix("airflow."): value for name, _, value in (line.partition(":") for line in lines)}
    kinds = {"c": "counter", "ms": "timer", "g": "gauge"}
    sent = {name: kinds[value.partition("|")[2]] for name, value in found.items()}  # Airflow's own are among them
    documented = {measure.PREFIX + one.name: one.kind for one in measure.metrics()}
    assert {one for one in sent.items() if one[0].startswith(measure.PREFIX)} <= documented.items()
    assert {name for name, kind in documented.items() if kind == "gauge"} <= sent.keys()
    assert {"wirewatch.poll.duration", "wirewatch.load.duration", "wirewatch.reconcile.duration"} <= sent.keys()
    values = {name: float(value.partition("|")[0]) for name, value in found.items()}
    assert {name: values[measure.PREFIX + name] for name in SENT} == SENT


def test_they_come_over_otlp(desk):
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceRequest,
        ExportMetricsServiceResponse,
    )

    bodies: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            answer = ExportMetricsServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    collector = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    try:
        work(
            desk,
            AIRFLOW__METRICS__OTEL_ON="True",
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}",
            OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        )
    finally:
        collector.shutdown()
    found = {}
    for body in bodies:
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for scope in resource.scope_metrics:
                for one in scope.metrics:
                    points = (one.gauge or one.sum).data_points if one.HasField("gauge") else one.sum.data_points
                    found[one.name.removeprefix("airflow.")] = [
                        point.as_double or float(point.as_int) for point in points
                    ]
    assert {name: found[measure.PREFIX + name][-1] for name in SENT} == SENT
    assert "wirewatch.poll.duration" in found
