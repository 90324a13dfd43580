"""How well pages are cleaned, on three captured sets. Floors may rise, never fall."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wirewatch.core.clean import clean

HERE = Path(__file__).parent
FLOORS = json.loads((HERE / "floors.json").read_text(encoding="utf-8"))["extraction"]


def scorer():
    import sys

    sys.path.insert(0, str(HERE))
    import extraction

    return extraction


@pytest.mark.parametrize("name", FLOORS)
def test_cleaning_is_at_least_as_good_as_it_was(shared, name):
    extraction = scorer()
    row = extraction.measure(list(extraction.cases(shared, name)), clean).row()
    print(name, row)
    floors = dict(FLOORS[name])
    assert row["rejected"] <= floors.pop("rejected"), row
    for figure, floor in floors.items():
        assert row[figure] >= floor, row
