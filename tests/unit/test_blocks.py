"""The filter of blocks: how a page is cut, how the trees decide, and that any page at all gets an answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wirewatch.core.clean import body, clean, training
from wirewatch.core.clean.blocks import blocks_of
from wirewatch.core.clean.features import features
from wirewatch.core.clean.names import ANCESTORS, Names, around_most
from wirewatch.core.clean.page import read_page
from wirewatch.core.clean.structured import read_facts
from wirewatch.core.clean.trees import Trees, WrongTrees
from wirewatch.core.clean.words import shingles, words_of

URL = "https://gull.example/pier"
SENTENCE = "The council of the harbour town voted on Monday to rebuild the old pier after two winters of storms. "


def texts(html):
    return [block.text for block in blocks_of(read_page(f"<html><body>{html}</body></html>").tree)]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One <b>two</b> three.</p><p>Four.</p>", ["One two three.", "Four."]),
        ("<div>One<br>Two<br><br>Three</div>", ["One", "Two", "Three"]),
        ("<div>Before<p>Inside</p>After</div>", ["Before", "Inside", "After"]),
        ("<p>One<script>no()</script> two<style>no</style><!-- no --> three</p>", ["One two three"]),
        ("<ul><li>One</li><li>Two</li></ul><table><tr><td>3</td><td>4</td></tr></table>", ["One", "Two", "3", "4"]),
        ("<p>Eins\xadzwei\u200b\xa0drei</p>", ["Einszwei drei"]),
        ("<noscript>no</noscript><template><p>no</p></template><select><option>no</option></select>", []),
    ],
)
def test_a_page_is_cut_where_its_blocks_end(html, expected):
    assert texts(html) == expected


def test_links_and_bold_print_are_counted():
    page = read_page("<html><body><p>abc <a href='/x'>defg</a> <b>hi</b></p></body></html>")
    (block,) = blocks_of(page.tree)
    assert (block.linked, block.strong, block.links) == (4, 2, 1)


def test_a_text_without_spaces_is_found_wherever_its_pairs_begin():
    block = "市議会は月曜日、嵐で傷んだ古い桟橋を建て直すことを賛成多数で決めた"
    told = set(shingles("、" + block, words_of("続報" + "午" + block)))
    mine = shingles(block, words_of(block))
    assert len(mine) > 10
    assert told.issuperset(mine)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two three four five", [("one", "two", "three", "four"), ("two", "three", "four", "five")]),
        ("one two", [("one", "two")]),
        ("古い桟橋を建て直す", ["古い桟橋を建て直", "い桟橋を建て直す"]),
        ("古い桟橋", ["古い桟橋"]),
        ("…", []),
        ("", []),
    ],
)
def test_the_runs_of_a_text(text, expected):
    assert list(shingles(text, words_of(text))) == expected


def test_what_is_around_most_of_the_text_is_told_apart_from_what_is_around_one_block():
    article = "".join(f"<p>{SENTENCE}</p>" for _ in range(4))
    html = f"<body><div class='sidebar-grid'><main>{article}<aside class='promo'><p>{SENTENCE}</p></aside></main></div></body>"
    blocks = blocks_of(read_page(f"<html>{html}</html>").tree)
    names = Names(around_most(blocks, [words_of(block.text) for block in blocks]))
    inside, beside = names.path(blocks[0].element), names.path(blocks[-1].element)
    boilerplate = 1 << 2
    assert inside.names & beside.names & boilerplate
    assert not inside.narrow_names & boilerplate
    assert beside.narrow_names & boilerplate
    assert inside.tags & 1 << ANCESTORS.index("main")
    assert not inside.narrow_tags
    assert beside.narrow_tags == 1 << ANCESTORS.index("aside")


def test_the_plain_trees_say_what_scikit_learn_says():
    from sklearn.ensemble import HistGradientBoostingClassifier

    random = np.random.default_rng(0)
    rows = random.normal(size=(2500, 6)).astype(np.float32)
    model = HistGradientBoostingClassifier(max_iter=20, max_depth=5).fit(rows, rows[:, 0] * rows[:, 1] > rows[:, 2])
    trees = training._as_trees(model, 6)
    assert np.allclose(trees.probabilities(rows), model.predict_proba(rows)[:, 1], atol=1e-5)
    assert trees.probabilities(rows[:0]).shape == (0,)


def test_trees_come_back_from_their_file_and_refuse_other_features(tmp_path):
    shipped = body.trees()
    shipped.save(tmp_path / "trees.npz")
    rows = np.random.default_rng(1).normal(size=(7, shipped.width)).astype(np.float32)
    assert np.array_equal(Trees.load(tmp_path / "trees.npz").probabilities(rows), shipped.probabilities(rows))
    with pytest.raises(WrongTrees, match="features"):
        shipped.probabilities(rows[:, 1:])
    (tmp_path / "other.npz").write_bytes(b"no trees")
    with pytest.raises(WrongTrees, match="train-cleaning"):
        Trees.load(tmp_path / "other.npz")


def test_the_shipped_trees_fit_the_features():
    page = read_page(f"<html><body><p>{SENTENCE}</p></body></html>")
    rows = features(blocks_of(page.tree), read_facts(page), ("", "", ""))
    assert rows.shape == (1, body.trees().width)


PARAGRAPHS = "".join(f"<p>{number}. {SENTENCE * 2}</p>" for number in range(6))
MENU = "<ul class='menu'>" + "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(40)) + "</ul>"
PAGE = f"<html><head><title>Pier</title></head><body>{MENU}<article><h1>Pier</h1>{PARAGRAPHS}</article>{MENU}</body></html>"


def test_the_text_is_found_and_the_menu_left_out():
    found = clean(PAGE, url=URL)
    assert all(f"{number}. The council" in found.text for number in range(6))
    assert "Section 7" not in found.text


def test_a_page_is_cleaned_alike_however_often_and_after_whatever():
    first = clean(PAGE, url=URL)
    assert [clean(PAGE, url=URL) for _ in range(3)] == [first] * 3


@pytest.mark.parametrize(
    "content",
    [
        "<div>" * 5000 + SENTENCE * 5 + "</div>" * 5000,
        "<b><i><a href='x'>" * 2000 + SENTENCE * 5,
        f"<table>{'<tr><td>' * 3000}{SENTENCE}",
        "<html><body>" + "<p></p>" * 20_000 + PARAGRAPHS,
        "<html><body>" + "<p>word</p>" * 12_000,
        PAGE.replace("The", "T\x00he"),
        PAGE.encode("utf-16"),
        PAGE.replace("storms", "stürme").encode("latin-1"),
        b"\xff\xfe" + PAGE.encode("latin-1"),
        b"<meta charset='nonsense-8'>" + PAGE.encode("cp1252"),
        "<html><body><h1></h1><article></article></body></html>",
        "<?xml version='1.0'?><rss><channel><item><title>x</title></item></channel></rss>",
        "<frameset><frame src='x'></frameset>",
        "<script type='application/ld+json'>" + "[" * 3000 + "</script>" + PARAGRAPHS,
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":{"@value":{"name":[[]]}},"author":7}</script>',
    ],
    ids=range(15),
)
def test_odd_pages_cost_no_error(content):
    found = clean(content, url=URL)
    assert "\x00" not in found.text
    assert found.rejected or found.text


MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<div class='byline'>", "</div>", "<h1>", "</h1>", "<br>", "<table>", "<a href='/author/x'>", "</a>", "<!--",
         "-->", "<script>", "<time datetime='2025-13-45'>", "<body>", "</html>", "&#0;", "&amp;", "\x00", "\ud800", "<svg>", "<p hidden>",
         SENTENCE, "By Ada Quill", "桟橋", "<script type='application/ld+json'>{", '{"@type":"NewsArticle"}</script>', "<li>",
         "<plaintext>"]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(MARKUP)
def test_broken_markup_costs_no_error(html):
    found = clean(html, url=URL)
    assert found.rejected or found.text
