"""The demonstration press beside the system: started, its feeds entered, or put to rest."""

from __future__ import annotations

import os
import sys
import time
import urllib.request

from wirewatch.core.schedule import SHORTEST
from wirewatch.io import feeds, postgres
from wirewatch.jobs import reference
from wirewatch.local import session
from wirewatch.local.supervisor import CannotStart, Supervisor
from wirewatch.settings import ROOT, Settings

_PRESS_SECONDS = 60.0
_OPEN = """
update ingest.feed set active = true, poll_interval = least(poll_interval, %(shortest)s) where origin = 'demo'
"""


def start(chosen: Settings, supervisor: Supervisor, dsn: str, say: session.Steps) -> dict[str, str]:
    """Start the demonstration press and enter its feeds; the variables that let its loopback address be fetched."""
    folder = ROOT / "tests" / "newsroom"
    begun = chosen.home / "press-begun"
    more = ["--captured", str(chosen.captured)] if chosen.captured else ["--begun", str(begun)]
    with say.step("The demonstration press"):
        session.port_free(chosen.press_port, "WIREWATCH_PRESS_PORT")
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
            postgres.execute(db, _OPEN, {"shortest": SHORTEST})
    networks = ",".join(filter(None, (chosen.allow_private, "127.0.0.0/8")))
    return {"WIREWATCH_ALLOW_PRIVATE": networks}


def rest(dsn: str) -> dict[str, str]:
    """Poll the press no more; no variables."""
    with postgres.transaction(dsn) as db:
        feeds.pause_origin(db, "demo", keep=[])
    return {}
