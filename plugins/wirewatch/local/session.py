"""What commands share that bring a system up and stay: steps said, ports looked at, readiness awaited, signals heard, one live line."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.live import Live
from rich.status import Status
from rich.text import Text

from wirewatch.io import postgres
from wirewatch.jobs import report
from wirewatch.local.airflow import USER, Airflow
from wirewatch.local.postgres import Server
from wirewatch.local.supervisor import CannotStart, Supervisor
from wirewatch.settings import Settings, settings

_LINE_SECONDS = 2.0


class Stopped(Exception):
    """SIGINT or SIGTERM came."""


def port_free(port: int, variable: str) -> None:
    """CannotStart, naming the setting, where a loopback port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            message = f"Port {port} is taken: set {variable} to a free one."
            raise CannotStart(message) from None


def wait(ready: Callable[[], bool], seconds: float, supervisor: Supervisor, otherwise: str) -> None:
    """Wait until something is ready, looking after the processes; CannotStart with `otherwise` where it does not come."""
    end = time.monotonic() + seconds
    while not ready():
        supervisor.check()
        failing = supervisor.failing()
        if failing or time.monotonic() > end:
            raise CannotStart(f"{otherwise}{f' {failing} keeps ending.' if failing else ''}")
        time.sleep(0.5)


def say_where(airflow: Airflow, server: Server, out: Console) -> None:
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


def watch(dsn: str, server: Server, supervisor: Supervisor, out: Console) -> None:
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


class Steps:
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


def until_stopped(again: str, begin: Callable[[Settings, Server, Supervisor, Steps], None]) -> int:
    """Have `begin` bring a system up and stay, until SIGINT or SIGTERM or a failure; then stop all of it. The exit code.

    `again` is the command that starts it again. What a killed session left is ended first.
    """
    chosen, out = settings(), Console()
    server = Server(chosen.home / "postgres", chosen.postgres_port)
    supervisor = Supervisor(
        chosen.home / "processes.json", chosen.home / "logs", lambda text: out.print(f"[yellow]{text}")
    )
    _hear(_stop)
    try:
        supervisor.end_leftovers()
        begin(chosen, server, supervisor, Steps(out))
    except Stopped:
        out.print("Stopping …")
    finally:
        _hear(signal.SIG_IGN)  # nothing interrupts the stopping
        supervisor.stop()
        server.stop()
    out.print(f"Stopped. `{again}` starts it again, with all its data.")
    return 0


def _hear(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped
