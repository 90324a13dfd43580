"""Faults and their schedules: what happens, in which task, at which checkpoint. The same seed gives the same schedule."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What happens to a task when it comes to its checkpoint, or while it runs."""

    KILL = "the task is killed (-9) and tried again"
    ABANDON = "the task is killed (-9) and its run with it; the next run takes over"
    PAUSE = "the task is stopped, its lease runs out, another run takes over, and it wakes up"
    TWICE = "the task runs twice at the same time"
    RACE = "two runs take in half of what waits each, stage by stage at the same time"
    POSTGRES_KILL = "Postgres is killed (-9) and started again"
    POSTGRES_RESTART = "Postgres is restarted"
    MACHINE = "task and Postgres are killed (-9) together, and everything starts again"
    DISK = "the disk of the archive is full while the task runs"
    FREEZE = "a host takes requests and does not answer while the task runs"


AT_CHECKPOINT = (Kind.KILL, Kind.ABANDON, Kind.PAUSE, Kind.POSTGRES_KILL, Kind.POSTGRES_RESTART, Kind.MACHINE)
ENDS_POSTGRES = (Kind.POSTGRES_KILL, Kind.POSTGRES_RESTART, Kind.MACHINE)
WHILE_FETCHING = (Kind.DISK, Kind.FREEZE)
FETCHING = ("poll", "fetch")
TASKS = ("poll", "claim", "fetch", "clean", "embed", "deduplicate", "tag", "load", "reconcile")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the first task of a name in a wave of articles; `at` is the number of the checkpoint, from 1."""

    kind: Kind
    wave: int
    task: str
    at: int = 0

    def __str__(self) -> str:
        place = f" at checkpoint {self.at}" if self.at else ""
        return f"wave {self.wave}, {self.task}{place}: {self.kind}"


def schedule(
    seed: int, checkpoints: Mapping[tuple[int, str], int], waves: Sequence[int], count: int = 4
) -> list[Fault]:
    """`count` faults, each of another task; `checkpoints` says how many an undisturbed task passes."""
    rng = random.Random(seed)
    places = [(wave, task) for wave in waves for task in TASKS if checkpoints.get((wave, task))]
    found = []
    for wave, task in rng.sample(places, min(count, len(places))):
        kinds = [*AT_CHECKPOINT, Kind.TWICE, *(WHILE_FETCHING if task in FETCHING else ())]
        if task in ("poll", "claim"):
            kinds.remove(Kind.PAUSE)
        if task == "claim":
            kinds += [Kind.RACE] * len(kinds)  # it has no other task to come up at
        kind = rng.choice(kinds)
        at = rng.randint(1, checkpoints[wave, task]) if kind in AT_CHECKPOINT else 0
        found.append(Fault(kind, wave, task, at))
    return found
