"""`python tests/chaos/cluster.py`: the real cluster (Airflow, Celery, Redis, Postgres), its processes killed (-9) while articles flow.

Seeded: which process is killed, and after how many seconds. At the end the ledger must add up, and every article of the press
must have been decided as a perfect desk would.
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
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]

import psutil  # noqa: E402
import psycopg2  # noqa: E402

from e2e.test_up import System  # noqa: E402
from wirewatch.settings import ROOT  # noqa: E402

VICTIMS = ("worker-fetch", "worker-embed", "scheduler", "redis", "postgres", "api-server", "dag-processor", "triggerer")
_UP_SECONDS, _DONE_SECONDS = 600.0, 900.0


def kill(system: System, name: str) -> None:
    """Kill (-9) a process of the cluster, with its children where it has any."""
    if name == "postgres":
        with suppress(ProcessLookupError):
            os.kill(system.server.pid or 0, signal.SIGKILL)
        return
    rows = json.loads((system.settings.home / "processes.json").read_text(encoding="utf-8"))
    pid = next((pid for pid, _, known in rows if known == name), None)
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (*process.children(recursive=True), process):
            one.kill()


def survives(seed: int, kills: int, folder: Path) -> list[str]:
    """Bring a cluster up, kill `kills` of its processes, and wait until all is decided; what does not hold."""
    rng = random.Random(seed)
    system = System(folder / "home")
    log = folder / "cluster.log"
    environment = {**system.environment, "WIREWATCH_HOST_SPACING": "0.1"}
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "wirewatch", "cluster"], env=environment, stdout=out, stderr=out, cwd=ROOT
        )
    wanted: dict[str, dict[str, object]] = {}
    try:
        _until(lambda: "Wirewatch is up" in log.read_text(encoding="utf-8") or process.poll() is not None, _UP_SECONDS)
        for victim in rng.choices(VICTIMS, k=kills):
            time.sleep(rng.uniform(5, 40))
            print(f"  killed: {victim}", flush=True)
            if process.poll() is not None:
                return [f"the cluster ended by itself: {log.read_text(encoding='utf-8')[-1500:]}"]
            kill(system, victim)
        with urlopen(f"http://127.0.0.1:{system.settings.press_port}/truth.json") as answer:
            wanted = {row["url"]: row for row in json.load(answer) if "slug" in row}
        _until(lambda: len(_decided(system) & wanted.keys()) >= len(wanted) - 1, _DONE_SECONDS)
        return _faults(system, wanted)
    except TimeoutError:
        missing = sorted(wanted.keys() - _decided(system))
        return [f"it did not come to an end in time: {len(missing)} not decided: {missing[:5]}"]
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(120)
        process.kill()


def _decided(system: System) -> set[str]:
    try:
        return {url for (url,) in system.sql("select canonical_url from ingest.entry where disposition <> 'pending'")}
    except psycopg2.Error:  # Postgres is on its way back
        return set()


def _faults(system: System, wanted: dict[str, dict[str, object]]) -> list[str]:
    found = [f"the ledger: {row}" for row in system.sql("select canonical_url, fault from ingest.ledger_fault")]
    rows = dict(system.sql("select canonical_url, disposition from ingest.entry where disposition <> 'pending'"))
    for url, row in wanted.items():
        if url in rows and rows[url] != row["disposition"]:
            found.append(f"{url} is {rows[url]}, not {row['disposition']}")
    twice = system.sql(
        "select text_digest from media.article where duplicate_of is null and duplicate_of_seed is null "
        "group by 1 having count(*) > 1"
    )
    return found + [f"the same text is more than one original: {digest}" for (digest,) in twice]


def _until(ready: object, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not ready():  # type: ignore[operator]
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(1)


def main() -> int:
    """Run the seeds; 1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="python tests/chaos/cluster.py", description=__doc__)
    parser.add_argument("--schedules", type=int, default=3)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--kills", type=int, default=6)
    chosen = parser.parse_args()
    bad = 0
    for seed in range(chosen.first, chosen.first + chosen.schedules):
        print(f"seed {seed}", flush=True)
        with tempfile.TemporaryDirectory(prefix="wirewatch-chaos-") as folder:
            found = survives(seed, chosen.kills, Path(folder))
        bad += bool(found)
        for line in found:
            print(f"  BROKEN: {line}", flush=True)
        print("  ok" if not found else "  broken", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
