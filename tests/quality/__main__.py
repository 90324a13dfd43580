"""`python tests/quality`: how good each step is, in one table, with intervals and beside others; written to REPORT.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARED = ROOT.parent / "shared"
sys.path.insert(0, str(HERE))

import calibration  # noqa: E402
import cleaning  # noqa: E402
import copies  # noqa: E402
import languages  # noqa: E402
import report  # noqa: E402
import tagging  # noqa: E402
from figures import Figure  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from wirewatch.io import migrate  # noqa: E402
from wirewatch.local.postgres import temporary  # noqa: E402

STEPS = ("cleaning", "language", "copies", "topics")


def main() -> int:
    """Measure, print, write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("steps", nargs="*", help=f"of {', '.join(STEPS)}; all where none is named")
    asked.add_argument(
        "--share", type=int, default=6, help="one in so many labelled texts for copies (1: all, an hour)"
    )
    chosen = asked.parse_args()
    if not SHARED.is_dir():
        print(f"The labelled sets are not at {SHARED}: without them nothing can be measured.", file=sys.stderr)
        return 1
    steps = chosen.steps or list(STEPS)
    if unknown := set(steps) - set(STEPS):
        asked.error(f"there is no step {', '.join(sorted(unknown))}")
    found = [figure for step in steps for figure in _measured(step, chosen.share)]
    _print(found)
    _write(found, steps)
    return 0


def _measured(step: str, share: int) -> Iterator[Figure]:
    if step == "cleaning":
        yield from cleaning.measured(SHARED)
    elif step == "language":
        yield from languages.measured(SHARED)
    elif step == "topics":
        yield from tagging.measured(SHARED)
    else:
        labelled = copies.rows(SHARED, share)
        with temporary() as server:
            dsn = server.dsn("warehouse")
            migrate.migrate(dsn, ROOT / "sql")
            texts = copies.judged(dsn, labelled)
        with temporary() as server:
            dsn = server.dsn("warehouse")
            migrate.migrate(dsn, ROOT / "sql")
            dated = copies.judged(dsn, copies.reports_of_events(labelled), dated=True)
        yield from copies.measured(texts, labelled, dated)
        calibration.write_copies(texts)
        calibration.write_stories(copies.reports_of_events(labelled))


def _print(found: list[Figure]) -> None:
    table = Table("step", "figure", "on", "n", "ours", "95 % interval", "others on the same")
    for one in found:
        ours = f"[bold]{report.short(one.value)}[/bold]"
        table.add_row(one.step, one.figure, one.on, str(one.count), ours, report.span(one), report.others(one))
    Console().print(table)


def _write(found: list[Figure], steps: list[str]) -> None:
    """The table as JSON and Markdown; what was not measured this time stays as it was."""
    kept = report.load() if report.PATH.exists() else {}
    for step in steps:
        mine = [asdict(one) for one in found if _belongs(one.step) == step]
        kept[step] = {"at": f"{datetime.now(UTC):%Y-%m-%d}", "figures": mine}
    report.save({step: kept[step] for step in STEPS if step in kept})


def _belongs(step: str) -> str:
    return "copies" if step.startswith("stories") else step.partition(",")[0]


if __name__ == "__main__":
    sys.exit(main())
