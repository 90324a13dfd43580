"""Time as it passes, and CPU time of this process and of its Postgres: on a busy machine only the second tells."""

from __future__ import annotations

import time
from contextlib import suppress

import psutil

from wirewatch.local.postgres import Server


class Clock:
    """Milliseconds since the last look: by the clock, and of CPU time of this process and of the server's."""

    def __init__(self, server: Server) -> None:
        self._server = psutil.Process(server.pid)
        self._last = self._now()

    def lap(self, articles: int) -> tuple[float, float]:
        """Milliseconds for each article since the last look."""
        before, self._last = self._last, self._now()
        wall, cpu = (now - then for now, then in zip(self._last, before, strict=True))
        return wall * 1000 / articles, cpu * 1000 / articles

    def _now(self) -> tuple[float, float]:
        used = time.process_time()
        times = self._server.cpu_times()
        used += times.user + times.system + times.children_user + times.children_system
        for child in self._server.children(recursive=True):
            with suppress(psutil.Error):
                used += sum(child.cpu_times()[:2])
        return time.perf_counter(), used
