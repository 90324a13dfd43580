"""A few seeded schedules of faults; `make chaos` runs fifty."""

from __future__ import annotations

from collections import Counter

import pytest

from chaos.faults import AT_CHECKPOINT, Kind, schedule
from chaos.trial import trials

CHECKPOINTS = {
    (wave, task): 9 for wave in (1, 2) for task in ("poll", "claim", "fetch", "clean", "deduplicate", "load")
}


def test_the_same_seed_is_the_same_schedule():
    assert schedule(7, CHECKPOINTS, (1, 2)) == schedule(7, CHECKPOINTS, (1, 2))


def test_every_kind_of_fault_comes_up_and_none_misses_its_task():
    planned = [fault for seed in range(200) for fault in schedule(seed, CHECKPOINTS, (1, 2))]
    assert set(Counter(fault.kind for fault in planned)) == set(Kind)
    assert all(1 <= fault.at <= 9 if fault.kind in AT_CHECKPOINT else fault.at == 0 for fault in planned)


@pytest.mark.slow
def test_no_schedule_breaks_a_promise(tmp_path):
    done = list(trials(tmp_path, [3, 7, 11, 57]))
    assert sum(len(trial.happened) for trial in done) >= 12
    assert Kind.RACE in {fault.kind for trial in done for fault in trial.happened}
    assert {trial.seed: trial.broken for trial in done if trial.broken} == {}
