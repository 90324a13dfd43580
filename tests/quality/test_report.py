"""The report of `make quality` is shown as it is kept; floors only rise; an interval holds what it should."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import copies  # noqa: E402
import figures  # noqa: E402
import report  # noqa: E402


def test_what_is_shown_is_what_was_measured():
    found = report.load()
    assert set(found) == {"cleaning", "language", "copies", "topics"}
    assert (HERE / "REPORT.md").read_text(encoding="utf-8") == report.markdown(found)


def test_the_readme_has_the_figures():
    text = report.README.read_text(encoding="utf-8")
    assert report.MARKS.search(text), "the README has no place for the figures"
    assert text == report.in_readme(text, report.load()), "`make quality` writes it anew"


def floors_of(revision: str) -> dict[str, float]:
    done = subprocess.run(
        ["git", "show", f"{revision}:tests/quality/floors.json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return flat(json.loads(done.stdout))


def flat(floors: dict, name: str = "") -> dict[str, float]:
    found: dict[str, float] = {}
    for key, value in floors.items():
        found |= flat(value, f"{name}{key}.") if isinstance(value, dict) else {f"{name}{key}": value}
    return found


def test_floors_only_rise():
    asked = ["git", "log", "-n", "2", "--format=%H", "--", "tests/quality/floors.json"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.split():
        pytest.skip("this checkout has no history to compare with")
    now = flat(json.loads((HERE / "floors.json").read_text(encoding="utf-8")))
    for revision in done.stdout.split():
        for name, before in floors_of(revision).items():
            fell = now.get(name, -1.0) > before if name.endswith("rejected") else now.get(name, -1.0) < before
            assert not fell, f"the floor {name} was {before}"


def test_pairs_across_events_count():
    rows = [("a", "1", "r"), ("a", "1", "r"), ("b", "2", "r"), ("b", "3", "s"), ("b", "3", "t")]
    texts = [
        copies.Judged(number, event, cluster, "", "", root, 0, {}, copied=False)
        for number, (event, cluster, root) in enumerate(rows)
    ]
    assert copies.pairs_by_event(texts) == {"a": (1, 1, 1), "b": (2, 0, 1)}


def test_an_interval_holds_the_share_in_nineteen_of_twenty_samples():
    draw = np.random.default_rng(1)
    held = 0
    for _ in range(100):
        hits = draw.random(120) < 0.8
        value, low, high = figures.share_interval(hits.astype(np.int64), np.ones(120, dtype=np.int64))
        assert low <= value <= high
        held += low <= 0.8 <= high
    assert held >= 88
    hits = [bool(hit) for hit in draw.random(120) < 0.8]
    one = figures.interval(hits, lambda drawn: sum(drawn) / len(drawn))
    other = figures.share_interval(np.array(hits, dtype=np.int64), np.ones(120, dtype=np.int64))
    assert one == pytest.approx(other)
