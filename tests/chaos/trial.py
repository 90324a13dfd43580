"""Trials: an undisturbed run to compare with, then one run for each seed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from chaos.desk import WAVES, ground
from chaos.faults import Fault, schedule
from chaos.promises import broken, verdicts


@dataclass(frozen=True)
class Trial:
    """What came of one schedule."""

    seed: int
    planned: list[Fault]
    happened: list[Fault]
    broken: list[str]
    seconds: float


def trials(folder: Path, seeds: Iterable[int], faults: int = 4) -> Iterator[Trial]:
    """Run the schedules of these seeds, one after the other."""
    with ground(folder) as on:
        peace = on.desk("undisturbed")
        peace.live([])
        undisturbed = verdicts(peace)
        flaws = broken(on, peace, undisturbed, exact=True)
        if flaws:
            message = f"It does not even work in peace: {flaws}"
            raise AssertionError(message)
        on.drop(peace)
        for seed in seeds:
            begun = time.monotonic()
            planned = schedule(seed, peace.checkpoints, WAVES, faults)
            desk = on.desk(f"seed{seed}")
            try:
                desk.live(planned)
                found = broken(on, desk, undisturbed, exact=desk.order_kept())
            except AssertionError as problem:
                found = [str(problem)]
            on.drop(desk)
            yield Trial(seed, planned, desk.happened, found, time.monotonic() - begun)
