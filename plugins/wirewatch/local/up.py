"""wirewatch up: Postgres, schema, seeds, press, Airflow, the first run; then one live line until it is told to stop."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.live import Live
from rich.status import Status
from rich.text import Text

from wirewatch.io import embedding, feeds, ledger, migrate, postgres
from wirewatch.jobs import reference, report
from wirewatch.jobs.seeds import load_seeds
from wirewatch.local.airflow import COMPONENTS, USER, Airflow
from wirewatch.local.postgres import Server
from wirewatch.local.supervisor import CannotStart, Supervisor
from wirewatch.settings import ROOT, Settings, settings

_UI_SECONDS, _PRESS_SECONDS = 240.0, 20.0
_LEAST_DISK = 2 * 1024**3
_LINE_SECONDS = 2.0


class _Stopped(Exception):
    """SIGINT or SIGTERM came."""


def up(*, demo: bool = True) -> int:
    """Bring everything up and stay until SIGINT or SIGTERM; then stop all of it. The exit code."""
    chosen, out = settings(), Console()
    say = _Steps(out)
    server = Server(chosen.home / "postgres", chosen.postgres_port)
    supervisor = Supervisor(
        chosen.home / "processes.json", chosen.home / "logs", lambda text: out.print(f"[yellow]{text}")
    )
    with _signals_raise():
        try:
            supervisor.end_leftovers()
            _check(chosen)
            _run(chosen, server, supervisor, say, demo=demo)
        except _Stopped:
            out.print("Stopping …")
        finally:
            _ignore_signals()
            supervisor.stop()
            server.stop()
    out.print("Stopped. `make run` starts it again, with all its data.")
    return 0


def _run(chosen: Settings, server: Server, supervisor: Supervisor, say: _Steps, *, demo: bool) -> None:
    with say.step("Postgres"):
        server.start()
    dsn = server.dsn("warehouse")
    with say.step("Schema"):
        migrate.migrate(dsn, chosen.sql)
        with postgres.transaction(dsn) as db:
            ledger.free_leases(db)
    airflow = Airflow(chosen, server)
    airflow.prepare()
    extra = _start_press(chosen, supervisor, dsn, say) if demo else _rest_press(dsn)
    environment = airflow.environment(extra)
    with say.step("Airflow's database"):
        _quietly(airflow.command("db", "migrate"), environment, chosen)
    for name, arguments in COMPONENTS.items():
        supervisor.start(name, airflow.command(*arguments), environment)
    with say.step("Seeds, topics, watchlists, feeds") as step:
        reference.load_feeds(dsn)
        reference.load_reference(dsn)
        load_seeds(
            dsn,
            chosen.seeds / "articles",
            model=chosen.model,
            progress=lambda done, total: step(f"{done} of {total} seeds embedded"),
        )
    with say.step("Airflow"):
        _wait(airflow.is_healthy, _UI_SECONDS, supervisor, f"Airflow does not come up: see {chosen.home / 'logs'}.")
        airflow.make_pools()
        _wait(lambda: "poll_feeds" in airflow.dags(), _UI_SECONDS, supervisor, "Airflow does not read the DAGs.")
    with say.step("First run"):
        with postgres.transaction(dsn) as db:
            postgres.execute(db, "update ingest.feed set next_poll_at = least(next_poll_at, now()) where active")
        airflow.trigger("poll_feeds")
    _say_where(airflow, server, say.out)
    _watch(dsn, server, supervisor, say.out)


def _start_press(chosen: Settings, supervisor: Supervisor, dsn: str, say: _Steps) -> dict[str, str]:
    """Start the demonstration press and enter its feeds; the variables that let its loopback address be fetched."""
    import urllib.request

    folder = ROOT / "tests" / "newsroom"
    begun = chosen.home / "press-begun"
    more = ["--captured", str(chosen.captured)] if chosen.captured else ["--begun", str(begun)]
    with say.step("The demonstration press"):
        _port_free(chosen.press_port, "WIREWATCH_PRESS_PORT")
        command = [sys.executable, str(folder), "--port", str(chosen.press_port), *more]
        supervisor.start("press", command, os.environ)
        address = f"http://127.0.0.1:{chosen.press_port}/feeds.opml"
        end = time.monotonic() + _PRESS_SECONDS
        while True:
            try:
                with urllib.request.urlopen(address, timeout=2) as answer:
                    content = answer.read()
                break
            except OSError as problem:
                if time.monotonic() > end:
                    message = f"The press does not start: see {chosen.home / 'logs' / 'press.log'}, or set DEMO=0."
                    raise CannotStart(message) from problem
                time.sleep(0.2)
        reference.enter_opml(dsn, content, origin="demo")
        with postgres.transaction(dsn) as db:
            postgres.execute(db, "update ingest.feed set active = true where origin = 'demo'")
    networks = ",".join(filter(None, (chosen.allow_private, "127.0.0.0/8")))
    return {"WIREWATCH_ALLOW_PRIVATE": networks}


def _rest_press(dsn: str) -> dict[str, str]:
    with postgres.transaction(dsn) as db:
        feeds.pause_origin(db, "demo", keep=[])
    return {}


def _check(chosen: Settings) -> None:
    """Ports, disk and model, before anything is started."""
    chosen.home.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(chosen.home).free < _LEAST_DISK:
        message = f"Less than 2 GB are free on the disk of {chosen.home}: make room, or set WIREWATCH_HOME elsewhere."
        raise CannotStart(message)
    _port_free(chosen.ui_port, "WIREWATCH_UI_PORT")
    embedding.find(chosen.model)


def _port_free(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            message = f"Port {port} is taken: set {variable} to a free one."
            raise CannotStart(message) from None


def _wait(ready: Callable[[], bool], seconds: float, supervisor: Supervisor, otherwise: str) -> None:
    end = time.monotonic() + seconds
    while not ready():
        supervisor.check()
        failing = supervisor.failing()
        if failing or time.monotonic() > end:
            raise CannotStart(f"{otherwise}{f' {failing} keeps ending.' if failing else ''}")
        time.sleep(0.5)


def _quietly(command: list[str], environment: dict[str, str], chosen: Settings) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    (chosen.home / "logs" / "db-migrate.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        message = f"Airflow could not make its tables: see {chosen.home / 'logs' / 'db-migrate.log'}."
        raise CannotStart(message)


def _say_where(airflow: Airflow, server: Server, out: Console) -> None:
    """Where everything is. Not in a box: the connection string must survive being copied."""
    out.print()
    out.rule("[bold green]Wirewatch is up", style="green")
    for name, value in (
        ("Airflow UI", airflow.url),
        ("  login", f"{USER} / {airflow.password}"),
        ("SQL", server.dsn("warehouse")),
        ("  try", '.venv/bin/wirewatch sql "select source, title, kind from media.latest limit 10"'),
        ("Stop", "Ctrl-C"),
    ):
        out.print(Text(f"{name:<12}", style="bold"), end="")
        out.print(value, markup=False, highlight=False, soft_wrap=True)
    out.rule(style="green")


def _watch(dsn: str, server: Server, supervisor: Supervisor, out: Console) -> None:
    """One line that lives on a terminal; elsewhere a line for each change."""
    last = ""
    with Live(console=out, auto_refresh=False, transient=True) if out.is_terminal else _nothing() as live:
        while True:
            if server.revive():
                out.print("[yellow]Postgres had ended; it is started again.")
            supervisor.check()
            try:
                line = report.summary_line(dsn)
            except postgres.WarehouseUnreachable as problem:
                line = str(problem)
            if isinstance(live, Live):
                live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)
            elif line != last:
                out.print(line, highlight=False, soft_wrap=True)
            last = line
            time.sleep(_LINE_SECONDS)


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


class _Steps:
    """Says what is being done: a spinner with its time on a terminal, a line elsewhere."""

    def __init__(self, out: Console) -> None:
        self.out = out

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """One step; what it yields adds a word on how far it is."""
        begun = time.monotonic()
        status: Status | None = self.out.status(name) if self.out.is_terminal else None
        if status:
            status.start()
        try:
            yield lambda text: status.update(f"{name}: {text}") if status else None
        finally:
            if status:
                status.stop()
        self.out.print(f"[green]✓[/green] {name} [dim]{time.monotonic() - begun:.1f} s[/dim]", highlight=False)


@contextmanager
def _signals_raise() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _Stopped

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    yield


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
