"""How good the topics are on captured articles labelled by hand; fails below the floors of floors.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import topics  # noqa: E402

SEED = "000_1a96a5e30be5a4fb.txt"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not topics.SHARED.exists(), reason="the captured articles are not beside the checkout"),
]


@pytest.fixture
def floors() -> dict[str, float]:
    found: dict[str, float] = json.loads((HERE / "floors.json").read_text(encoding="utf-8"))["topics"]
    return found


def test_topics_of_the_articles_kept_for_the_report(floors: dict[str, float]) -> None:
    figures = topics.measure(topics.results("report"))
    print(figures)
    assert figures.micro >= floors["report_micro_f1"]
    assert figures.top1 >= floors["report_top1"]


def test_topics_of_articles_that_nobody_looked_at(floors: dict[str, float]) -> None:
    figures = topics.measure(topics.results("final"))
    print(figures)
    assert figures.micro >= floors["final_micro_f1"]
    assert figures.macro >= floors["final_macro_f1"]


def test_topics_of_all_classes(floors: dict[str, float]) -> None:
    figures = topics.measure([*topics.results("dev", 2), *topics.results("report")])
    print(figures)
    assert figures.micro >= floors["micro_f1"]
    assert figures.macro >= floors["macro_f1"]
    assert min(figures.by_class.values()) >= floors["weakest_class_f1"]


def test_the_seed_article_is_politics_first_and_conflict_too() -> None:
    text = (topics.SHARED / "seeds" / SEED).read_text(encoding="utf-8").strip()
    parts = topics.passages("", text)
    found = [t.qcode for t in topics.tag(topics.head(), "", text, parts, topics.embed(parts), "en")]
    assert found[0] == "medtop:11000000"
    assert {"medtop:16000000", "medtop:20000638"} <= set(found)
    assert not {"medtop:15000000", "medtop:08000000"} & set(found)
