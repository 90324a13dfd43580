"""Processes started, watched, started again when they die, and stopped; none is left behind."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_TERM_SECONDS, _KILL_SECONDS = 25.0, 5.0
_LONGEST_PAUSE = 30.0
_PR_SET_PDEATHSIG = 1


class CannotStart(RuntimeError):
    """Something is in the way of starting; the sentence says what to do."""


@dataclass(slots=True)
class _Watched:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes]
    deaths: int = 0
    not_before: float = 0.0


class Supervisor:
    """Looks after processes; what runs is written to `record`, so that the next start can end what a kill left."""

    def __init__(self, record: Path, logs: Path, say: Callable[[str], None]) -> None:
        self._record, self._logs, self._say = record, logs, say
        self._watched: list[_Watched] = []

    def end_leftovers(self) -> int:
        """End processes that an earlier supervisor left running; how many."""
        try:
            known = json.loads(self._record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0
        left: list[psutil.Process] = []
        for pid, started, *_ in known:
            try:
                process = psutil.Process(pid)
                if abs(process.create_time() - started) < 1:
                    left += [*process.children(recursive=True), process]
            except psutil.NoSuchProcess:
                left += _session(pid)
            except psutil.Error:
                continue
        _end(left)
        self._record.unlink(missing_ok=True)
        return len(left)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a process and look after it. Its output goes to a file of its name."""
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        self._watched.append(_Watched(name, command, environment, log, _spawn(command, environment, log)))
        self._write()

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a process to its end. CannotStart, naming its log, where it fails."""
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        item = _Watched(name, command, environment, log, _spawn(command, environment, log))
        self._watched.append(item)
        self._write()
        code = item.process.wait()
        self._watched.remove(item)
        self._write()
        if code:
            message = f"{name} failed ({code}): see {log}."
            raise CannotStart(message)

    def check(self) -> None:
        """Start again what has died, with a longer pause after each death."""
        for item in self._watched:
            code = item.process.poll()
            if code is None:
                continue
            now = time.monotonic()
            if item.not_before == 0.0:
                pause = min(2.0**item.deaths, _LONGEST_PAUSE)
                item.deaths, item.not_before = item.deaths + 1, now + pause
                self._say(f"{item.name} ended ({code}); it is started again. Its log: {item.log}")
                _end(_session(item.process.pid))
            if now >= item.not_before:
                item.not_before = 0.0
                item.process = _spawn(item.command, item.environment, item.log)
                self._write()

    def failing(self) -> str | None:
        """The name of a process that keeps dying, or None."""
        return next((item.name for item in self._watched if item.deaths >= 4), None)

    def stop(self) -> None:
        """End all, in the order opposite to their start: asked first, forced after half a minute."""
        for item in reversed(self._watched):
            family = _session(item.process.pid)
            with suppress(psutil.Error):
                own = psutil.Process(item.process.pid)
                family = list({*family, *own.children(recursive=True)})
                _end([own])
            _end(family)
            item.process.wait(timeout=_KILL_SECONDS)
        self._watched.clear()
        self._record.unlink(missing_ok=True)

    def _write(self) -> None:
        rows = []
        for item in self._watched:
            try:
                rows.append((item.process.pid, psutil.Process(item.process.pid).create_time(), item.name))
            except psutil.Error:
                continue
        self._record.parent.mkdir(parents=True, exist_ok=True)
        self._record.write_text(json.dumps(rows), encoding="utf-8")


def _spawn(command: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )


def _die_with_parent() -> None:
    """On Linux the kernel ends the child when its parent is killed: nothing is left behind even then."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:
        os._exit(1)


def _session(leader: int) -> list[psutil.Process]:
    """What a process that has died left running: each that is looked after leads a session, which its children stay in."""
    found = []
    for process in psutil.process_iter():
        with suppress(OSError, psutil.Error):
            if os.getsid(process.pid) == leader and process.pid != leader:
                found.append(process)
    return found


def _end(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        _signal(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(processes, timeout=_TERM_SECONDS)
    for process in alive:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=_KILL_SECONDS)


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.Error):
        process.send_signal(number)
