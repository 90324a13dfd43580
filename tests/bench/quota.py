"""A share of a core for a group of processes, by a control group of Linux: how a small machine is had on a larger one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

_PERIOD = 100_000
_ROOT = Path("/sys/fs/cgroup")


class NoQuota(RuntimeError):
    """Control groups cannot be made here."""


class Quota:
    """Processes that have `cores` of the machine together, at most; what they start later belongs to them."""

    def __init__(self, name: str, cores: float) -> None:
        """NoQuota where the kernel has no such groups, or they are not ours to make."""
        second = (_ROOT / "cgroup.controllers").exists()
        self._folder = (_ROOT if second else _ROOT / "cpu") / name
        quota = round(cores * _PERIOD)
        try:
            if second:
                (_ROOT / "cgroup.subtree_control").write_text("+cpu")
            self._folder.mkdir(exist_ok=True)
            if second:
                (self._folder / "cpu.max").write_text(f"{quota} {_PERIOD}")
            else:
                (self._folder / "cpu.cfs_period_us").write_text(str(_PERIOD))
                (self._folder / "cpu.cfs_quota_us").write_text(str(quota))
        except OSError as problem:
            message = f"No share of a core can be set here ({problem}): run this as root on Linux, or with --cores 0."
            raise NoQuota(message) from problem

    def take(self, process: psutil.Process) -> None:
        """Take a process in, with what it has started."""
        with suppress(psutil.NoSuchProcess):
            for one in (process, *process.children(recursive=True)):
                with suppress(ProcessLookupError):
                    (self._folder / "cgroup.procs").write_text(str(one.pid))

    def end(self) -> None:
        """Drop the group, whose processes have ended."""
        with suppress(OSError):
            self._folder.rmdir()
