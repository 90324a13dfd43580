"""`python tests/fuzz`: every target for a time, one after the other; how many inputs, and what broke, in tests/fuzz/results.*."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]

from fuzz.targets import TARGETS  # noqa: E402
from wirewatch.settings import ROOT  # noqa: E402

_FEATURES = re.compile(r"cov: (\d+) ft: (\d+)")


def engine() -> str:
    """Atheris where it is installed (it has wheels for some versions of Python only), else changes without guidance."""
    try:
        importlib.metadata.version("atheris")
    except importlib.metadata.PackageNotFoundError:
        return "changes"
    return "atheris"


def hunt(name: str, folder: Path, seconds: int, how: str) -> dict[str, object]:
    """One target; a row of results."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "counts.json").unlink(missing_ok=True)
    command = [sys.executable, str(HERE / "hunt.py"), name, str(folder), str(seconds), how]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    (folder / "log").write_text(done.stdout + done.stderr, encoding="utf-8")
    try:
        counts = json.loads((folder / "counts.json").read_text(encoding="utf-8"))
    except OSError:
        counts = {"inputs": 0, "seconds": 0, "slowest": 0, "faults": {"it did not start": done.stderr[-800:]}}
    if done.returncode:
        counts["faults"].setdefault("the process ended", f"exit code {done.returncode}: {done.stderr[-800:]}")
    covered = _FEATURES.findall(done.stderr)
    edges = [int(edges) for edges, _ in covered]
    return {
        "target": name,
        "inputs": counts["inputs"],
        "seconds": counts["seconds"],
        "edges before": edges[0] if edges else None,
        "edges after": edges[-1] if edges else None,
        "slowest (CPU s)": counts["slowest"],
        "faults": counts["faults"],
    }


def write(rows: list[dict[str, object]], how: str) -> None:
    """The results as JSON and as a table; those of targets that were not hunted now are kept."""
    path = HERE / "results.json"
    known = (
        {row["target"]: row for row in json.loads(path.read_text(encoding="utf-8"))["targets"]} if path.exists() else {}
    )
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    stamp = {
        "on": f"{datetime.now(UTC):%Y-%m-%d}",
        "engine": how,
        "python": sys.version.split()[0],
        "load of the machine": load,
    }
    for row in rows:
        known[row["target"]] = {**row, **stamp}
    found = [known[name] for name in TARGETS if name in known]
    path.write_text(json.dumps({"targets": found}, indent=1) + "\n", encoding="utf-8")
    head = [key for key in found[0] if key != "faults"]
    lines = [f"| {' | '.join(head)} | faults |", f"|{'---|' * (len(head) + 1)}"]
    lines += [f"| {' | '.join(str(row[key]) for key in head)} | {len(row['faults'])} |" for row in found]
    total = sum(int(str(row["inputs"])) for row in found)
    text = f"{__doc__}\n\n" + "\n".join(lines) + f"\n\n{total:,} inputs in all.\n"
    (HERE / "results.md").write_text(text, encoding="utf-8")
    print("\n".join(lines))


def main() -> int:
    """Hunt; 1 where something broke."""
    parser = argparse.ArgumentParser(prog="python tests/fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="by default all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / ".wirewatch" / "fuzz", help="corpus, logs and inputs that broke something"
    )
    chosen = parser.parse_args()
    how = engine()
    if how != "atheris":
        print(
            "atheris is not installed (it has no wheel for this Python, or `make fuzz` did not run): inputs are not guided by coverage."
        )
    rows = []
    for name in chosen.targets or TARGETS:
        rows.append(hunt(name, chosen.folder / name, chosen.seconds, how))
        print(f"{name}: {rows[-1]['inputs']} inputs, {len(rows[-1]['faults'])} faults", flush=True)  # type: ignore[arg-type]
        for place, what in rows[-1]["faults"].items():  # type: ignore[attr-defined]
            print(f"  {place}\n{what}", flush=True)
    write(rows, how)
    print(
        f"Inputs that broke something: {chosen.folder}/*/fault-*. Mended, they belong into tests/fuzz/regressions/<target>/."
    )
    return int(any(row["faults"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
