"""`python tests/chaos`: many seeded schedules of faults; what broke, by seed, and how often each fault happened."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

sys.path[:] = [
    str(Path(__file__).resolve().parents[1]),
    *(p for p in sys.path if Path(p or ".").resolve() != Path(__file__).parent),
]

from wirewatch.settings import ROOT  # noqa: E402


def main() -> int:
    """Run the schedules; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python tests/chaos", description=__doc__)
    parser.add_argument("--schedules", type=int, default=50)
    parser.add_argument("--first", type=int, default=1, help="first seed")
    parser.add_argument("--faults", type=int, default=4, help="faults in one schedule")
    parser.add_argument("--folder", type=Path, default=ROOT / ".wirewatch" / "chaos")
    chosen = parser.parse_args()
    os.environ["WIREWATCH_ALLOW_PRIVATE"] = "127.0.0.0/8"
    from chaos.trial import trials

    happened: Counter[str] = Counter()
    bad = planned = 0
    begun = time.monotonic()
    for trial in trials(chosen.folder, range(chosen.first, chosen.first + chosen.schedules), chosen.faults):
        happened.update(fault.kind.name for fault in trial.happened)
        planned += len(trial.planned)
        print(f"seed {trial.seed}: {'BROKEN' if trial.broken else 'ok'} in {trial.seconds:.1f} s", flush=True)
        if trial.broken:
            bad += 1
            for line in (*map(str, trial.happened), *trial.broken):
                print(f"    {line}", flush=True)
    print(
        f"{chosen.schedules} schedules in {time.monotonic() - begun:.0f} s: {sum(happened.values())} faults did harm "
        f"of {planned} planned; {bad} schedules broke a promise"
    )
    for name, number in sorted(happened.items()):
        print(f"  {name:<17}{number}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
