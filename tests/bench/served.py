"""The Newsroom as benchmarks ask it: all its pages in a process of its own, without the login."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SERVER = """
import sys, uvicorn
from wirewatch.web import access
access.READER.clear(), access.WRITER.clear()
from wirewatch.web.application import create
uvicorn.run(create(lambda: sys.argv[1]), fd=int(sys.argv[2]), log_level="warning")
"""


@contextmanager
def newsroom(dsn: str) -> Iterator[tuple[int, int]]:
    """The Newsroom of a warehouse: its port on loopback, which takes requests from now on, and its process."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        fd = listening.fileno()
        process = subprocess.Popen([sys.executable, "-c", _SERVER, dsn, str(fd)], pass_fds=[fd])
        try:
            yield listening.getsockname()[1], process.pid
        finally:
            process.terminate()
            process.wait(60)
