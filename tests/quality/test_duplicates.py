"""How well copies and stories are found, by the same code as the filter and the DAG. Floors may rise, never fall.

A sixth of the labelled articles, chosen by event, so that copies stay with what they copy, and reports with their event.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import copies  # noqa: E402

FLOORS = json.loads((HERE / "floors.json").read_text(encoding="utf-8"))["duplicates"]


@pytest.fixture(scope="module")
def judged(shared, make_warehouse):
    """The articles in order of time, each with what the deduplicator says."""
    with make_warehouse() as dsn:
        return copies.judged(dsn, copies.rows(shared, 6))


def test_copies_are_found_and_nothing_else_is_one(judged):
    f1, precision, recall = copies.of_pairs(list(copies.pairs_by_event(judged).values()))
    print(f"{len(judged)} articles: precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}")
    assert precision >= FLOORS["precision"]
    assert f1 >= FLOORS["pairwise_f1"]


def test_reports_of_one_event_are_one_story(judged):
    told = [copies.Told(report.event, report.story) for report in judged if report.kind in copies.EVENTS]
    f1, precision, recall = copies.b_cubed(told)
    print(f"{len(told)} reports: B-cubed precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}")
    assert f1 >= FLOORS["story_b_cubed_f1"]


def test_reports_that_fill_one_form_are_no_story(judged):
    told = [copies.Told(report.event, report.story) for report in judged if report.kind in copies.FORMS]
    f1, precision, recall = copies.b_cubed(told)
    print(f"{len(told)} forms and tables: B-cubed precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}")
    assert f1 >= FLOORS["form_b_cubed_f1"]


def test_dates_help_and_those_that_are_missing_do_no_harm(shared, make_warehouse):
    """Reports of past years, a seventh of them without a date, that all come in today."""
    labelled = [row for row in copies.rows(shared, 12) if row["kind"] in copies.EVENTS]
    with make_warehouse() as dsn:
        dated = copies.judged(dsn, labelled, dated=True)
    f1, precision, recall = copies.b_cubed([copies.Told(report.event, report.story) for report in dated])
    print(f"{len(dated)} dated reports: B-cubed precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}")
    assert f1 >= FLOORS["dated_story_b_cubed_f1"]
