"""Beside the peers, on the same pages in the same run: cleaning, embedding, loading, and pages to rows, by CPU second and memory.

The peers are in an environment of their own, so that they choose their own versions of what we pin. `recall` is the share of the
labelled text's words that were found. CPU seconds are of all threads of the process, and of Postgres where it is in play.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "quality")]

import extraction  # noqa: E402

from bench import ingest, report  # noqa: E402
from bench.clock import Clock  # noqa: E402
from newsroom import articles, publishers, render  # noqa: E402
from wirewatch.core.topics.passages import passages  # noqa: E402
from wirewatch.io import postgres  # noqa: E402
from wirewatch.local.postgres import Server, temporary  # noqa: E402
from wirewatch.settings import ROOT, settings  # noqa: E402

HERE = Path(__file__).resolve().parent
OURS = ("clean_ours", "embed_ours", "embed_bare", "embed_bf16", "embed_int8")
PEERS = ("clean_trafilatura", "clean_newspaper4k", "clean_news_please")
_ROWS = 20_000
STAGES = ("poll", "fetch", "clean", "embed", "deduplicate", "tag", "load", "batches")


def environment(folder: Path) -> Path:
    """The Python of the peers' environment, built where it is not there yet."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    done = subprocess.run(
        [python, "-c", "import newsplease, newspaper, trafilatura, psycopg2"], capture_output=True, check=False
    )
    if done.returncode:
        pins = (HERE / "peers.txt").read_text(encoding="utf-8").split()
        # A pip that is older cannot resolve the same extra spelt in two ways.
        first = next(pin for pin in pins if pin.startswith("pip=="))
        for what in ([first], ["-r", str(HERE / "peers.txt")]):
            subprocess.run([python, "-m", "pip", "install", "-q", *what], check=True)
    return python


def write_pages(folder: Path, most: int) -> None:
    """Captured pages where they are beside the checkout, else printed ones, as pages.jsonl."""
    shared = ROOT.parent / "shared"
    if shared.is_dir():
        cases = list(extraction.cases(shared, "newsroom"))
        step = max(1, len(cases) // most)
        found = [(case.url, case.html, case.text) for case in cases[::step][:most]]
    else:
        from datetime import UTC, datetime

        now = datetime.now(UTC)
        printed = [
            render.Printed(one, f"http://127.0.0.1/{one.slug}", now, now) for one in articles.load() if one.paragraphs
        ]
        sites = publishers.PUBLISHERS
        found = [
            (
                one.url,
                render.page(sites[n % len(sites)], "http://127.0.0.1", one, printed).encode(),
                "\n".join(one.article.paragraphs),
            )
            for n, one in enumerate(printed[:most])
        ]
    rows = (
        {"url": url, "raw": base64.b64encode(html).decode(), "text": text, "passages": passages("", text)[:8]}
        for url, html, text in found
    )
    (folder / "pages.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def contest(python: Path | str, task: str, folder: Path, server: Server | None = None) -> dict[str, Any]:
    """One contestant; a row."""
    command = [str(python), str(HERE / "peer_worker.py"), task, str(folder)]
    clock = Clock(server) if server else None
    done = subprocess.run(
        [*command, server.dsn("warehouse")] if server else command, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return {
            "what": task,
            "items": 0,
            "a CPU second": 0.0,
            "recall": None,
            "start (CPU s)": 0.0,
            "MB": 0.0,
            "note": done.stderr.strip().splitlines()[-1][:120],
        }
    found = json.loads(done.stdout.strip().splitlines()[-1])
    # The clock also counts this process, which waits.
    theirs = clock.lap(1)[1] / 1000 if clock else 0.0
    return {
        "what": task,
        "items": found["items"],
        "a CPU second": round(found["items"] / (found["cpu"] + theirs), 2),
        "recall": found["recall"] and round(found["recall"], 3),
        "start (CPU s)": round(found["start"], 2),
        "MB": round(found["memory"]),
        "note": f"{found['failed']} pages failed" if found["failed"] else "",
    }


def copied(server: Server) -> dict[str, Any]:
    """COPY of rows of an article's size into a table of media.article's columns and no index: what Postgres can do at most."""
    from io import StringIO

    text = "The harbour was dredged on Monday, said the mayor. " * 60
    lines = StringIO("".join(f"{n}\thttps://a.test/{n}\tA title {n}\t{text}\ten\t{n}\n" for n in range(_ROWS)))
    db = postgres.connect(server.dsn("warehouse"), autocommit=True)
    with db.cursor() as cursor:
        cursor.execute(
            "create table public.copied (id bigint, url text, title text, text text, language text, digest text)"
        )
        clock, wall = Clock(server), time.perf_counter()
        cursor.copy_from(lines, "copied")
    _, cpu = clock.lap(_ROWS)
    db.close()
    note = f"{_ROWS / (time.perf_counter() - wall):,.0f} rows a second of the clock; no index, no ledger, no copies"
    return {
        "what": "load_copy",
        "items": _ROWS,
        "a CPU second": round(1000 / cpu, 1),
        "recall": None,
        "start (CPU s)": 0.0,
        "MB": 0,
        "note": note,
    }


def whole_run(most: int) -> list[dict[str, Any]]:
    """Our whole run on pages of the same folder, after fetching: cleaned, embedded, judged, tagged, loaded."""
    os.environ.update(WIREWATCH_ALLOW_PRIVATE="127.0.0.0/8", WIREWATCH_HOST_SPACING="0")
    settings.cache_clear()
    stages = ingest.run(ingest.CAPTURED if ingest.CAPTURED.is_dir() else None, most)
    report.write("ingest", ingest.__doc__ or "", stages)
    cpu = {stage.stage: stage.cpu_ms for stage in stages if stage.stage != "fetch"}
    said = {"items": stages[0].articles, "recall": None, "start (CPU s)": 0.0}
    memory = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

    def row(what: str, milliseconds: float, note: str) -> dict[str, Any]:
        return {"what": what, "a CPU second": round(1000 / milliseconds, 2), "MB": memory, "note": note, **said}

    return [
        row("store_ours", sum(cpu.values()), "cleaned, embedded, judged, tagged, loaded"),
        row(
            "store_ours without embedding", sum(cpu.values()) - cpu["embed"], "what is left where vectors cost nothing"
        ),
        row("load_ours", cpu["load"], "article, copies, topics, mentions, story and ledger in one transaction each"),
    ]


_START = """
import resource, wirewatch.jobs.{stage}
used = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(used.ru_utime + used.ru_stime, peak)
"""


def starts() -> list[dict[str, Any]]:
    """The start of each stage's process without the model: importing its job, in CPU seconds of a fresh Python."""
    rows = []
    for stage in STAGES:
        code = _START.format(stage=stage)
        best = min(
            (
                subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
                for _ in range(3)
            ),
            key=lambda said: float(said[0]),
        )
        rows.append({"stage": stage, "start (CPU s)": round(float(best[0]), 2), "MB": round(int(best[1]) / 1024)})
    return rows


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--venv", type=Path, default=ROOT / ".wirewatch" / "bench-venv")
    chosen = parser.parse_args()
    python = environment(chosen.venv)
    with tempfile.TemporaryDirectory() as folder, temporary() as server:
        place = Path(folder)
        write_pages(place, chosen.pages)
        rows = [contest(sys.executable, task, place) for task in OURS]
        rows += [contest(python, task, place) for task in PEERS]
        rows += [contest(python, "store_news_please", place, server), copied(server), *whole_run(chosen.pages)]
        postgres.close_idle()
    report.write(
        "peers", __doc__ or "", sorted(rows, key=lambda row: (row["what"].partition("_")[0], -row["a CPU second"]))
    )
    report.write(
        "start", "Start of a stage's process without the model: CPU seconds, the best of three, and memory.", starts()
    )


if __name__ == "__main__":
    main()
