"""Processes that are looked after: started again when they die, and none left behind."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil

from wirewatch.local.supervisor import Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
PARENT = [
    sys.executable,
    "-c",
    f"import subprocess, sys, time; subprocess.Popen({SLEEP!r}); print('ready', flush=True); time.sleep(600)",
]


def watched(supervisor: Supervisor) -> psutil.Process:
    return psutil.Process(supervisor._watched[0].process.pid)


def until(ready, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_is_killed_is_started_again_and_said(tmp_path):
    said = []
    supervisor = Supervisor(tmp_path / "record.json", tmp_path / "logs", said.append)
    supervisor.start("sleeper", SLEEP, {})
    first = watched(supervisor)
    first.kill()

    def again() -> bool:
        supervisor.check()
        return supervisor._watched[0].process.pid != first.pid

    until(again)
    assert watched(supervisor).is_running()
    assert "sleeper ended (-9)" in said[0]
    supervisor.stop()


def test_what_keeps_dying_is_named(tmp_path):
    supervisor = Supervisor(tmp_path / "record.json", tmp_path / "logs", lambda _text: None)
    supervisor.start("sleeper", SLEEP, {})
    assert supervisor.failing() is None
    supervisor._watched[0].deaths = 4
    assert supervisor.failing() == "sleeper"
    supervisor.stop()


def test_stopping_ends_children_too(tmp_path):
    supervisor = Supervisor(tmp_path / "record.json", tmp_path / "logs", lambda _text: None)
    supervisor.start("parent", PARENT, {})
    until(lambda: "ready" in (tmp_path / "logs" / "parent.log").read_text())
    family = [watched(supervisor), *watched(supervisor).children(recursive=True)]
    assert len(family) == 2
    supervisor.stop()
    assert not any(process.is_running() for process in family)


def orphans(tmp_path, supervisor: Supervisor) -> list[psutil.Process]:
    """The child of a process that is killed, which does not end by itself."""
    supervisor.start("parent", PARENT, {})
    until(lambda: "ready" in (tmp_path / "logs" / "parent.log").read_text())
    parent = watched(supervisor)
    children = parent.children(recursive=True)
    parent.kill()
    supervisor._watched[0].process.wait(60)
    assert [child.is_running() for child in children] == [True]
    return children


def test_children_of_what_was_killed_do_not_outlive_its_restart(tmp_path):
    supervisor = Supervisor(tmp_path / "record.json", tmp_path / "logs", lambda _text: None)
    children = orphans(tmp_path, supervisor)
    supervisor.check()
    assert not any(child.is_running() for child in children)
    supervisor.stop()


def test_stopping_ends_the_children_of_what_was_killed(tmp_path):
    supervisor = Supervisor(tmp_path / "record.json", tmp_path / "logs", lambda _text: None)
    children = orphans(tmp_path, supervisor)
    supervisor.stop()
    assert not any(child.is_running() for child in children)


def test_children_of_what_was_killed_are_ended_by_the_next_supervisor(tmp_path):
    children = orphans(tmp_path, Supervisor(tmp_path / "record.json", tmp_path / "logs", lambda _text: None))
    assert Supervisor(tmp_path / "record.json", tmp_path / "logs", lambda _text: None).end_leftovers() == 1
    assert not any(child.is_running() for child in children)


def test_what_a_killed_supervisor_left_is_ended_by_the_next(tmp_path):
    left = subprocess.Popen(SLEEP, start_new_session=True)
    record = tmp_path / "record.json"
    record.write_text(f"[[{left.pid}, {psutil.Process(left.pid).create_time()}]]")
    supervisor = Supervisor(record, tmp_path / "logs", lambda _text: None)
    assert supervisor.end_leftovers() == 1
    left.wait(60)
    assert supervisor.end_leftovers() == 0


def test_another_process_under_the_same_number_is_left_alone(tmp_path):
    other = subprocess.Popen(SLEEP, start_new_session=True)
    record = tmp_path / "record.json"
    record.write_text(f"[[{other.pid}, 1.0]]")
    assert Supervisor(record, tmp_path / "logs", lambda _text: None).end_leftovers() == 0
    assert other.poll() is None
    other.kill()
    other.wait()
