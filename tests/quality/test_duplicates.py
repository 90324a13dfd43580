"""How well copies and stories are found, by the same code as the filter and the DAG. Floors may rise, never fall.

A sixth of the labelled articles, chosen by event, so that copies stay with what they copy, and reports with their event.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from hashlib import sha256
from pathlib import Path

import pytest

from wirewatch.jobs.filters import Deduplicator, in_chunks

FLOORS = json.loads((Path(__file__).parent / "floors.json").read_text(encoding="utf-8"))["duplicates"]
EVENTS = ("real_event", "real_event_basil", "real_followup")


@pytest.fixture(scope="module")
def judged(shared, make_warehouse):
    """The articles in order of time, each with what the deduplicator says."""
    with gzip.open(shared / "data" / "duplicates" / "dev.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    rows = [row for row in rows if sha256((row["event"] or row["cluster"]).encode()).digest()[0] % 6 == 0]
    with make_warehouse() as dsn:
        judge = Deduplicator(dsn, {})
        records = ({key: row[key] for key in ("id", "title", "text")} for row in rows)
        found = [answer for chunk in in_chunks(records, 32) for answer in judge(chunk)]
    return list(zip(rows, found, strict=True))


def pairs(groups: Counter) -> int:
    return sum(size * (size - 1) // 2 for size in groups.values())


def test_copies_are_found_and_nothing_else_is_one(judged):
    root = {}
    for row, answer in judged:
        root[row["id"]] = root.get(answer["duplicate_of"], row["id"])
    told = Counter(root[row["id"]] for row, _ in judged)
    true = Counter(row["cluster"] for row, _ in judged)
    both = Counter((row["cluster"], root[row["id"]]) for row, _ in judged)
    precision, recall = pairs(both) / pairs(told), pairs(both) / pairs(true)
    f1 = 2 * precision * recall / (precision + recall)
    print(f"{len(judged)} articles: precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}")
    assert precision >= FLOORS["precision"]
    assert f1 >= FLOORS["pairwise_f1"]


def test_reports_of_one_event_are_one_story(judged):
    events = [(row["event"], answer["story"]) for row, answer in judged if row["kind"] in EVENTS]
    true, told = defaultdict(set), defaultdict(set)
    for number, (event, story) in enumerate(events):
        true[event].add(number)
        told[story].add(number)
    shared_by = [(len(true[event] & told[story]), event, story) for event, story in events]
    precision = sum(n / len(told[story]) for n, _, story in shared_by) / len(events)
    recall = sum(n / len(true[event]) for n, event, _ in shared_by) / len(events)
    f1 = 2 * precision * recall / (precision + recall)
    print(f"{len(events)} reports: B-cubed precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}")
    assert f1 >= FLOORS["story_b_cubed_f1"]
