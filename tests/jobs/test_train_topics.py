"""Training the topic head: the same files give the same head, and a missing file is named."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from wirewatch.core.model import Vectors
from wirewatch.core.topics.head import Head
from wirewatch.core.topics.tagger import tag
from wirewatch.jobs.train_topics import TrainingDataError, train_topics

WORDS = ("minister", "striker", "strike", "storm", "ambassador")
EVENTS = [
    ("The minister won the vote.", "Politics and elections"),
    ("The ambassador met the minister.", "International relations"),
    ("The striker scored.", "Sports"),
]


def embed(texts: Sequence[str]) -> Vectors:
    """A stand-in that knows five words: enough to tell training from its embedding model."""
    counts = np.array([[t.lower().split().count(w) + 0.01 for w in WORDS] for t in texts], dtype=np.float32)
    return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    data, seeds = tmp_path / "data", tmp_path / "seeds"
    data.mkdir()
    seeds.mkdir()
    events = [
        {"title": "", "text": text, "labels": [label], "split": split}
        for text, label in EVENTS
        for split in ["train"] * 4 + ["dev"]
    ]
    (data / "wcep.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, events)).encode()))
    tops = [("medtop:09000000", "labour"), ("medtop:11000000", "politics"), ("medtop:15000000", "sport")]
    concepts = [{"id": q, "label": n, "definition": n, "level": 1, "top": q} for q, n in tops]
    relations = {
        "id": "medtop:20000638",
        "label": "relations",
        "definition": "states",
        "level": 2,
        "top": tops[1][0],
    }
    (seeds / "iptc-mediatopics.json").write_text(json.dumps({"concepts": [*concepts, relations]}))
    own = {"topics": ["medtop:09000000"], "text": "A strike by nurses.", "arguable": ["medtop:11000000"]}
    (seeds / "examples.jsonl").write_text(json.dumps(own) + "\n")
    (seeds / "rules.yaml").write_text("medtop:09000000:\n  2: [nurses]\n")
    return data, seeds


def test_the_same_files_give_the_same_head(folders: tuple[Path, Path]) -> None:
    data, seeds = folders
    first = train_topics(data, seeds / "head.npz", embed)
    written = (seeds / "head.npz").read_bytes()
    assert train_topics(data, seeds / "head.npz", embed) == first
    assert (seeds / "head.npz").read_bytes() == written
    assert first.version in (seeds / "CARD.md").read_text()


def test_the_head_knows_what_it_was_taught(folders: tuple[Path, Path]) -> None:
    data, seeds = folders
    report = train_topics(data, seeds / "head.npz", embed)
    assert (report.events, report.own, report.dev, report.dev_top1) == (12, 1, 3, 1.0)
    text = "The striker scored."
    found = tag(Head.load(seeds / "head.npz"), "", text, [text], embed([text]), "en")
    assert found[0].qcode == "medtop:15000000"


@pytest.mark.parametrize("name", ["iptc-mediatopics.json", "examples.jsonl", "rules.yaml", "wcep.jsonl.gz"])
def test_a_missing_file_is_named(folders: tuple[Path, Path], name: str) -> None:
    data, seeds = folders
    next(folder / name for folder in folders if (folder / name).exists()).unlink()
    with pytest.raises(TrainingDataError, match=name):
        train_topics(data, seeds / "head.npz", embed)
