"""Inputs that broke a target once, those that the hunts begin with, and a few changed ones. `make fuzz` hunts for minutes."""

from __future__ import annotations

import json
import random

import pytest

from fuzz.hunt import Hunt, changed
from fuzz.targets import TARGETS, regressions
from wirewatch.settings import ROOT

QUICK = [name for name in TARGETS if name not in ("dedupe", "page")]
CHANGED = 60


@pytest.mark.parametrize("name", QUICK)
def test_no_input_breaks_a_target(name, tmp_path):
    look(name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dedupe", "page"])
def test_no_input_breaks_a_target_with_a_warehouse(name, tmp_path):
    look(name, tmp_path)


def look(name, folder):
    target = TARGETS[name]
    known = [*target.seeds, *(path.read_bytes() for path in regressions(name))]
    rng, words = random.Random(name), [word.encode() for word in target.words]
    with target.open() as run:
        hunt = Hunt(run, folder)
        for data in (*known, *(changed(rng, known, words)[: target.longest] for _ in range(CHANGED))):
            hunt(data)
    assert hunt.faults == {}


def test_a_hunt_keeps_the_input_of_each_fault_once_and_goes_on(tmp_path):
    def breaks(data: bytes) -> None:
        if data == b"bad":
            raise ValueError

    hunt = Hunt(breaks, tmp_path)
    for data in (b"good", b"bad", b"bad"):
        hunt(data)
    assert (hunt.inputs, len(hunt.faults)) == (3, 1)
    assert [path.read_bytes() for path in tmp_path.glob("fault-*")] == [b"bad"]


def test_the_last_hunt_was_of_every_target_and_left_no_fault():
    found = json.loads((ROOT / "tests" / "fuzz" / "results.json").read_text(encoding="utf-8"))["targets"]
    assert [row["target"] for row in found] == list(TARGETS)
    assert all(row["inputs"] > 0 and row["faults"] == {} for row in found)
    assert all(row["edges after"] > row["edges before"] for row in found if row["engine"] == "atheris")
