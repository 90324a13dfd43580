"""`python tests/chaos/cluster.py`: the real cluster (Airflow, Celery, Redis, Postgres) under faults while articles flow.

Seeded: which process is killed (-9), stopped for a while, or cut off, and after how many seconds. Two workers embed, so that they
race. At the end the ledger must add up, every article of the press must have been decided as a perfect desk would, and no text may
be an original twice. A fault counts where its process was there and is gone, or stood still.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]

import psutil  # noqa: E402
import psycopg2  # noqa: E402

from e2e.test_up import System  # noqa: E402
from wirewatch.local.airflow import AirflowUnavailable  # noqa: E402
from wirewatch.settings import ROOT  # noqa: E402

KILLED = (
    *("worker-fetch", "worker-embed-1", "worker-embed-2", "scheduler", "redis", "postgres"),
    *("api-server", "dag-processor", "triggerer"),
)
STOPPED = ("redis", "worker-fetch", "worker-embed-1", "scheduler")
"""Processes that are stopped (SIGSTOP) for some seconds: for the others that is a network that is cut, or a machine that froze."""
_UP_SECONDS, _DONE_SECONDS, _AGAIN_SECONDS = 1500.0, 1500.0, 45.0
_PRINTED_BEFORE = timedelta(minutes=6)
_LONGEST_STOP = 40.0


def plan(seed: int, faults: int) -> list[tuple[float, str, str, float]]:
    """The schedule of a seed: (seconds to wait, "kill" or "stop", the process, seconds that it stands still)."""
    rng = random.Random(seed)
    found = []
    for _ in range(faults):
        how = rng.choice(("kill", "kill", "stop"))
        name = rng.choice(KILLED if how == "kill" else STOPPED)
        found.append((rng.uniform(5, 30), how, name, rng.uniform(10, _LONGEST_STOP) if how == "stop" else 0.0))
    return found


def _process(system: System, name: str) -> psutil.Process | None:
    """The process of a service, as the supervisor has written it down."""
    pid = system.server.pid
    if name != "postgres":
        rows = json.loads((system.settings.home / "processes.json").read_text(encoding="utf-8"))
        pid = next((pid for pid, _, known in rows if known == name), None)
    with suppress(psutil.Error):
        return psutil.Process(pid) if pid else None
    return None


def harm(system: System, how: str, name: str, seconds: float) -> bool:
    """Do it; whether it did harm."""
    found = _process(system, name)
    if found is None:
        return False
    with suppress(psutil.Error):
        if name == "postgres":
            os.kill(found.pid, signal.SIGKILL)
            return True
        family = [*found.children(recursive=True), found]
        if how == "kill":
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            return True
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.suspend()
        time.sleep(seconds)
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.resume()
        return True
    return False


def survives(seed: int, faults: int, folder: Path, happened: Counter[str]) -> list[str]:
    """Bring a cluster up, do harm, and wait until all is decided; what does not hold."""
    system = System(folder / "home")
    log = folder / "cluster.log"
    environment = {**system.environment, "WIREWATCH_HOST_SPACING": "0.1", "WIREWATCH_BUCKETS": "2"}
    system.settings.home.mkdir(parents=True)
    begun = (datetime.now(UTC) - _PRINTED_BEFORE).isoformat()
    (system.settings.home / "press-begun").write_text(begun, encoding="utf-8")
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "wirewatch", "cluster", "--embed", "2"],
            env=environment,
            stdout=out,
            stderr=out,
            cwd=ROOT,
        )
    try:
        _until(lambda: "Wirewatch is up" in _said(log) or process.poll() is not None, _UP_SECONDS)
        for wait, how, name, seconds in plan(seed, faults):
            time.sleep(wait)
            if process.poll() is not None:
                return [f"the cluster ended by itself: {_said(log)[-1500:]}"]
            if harm(system, how, name, seconds):
                happened[f"{how} {name}"] += 1
                print(f"  {how}: {name}{f' for {seconds:.0f} s' if seconds else ''}", flush=True)
        with urlopen(f"http://127.0.0.1:{system.settings.press_port}/truth.json") as answer:
            wanted = {row["url"]: row for row in json.load(answer) if "slug" in row}
        missing = _decide_all(system, wanted)
        if missing:
            return [f"not decided in {_DONE_SECONDS:.0f} s: {url}: {why}" for url, why in missing.items()]
        return _faults(system, wanted)
    except TimeoutError:
        return [f"the cluster did not come up in {_UP_SECONDS:.0f} s: {_said(log)[-1500:]}"]
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(180)
        process.kill()


def _said(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def _decide_all(system: System, wanted: dict[str, dict[str, object]]) -> dict[str, str]:
    """Wait until every article of the press is decided; those that are not, and why.

    Waits between tries are cut short, as if the time had passed, and the poll is started again now and then.
    """
    end, again = time.monotonic() + _DONE_SECONDS, 0.0
    while time.monotonic() < end:
        rows = _asked(system, "select canonical_url, disposition from ingest.entry")
        decided = {url for url, disposition in rows if disposition != "pending"}
        if wanted.keys() <= decided:
            return {}
        if time.monotonic() > again:
            again = time.monotonic() + _AGAIN_SECONDS
            _asked(system, "update ingest.entry set next_try_at = now() where disposition = 'pending' returning 1")
            _asked(system, "update ingest.feed set next_poll_at = now() where origin = 'demo' returning 1")
            with suppress(AirflowUnavailable):
                system.airflow.trigger("poll_feeds")
        time.sleep(2)
    known = dict(
        _asked(system, "select canonical_url, disposition || ' ' || stage || ': ' || reason from ingest.entry")
    )
    return {
        url: str(known.get(url, "never seen")) for url in wanted if str(known.get(url, "pending")).startswith("pending")
    }


def _asked(system: System, query: str) -> list[tuple[object, ...]]:
    try:
        return system.sql(query)
    except psycopg2.Error:  # Postgres is on its way back
        return []


def _faults(system: System, wanted: dict[str, dict[str, object]]) -> list[str]:
    found = [f"the ledger: {row}" for row in system.sql("select canonical_url, fault from ingest.ledger_fault")]
    rows = dict(system.sql("select canonical_url, disposition from ingest.entry"))
    copies = {url: str(row["of"]) for url, row in wanted.items() if row.get("of")}
    for url, row in wanted.items():
        if rows[url] != row["disposition"] and not _turned_round(system, url, copies, rows):
            found.append(f"{url} is {rows[url]}, not {row['disposition']}")
    twice = system.sql(
        "select text_digest from media.article where duplicate_of is null and duplicate_of_seed is null "
        "group by 1 having count(*) > 1"
    )
    found += [f"the same text is more than one original: {digest}" for (digest,) in twice]
    entries = system.sql("select canonical_url from ingest.entry group by 1 having count(*) > 1")
    return found + [f"{url} is in the ledger twice" for (url,) in entries]


def _turned_round(system: System, url: str, copies: dict[str, str], rows: dict[object, object]) -> bool:
    """Whether a copy and its original came in the other order: then the original is held to be the copy, and that is right."""
    partners = {copies[url]} if url in copies else {copy for copy, original in copies.items() if original == url}
    if not any(rows.get(partner) in ("loaded", "duplicate") for partner in partners):
        return False
    group = system.sql(
        "select count(distinct coalesce(duplicate_of, id)) from media.article where canonical_url = any(%s)",
        [url, *partners],
    )
    return group == [(1,)]


def _until(ready: object, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not ready():  # type: ignore[operator]
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(1)


def main() -> int:
    """Run the seeds; 1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="python tests/chaos/cluster.py", description=__doc__)
    parser.add_argument("--schedules", type=int, default=2)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--faults", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="folder in which the homes and logs are kept")
    chosen = parser.parse_args()
    bad, happened = 0, Counter[str]()
    begun = time.monotonic()
    for seed in range(chosen.first, chosen.first + chosen.schedules):
        print(f"seed {seed}", flush=True)
        with tempfile.TemporaryDirectory(prefix="wirewatch-chaos-") as folder:
            place = (chosen.keep / f"seed{seed}") if chosen.keep else Path(folder)
            place.mkdir(parents=True, exist_ok=True)
            found = survives(seed, chosen.faults, place, happened)
        bad += bool(found)
        for line in found:
            print(f"  BROKEN: {line}", flush=True)
        print("  ok" if not found else "  broken", flush=True)
    print(
        f"{chosen.schedules} schedules on the cluster in {time.monotonic() - begun:.0f} s: {sum(happened.values())} faults; "
        f"{bad} broke a promise"
    )
    for name, number in sorted(happened.items()):
        print(f"  {name:<22}{number}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
