"""Training the filter of blocks: from labelled pages to a file that tells text from menus, with a card."""

from __future__ import annotations

import json

import pytest

from wirewatch.core.clean import training
from wirewatch.core.clean.trees import Trees
from wirewatch.jobs.train_cleaning import TrainingDataError, train_cleaning

SENTENCE = (
    "The council of the town number {0} voted on Monday to rebuild pier {1}, the mayor said. Work begins in spring. "
)


def row(site):
    paragraphs = [SENTENCE.format(site, number) for number in range(12)]
    menu = "".join(f"<li><a href='/{n}'>Section number {n} of the menu</a></li>" for n in range(12))
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = f"<html><body><ul class='nav'>{menu}</ul><article><h1>Pier {site}</h1>{text}</article></body></html>"
    return {"url": f"https://paper{site}.example/pier", "html": html, "text": "\n".join(paragraphs)}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "pages.jsonl"
    path.write_text("\n".join(json.dumps(row(site)) for site in range(24)), encoding="utf-8")
    return path


def test_it_learns_and_says_what_it_is(data, tmp_path):
    report = train_cleaning(data, tmp_path / "blocks.npz")
    assert (report.pages, report.sites) == (24, 24)
    assert report.left_out_f1 > 0.95
    card = (tmp_path / "blocks.md").read_text(encoding="utf-8")
    assert report.version in card
    assert Trees.load(tmp_path / "blocks.npz").version == report.version


def test_the_same_pages_give_the_same_weights(data, tmp_path):
    train_cleaning(data, tmp_path / "one.npz")
    train_cleaning(data, tmp_path / "two.npz")
    one, two = Trees.load(tmp_path / "one.npz"), Trees.load(tmp_path / "two.npz")
    assert (one.value == two.value).all()
    assert (one.threshold == two.threshold).all()
    assert one.version == two.version


def test_other_weights_have_another_version(data, tmp_path, monkeypatch):
    train_cleaning(data, tmp_path / "one.npz")
    monkeypatch.setattr(training, "RATE", training.RATE / 2)
    train_cleaning(data, tmp_path / "two.npz")
    assert Trees.load(tmp_path / "one.npz").version != Trees.load(tmp_path / "two.npz").version


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (json.dumps(row(1)), "at least 20"),
        (json.dumps({"url": "https://a.example/"}), "line 1"),
        ("not json", "line 1"),
        (json.dumps({"url": "https://a.example/", "text": "x", "html_path": "none.html"}), "line 1"),
    ],
)
def test_data_that_will_not_do_is_named(tmp_path, content, message):
    path = tmp_path / "pages.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TrainingDataError, match=message):
        train_cleaning(path, tmp_path / "blocks.npz")
