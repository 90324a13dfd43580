"""A desk under chaos: a real Postgres, a small disk for the archive, the press, and the flow's tasks as processes."""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg2

from chaos.faults import ENDS_POSTGRES, Fault, Kind
from chaos.task import HARMED
from newsroom import articles
from newsroom.server import Press, press
from wirewatch.io import ledger, migrate, postgres
from wirewatch.jobs import poll, reference, seeds
from wirewatch.local.postgres import Server, free_port
from wirewatch.settings import ROOT, settings

_DISK_BYTES = 4 * 1024**2
_TRIES = 4
_PAGES = ("fetch", "clean", "embed")
_WHOLE = ("deduplicate", "tag", "load", "reconcile")
WAVES = (1, 2)
PRINTED = frozenset(
    [
        *("ceasefire-talks-stall", "ceasefire-talks-stall-gazette", "ceasefire-talks-stall-radio", "kim-train-copy"),
        *("kim-train-cut", "kim-train-rewrite", "three-leaders-beijing-analysis", "parade-follow-up", "werft-auftrag"),
        *("bridge-toll-update", "sequia-naranjas", "first-snow", "forecast-almar", "forecast-lissy", "flash-power-cut"),
        *("withdrawn-column", "moved-without-trace", "subscribers-only"),
    ]
)
"""Articles of the press that are taken in: every kind of copy and of failure, but for a page that fails twice: how soon it
comes depends on how often it was asked for, and no two runs would be alike."""


class RunDied(Exception):
    """A task failed for good, and its run with it: the next run takes over."""


@dataclass
class Ground:
    """What all schedules share: the server with a filled template, the press, the disk, the model's answers."""

    folder: Path
    server: Server
    press: Press
    disk: Path
    real_disk: bool
    answers: Path
    made: int = 0
    context: Any = field(default_factory=lambda: multiprocessing.get_context("forkserver"))

    def desk(self, name: str) -> Desk:
        """A fresh desk with its own warehouse and an empty archive."""
        self.made += 1
        database = f"desk{self.made}"
        _admin(self.server, f"create database {database} template template_desk")
        for path in self.disk.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.press.asked.clear()
        self.press.frozen.clear()
        return Desk(self, self.server.dsn(database), self.folder / f"{name}.log")

    def drop(self, desk: Desk) -> None:
        """Drop a desk's warehouse."""
        postgres.close_idle()
        _admin(self.server, f"drop database {desk.dsn.rpartition('/')[2]} with (force)")


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Everything that schedules need, gone at the end of the block but for the model's answers and the logs."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "postgres", ignore_errors=True)
    server = Server(folder / "postgres", free_port())
    server.start()
    answers = folder / "answers"
    answers.mkdir(exist_ok=True)
    try:
        with _disk(folder / "disk") as (disk, real), press(pace=3600.0) as running:
            running._printed = [article for article in articles.load() if article.slug in PRINTED]
            made = Ground(folder, server, running, disk, real, answers)
            # The server of forks does not hand on sys.path (Python 3.11): what it loads first, it finds by the variable.
            os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "tests"), str(ROOT / "plugins")])
            made.context.set_forkserver_preload(["chaos.task"])
            _template(made)
            yield made
    finally:
        postgres.close_idle()
        server.stop()
        shutil.rmtree(folder / "postgres", ignore_errors=True)


def _template(made: Ground) -> None:
    _admin(made.server, "drop database if exists template_desk")
    _admin(made.server, "create database template_desk")
    dsn = made.server.dsn("template_desk")
    migrate.migrate(dsn, ROOT / "sql")
    reference.load_reference(dsn)
    seeds.load_seeds(dsn, settings().seeds / "articles")
    reference.enter_opml(dsn, urlopen(made.press.opml_url).read(), origin="demo")
    postgres.close_idle()


def _admin(server: Server, statement: str) -> None:
    db = psycopg2.connect(server.dsn("postgres"))
    db.autocommit = True
    with db.cursor() as cursor:
        cursor.execute(statement)
    db.close()


@contextmanager
def _disk(folder: Path) -> Iterator[tuple[Path, bool]]:
    """A small file system of its own where that can be mounted; else a folder, and whether it is a real one."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield folder, mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=False)


class Desk:
    """One warehouse, and the flow run on it under a schedule of faults."""

    def __init__(self, on: Ground, dsn: str, log: Path) -> None:
        self._on, self.dsn, self.log = on, dsn, log
        self._faults: list[Fault] = []
        self._wave = 0
        self._bit = self._raced = False
        self.happened: list[Fault] = []
        """Faults that did harm; one whose moment never came is not among them."""
        self.checkpoints: dict[tuple[int, str], int] = {}

    def live(self, faults: list[Fault]) -> None:
        """Two waves of articles, each polled and taken in, with these faults; then what is left, in peace."""
        self._faults = list(faults)
        for wave in WAVES:
            self._wave = wave
            self._on.press.pace = 3600.0 if wave == 1 else 0.0
            self._due()
            self._until_done(self._poll)
            for _ in range(_TRIES):
                self._until_done(self._ingest)
                if self._nothing_waits():
                    break
                self._due()
                self._until_done(self._poll)

    def _until_done(self, part: Any) -> None:
        for _ in range(2 * _TRIES):
            try:
                part()
            except RunDied:
                self._take_over()
                continue
            return
        message = f"it never came to an end: {self.log}"
        raise AssertionError(message)

    def _poll(self) -> None:
        for bucket in poll.due_buckets(self.dsn):
            self._task("poll", bucket, "chaos/poll")

    def _ingest(self, name: str = "chaos/run") -> None:
        race = next((item for item in self._faults if (item.wave, item.kind) == (self._wave, Kind.RACE)), None)
        if race and name == "chaos/run":
            self._faults.remove(race)
            self._race(race)
        while work := self._task("claim", name, None):
            for job in _PAGES:
                for item in work:
                    self._task(job, item["batch"], item["bucket"], name)
            for job in _WHOLE[:-1]:
                self._task(job, work[0]["batch"], name)
            self._task("reconcile", work[0]["batch"])

    def _race(self, fault: Fault) -> None:
        """Two runs, each with its half of what waits: every stage of both at once, as two workers would."""
        with postgres.transaction(self.dsn) as db:
            half = max(1, ledger.funnel(db)["pending"] // 2)
        runs = []
        for name in ("chaos/one", "chaos/two"):
            code, found = self._finish(*self._start("claim", (name, half)))
            runs.append((name, found[0] if code == 0 and found else []))
        if not all(work for _, work in runs):
            return
        self.happened.append(fault)
        self._raced = True
        for job in _PAGES:
            self._together([(job, (item["batch"], item["bucket"], name)) for name, work in runs for item in work])
        for job in _WHOLE:
            last = job == "reconcile"
            self._together([(job, (work[0]["batch"],) if last else (work[0]["batch"], name)) for name, work in runs])

    def _together(self, tasks: list[tuple[str, tuple[Any, ...]]]) -> None:
        started = [self._start(job, arguments) for job, arguments in tasks]
        ends = [self._finish(*one) for one in started]
        if any(code for code, _ in ends):
            raise RunDied

    def _task(self, job: str, *arguments: Any) -> Any:
        """Run a task as Airflow would: again after a failure. RunDied where it fails for good."""
        fault = next(
            (item for item in self._faults if (item.wave, item.task) == (self._wave, job) and item.kind != Kind.RACE),
            None,
        )
        if fault:
            self._faults.remove(fault)
        for _ in range(_TRIES):
            self._bit = False
            code, found = self._attempt(job, arguments, fault)
            if fault and self._bit:
                self.happened.append(fault)
            self._revive(fault)
            if code == 0:
                result, passed = found
                key = (self._wave, job)
                self.checkpoints[key] = max(self.checkpoints.get(key, 0), passed)
                return result
            if fault and fault.kind in (Kind.ABANDON, Kind.MACHINE):
                raise RunDied
            if fault and fault.kind == Kind.PAUSE:
                raise RunDied
            fault = None
        raise RunDied

    def _revive(self, fault: Fault | None) -> None:
        """Start Postgres again where the fault ended it; a server that shuts down takes a moment for that."""
        end = time.monotonic() + 30
        while not self._on.server.revive() and time.monotonic() < end:
            if (fault is None or fault.kind not in ENDS_POSTGRES) or self._on.server.is_running():
                return
            time.sleep(0.1)

    def _attempt(self, job: str, arguments: tuple[Any, ...], fault: Fault | None) -> tuple[int, Any]:
        kind = fault.kind if fault else None
        if fault is None or kind is None:
            return self._finish(*self._start(job, arguments))
        if kind == Kind.TWICE:
            both = [self._start(job, arguments), self._start(job, arguments)]
            self._bit = True
            ends = [self._finish(*one) for one in both]
            return min(ends, key=lambda end: end[0] != 0)
        if kind == Kind.DISK:
            with self._full_disk():
                return self._finish(*self._start(job, arguments, full=not self._on.real_disk))
        if kind == Kind.FREEZE:
            host = urlsplit(self._on.press.sites[self._wave].home).netloc
            before = self._asked(host)
            self._on.press.frozen.add(host)
            try:
                return self._finish(*self._start(job, arguments))
            finally:
                self._on.press.frozen.discard(host)
                self._bit = self._asked(host) > before
        started = self._start(job, arguments, self._harm(kind), fault.at)
        if kind == Kind.PAUSE:
            return self._zombie(*started)
        return self._finish(*started)

    def _harm(self, kind: Kind) -> list[tuple[int, str]]:
        server = (self._on.server.pid or 0, "SIGKILL")
        return {
            Kind.KILL: [(0, "SIGKILL")],
            Kind.ABANDON: [(0, "SIGKILL")],
            Kind.PAUSE: [(0, "SIGSTOP")],
            Kind.POSTGRES_KILL: [server],
            Kind.POSTGRES_RESTART: [(server[0], "SIGINT")],
            Kind.MACHINE: [server, (0, "SIGKILL")],
        }[kind]

    def _asked(self, host: str) -> int:
        return sum(number for url, number in list(self._on.press.asked.items()) if urlsplit(url).netloc == host)

    def _start(
        self, job: str, arguments: tuple[Any, ...], harm: Any = (), at: int = 0, *, full: bool = False
    ) -> tuple[Any, Any]:
        environment = {
            "WIREWATCH_DSN": self.dsn,
            "WIREWATCH_ARCHIVE": str(self._on.disk / "archive"),
            "WIREWATCH_HOME": str(self._on.folder),
            "WIREWATCH_ALLOW_PRIVATE": "127.0.0.0/8",
            "WIREWATCH_HOST_SPACING": "0",
            "WIREWATCH_FETCH_DEADLINE": "2" if self._on.press.frozen else "60",
            "WIREWATCH_BUCKETS": "2",
        }
        ours, theirs = self._on.context.Pipe(duplex=False)
        from chaos.task import perform

        process = self._on.context.Process(
            target=perform,
            args=(job, (self.dsn, *arguments), environment, harm, at, full, self._on.answers, self.log, theirs),
        )
        process.start()
        theirs.close()
        return process, ours

    def _finish(self, process: Any, pipe: Any) -> tuple[int, Any]:
        found = None
        with suppress(EOFError):
            while (found := pipe.recv()) == HARMED:
                self._bit = True
        process.join(120)
        if process.exitcode is None:
            process.kill()
            process.join()
        return int(process.exitcode), found

    def _zombie(self, process: Any, pipe: Any) -> tuple[int, Any]:
        """Wait until the task stands still or is done; where it stands, let another run take over and then wake it up."""
        while process.exitcode is None and _state(process.pid) != "T":
            time.sleep(0.01)
        if process.exitcode is not None:
            return self._finish(process, pipe)
        self._take_over()
        with suppress(RunDied):
            self._ingest("chaos/other")
        os.kill(process.pid, signal.SIGCONT)
        self._finish(process, pipe)
        self._bit = True
        return 1, None

    @contextmanager
    def _full_disk(self) -> Iterator[None]:
        filler = self._on.disk / "filler"
        if not self._on.real_disk:
            yield
            return
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 4096)
            except OSError as problem:
                if problem.errno != errno.ENOSPC:
                    raise
        try:
            yield
        finally:
            filler.unlink()

    def _take_over(self) -> None:
        """As if the time had passed after which what a dead run held is free."""
        with postgres.transaction(self.dsn) as db:
            ledger.free_leases(db)

    def _due(self, *, feeds: bool = True) -> None:
        """As if the time had passed after which everything is tried again, and what nobody works on is free."""
        self._take_over()
        with postgres.transaction(self.dsn) as db:
            if feeds:
                postgres.execute(
                    db, "update ingest.feed set next_poll_at = now(), lease_until = null where origin = 'demo'"
                )
            postgres.execute(db, "update ingest.entry set next_try_at = now() where disposition = 'pending'")
            postgres.execute(db, "update ingest.host set hold_until = null")

    def order_kept(self) -> bool:
        """Whether no fetch failed and no runs raced: what comes later than its copies is judged in the order of its coming."""
        if self._raced:
            return False
        with postgres.transaction(self.dsn) as db:
            failed = "select from ingest.attempt where stage = 'fetch' union all select from ingest.poll where outcome = 'failed'"
            return postgres.one(db, f"{failed} limit 1") is None

    def _nothing_waits(self) -> bool:
        """Whether every entry is decided, and every feed answered when it was last asked."""
        with postgres.transaction(self.dsn) as db:
            silent = postgres.one(db, "select from ingest.feed where origin = 'demo' and failure_weight > 0 limit 1")
            return silent is None and ledger.funnel(db)["pending"] == 0


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return "?"
