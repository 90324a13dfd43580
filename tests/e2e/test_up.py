"""The real system, started as a user starts it, looked at in a real browser, asked in SQL, killed, and stopped."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg2
import pytest

from wirewatch.local.airflow import Airflow
from wirewatch.local.postgres import Server, free_port
from wirewatch.settings import ROOT, Settings

pytestmark = pytest.mark.slow
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PICTURES = ROOT / ".github" / "screenshots"


class System:
    """`wirewatch up` in a home of its own, on free ports."""

    def __init__(self, home: Path) -> None:
        press = next(port for port in iter(lambda: random.randrange(20_000, 32_000), 0) if all_free(port))
        ports = {"postgres_port": free_port(), "ui_port": free_port(), "press_port": press}
        self.settings = Settings(home=home, **ports)
        self.server = Server(home / "postgres", ports["postgres_port"])
        self.airflow = Airflow(self.settings, self.server)
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "WIREWATCH"))
        }
        self.environment |= {
            "WIREWATCH_HOME": str(home),
            **{f"WIREWATCH_{k.upper()}": str(v) for k, v in ports.items()},
        }

    @contextmanager
    def up(self, **more: str):
        """Start, wait until it says that it is up, give the process, and stop it as Ctrl-C would."""
        log = self.settings.home.with_suffix(".log")
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "wirewatch", "up"],
                env={**self.environment, **more},
                stdout=out,
                stderr=out,
                cwd=ROOT,
            )
        try:
            wait(lambda: "Wirewatch is up" in log.read_text() or process.poll() is not None, 500)
            assert process.poll() is None, log.read_text()
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(180)

    def sql(self, query: str, *values: object) -> list[tuple]:
        db = psycopg2.connect(self.server.dsn("warehouse"))
        try:
            with db, db.cursor() as cursor:
                cursor.execute(query, values or None)
                return cursor.fetchall()
        finally:
            db.close()

    def decided(self) -> int:
        return self.sql("select count(*) from ingest.entry where disposition <> 'pending'")[0][0]

    def runs(self, dag_id: str) -> list[dict]:
        return self.airflow.ask("GET", f"/dags/{dag_id}/dagRuns?order_by=-run_after")["dag_runs"]


def all_free(first: int) -> bool:
    """Whether the press can have its ports from here on. They are below those that the system gives to connections."""
    for port in range(first, first + 10):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return False
    return True


def family(process: subprocess.Popen) -> list[psutil.Process]:
    """The process and all that came of it."""
    own = psutil.Process(process.pid)
    return [own, *own.children(recursive=True)]


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def wait(ready, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    return System(tmp_path_factory.mktemp("a home") / "wire watch")


@contextmanager
def statsd():
    """A StatsD server that keeps what it is sent: names with their last values, and the variables that lead to it."""
    found: dict[str, str] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        address = {
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(receiver.getsockname()[1]),
        }

        def receive() -> None:
            while (packet := receiver.recv(65536)) != b"end":
                found.update(line.split(":", 1) for line in packet.decode().splitlines())

        thread = threading.Thread(target=receive)
        thread.start()
        try:
            yield found, address
        finally:
            receiver.sendto(b"end", receiver.getsockname())
            thread.join()


def log_lines(system: System) -> list[dict]:
    """The lines of all logs of the tasks of ingest_articles."""
    files = (system.settings.home / "logs" / "tasks").glob("dag_id=ingest_articles/**/*.log")
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_from_nothing_to_articles_in_the_warehouse(system):
    with statsd() as (sent, address), system.up(**address) as process:
        wait(
            lambda: system.decided() >= 14 and any(run["state"] == "success" for run in system.runs("ingest_articles")),
            300,
        )
        copies = dict(system.sql("select title, rung from media.latest where kind = 'copy of a seed'"))
        assert "exact" in copies.values()
        url = system.sql("select url from media.latest where rung = 'exact'")[0][0]
        why = system.sql("select disposition, copy_of_url from media.why(%s)", url)
        assert why == [("duplicate", "seed: 000_1a96a5e30be5a4fb.txt")]
        silent = system.sql("select distinct what from ingest.source_health where state = 'failing'")
        assert all(re.search(r"host was not found|refused|unreachable|deadline|answered", what) for (what,) in silent)
        assert {
            "airflow.wirewatch.load.loaded",
            "airflow.wirewatch.deduplicate.exact",
            "airflow.wirewatch.clean.duration",
        } <= set(sent)
        decided = [line for line in log_lines(system) if "entry" in line]
        assert {"clean", "load"} <= {line["stage"] for line in decided}
        assert all(line["run_id"] and line["dag_id"] == "ingest_articles" and line["batch"] for line in decided)
        known = dict(system.sql("select id, disposition from ingest.entry"))
        assert any(f"is {known[line['entry']]}:" in line["event"] for line in decided if line["stage"] == "load")
        replayed(system)
        look(system)
        everyone = family(process)
        assert len(everyone) > 10
        process.send_signal(signal.SIGTERM)
        assert process.wait(180) == 0
    assert alive(everyone) == []


def test_killed_outright_it_leaves_nothing_and_goes_on_where_it_was(system):
    with system.up() as process:
        before = system.decided()
        everyone = family(process)
        process.kill()
        process.wait(60)
    wait(lambda: alive(everyone) == [], 180)
    with system.up(DEMO="0"):
        assert system.decided() >= before > 0
        assert system.sql("select * from ingest.ledger_fault") == []


@pytest.mark.parametrize("name", ["UI", "POSTGRES", "PRESS"])
def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path, name):
    fresh = System(tmp_path / "home")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "wirewatch", "up"],
            env={**fresh.environment, f"WIREWATCH_{name}_PORT": port},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
    assert done.returncode == 1
    assert f"Port {port} is taken: set WIREWATCH_{name}_PORT to a free one." in done.stderr
    assert "Traceback" not in done.stderr


def logged_in(system: System, role: str) -> dict:
    """The cookies of a person of this role, as Airflow's own login gives them."""
    code = (
        "from airflow.api_fastapi.app import create_auth_manager;"
        "from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser;"
        f"print(create_auth_manager().generate_jwt(SimpleAuthManagerUser(username='a-{role}', role='{role}')))"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    said = subprocess.run(command, env=system.airflow.environment(), capture_output=True, text=True, check=True)
    cookie = {"name": "_token", "value": said.stdout.split()[-1], "domain": "127.0.0.1", "path": "/", "expires": -1}
    return {"cookies": [{**cookie, "httpOnly": True, "secure": False, "sameSite": "Lax"}], "origins": []}


def replayed(system: System) -> None:
    """A backfill, as the README has it, takes yesterday's pages through the flow again; pages of today pass for those here."""
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    # As late as can be: a page that says it came out over a day after it was fetched would not be believed.
    pages = system.sql("update ingest.page set fetched_at = %s returning entry_id", f"{yesterday}T23:59:59Z")
    command = f"airflow backfill create --dag-id replay --from-date {yesterday} --to-date {yesterday} --reprocess-behavior completed"
    subprocess.run([sys.executable, "-m", "wirewatch", *command.split()], env=system.environment, check=True, cwd=ROOT)
    # The nightly sample of the same day, which had nothing yet, is a run of its own or becomes this one.
    ended = "select result from ingest.replay_summary where since::date = %s and result <> 'not done' and not sampled"
    wait(lambda: system.sql(ended, yesterday), 300)
    ((result,),) = system.sql(ended, yesterday)
    assert (number := re.fullmatch(r"0 of (\d+) rows differ", result)), result
    assert 0 < int(number[1]) <= len(pages)


def look(system: System) -> None:
    """The grid of a successful run, in a browser; kept as the README's picture where that is asked for."""
    if CHROMIUM is None:
        warnings.warn("There is no Chromium here: the grid was not looked at.", stacklevel=2)
        return
    from playwright.sync_api import expect, sync_playwright

    from e2e.newsroom_walk import walk

    expect.set_options(timeout=60_000)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{system.airflow.url}/dags/ingest_articles")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", system.airflow.password)
        page.click("button[type=submit]")
        # Airflow's login leads back by a script of its own: a visit made meanwhile would be called off by it.
        page.wait_for_url(lambda url: "/auth/" not in url, timeout=60_000)
        page.goto(f"{system.airflow.url}/dags/ingest_articles")
        expect(page.get_by_role("link", name=re.compile("reconcile"))).to_be_visible()
        expect(page.get_by_role("heading", name="ingest_articles")).to_be_visible()
        page.wait_for_timeout(3000)
        folder = PICTURES if os.environ.get("WIREWATCH_PICTURES") else system.settings.home.parent
        folder.mkdir(exist_ok=True, parents=True)
        page.screenshot(path=folder / "ingest_articles.png")
        page.goto(f"{system.airflow.url}/dags")
        expect(page.get_by_role("link", name="poll_feeds")).to_be_visible()
        page.wait_for_timeout(2000)
        page.screenshot(path=folder / "dags.png")
        states = {"admin": page.context.storage_state(), "viewer": logged_in(system, "viewer")}
        with no_new_run(system):
            walk(browser, states, system.airflow.url, system.sql, folder)
        browser.close()


@contextmanager
def no_new_run(system: System):
    """Ingestion is paused in Airflow: what a person lets go can be held again, since no run takes it meanwhile."""
    system.airflow.ask("PATCH", "/dags/ingest_articles", {"is_paused": True})
    try:
        wait(lambda: all(run["state"] != "running" for run in system.runs("ingest_articles")), 300)
        yield
    finally:
        system.airflow.ask("PATCH", "/dags/ingest_articles", {"is_paused": False})
