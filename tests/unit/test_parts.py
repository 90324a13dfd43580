"""Which part of a known text another has: its place, its size, and what is too little to speak of."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.judge import Candidate, judge
from wirewatch.core.duplicates.parts import part, passages, reuses, runs
from wirewatch.core.model import Document


def words(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(count)]


def of(found: list[str], key: str = "article:1") -> Features:
    return Features(Document(key, "", " ".join(found)))


KNOWN, OTHER = words(500, 1), words(800, 2)


@pytest.mark.parametrize(
    ("first", "last", "where"),
    [
        (0, 500, "all"),
        (0, 450, "all"),
        (0, 120, "beginning"),
        (20, 200, "beginning"),
        (150, 300, "middle"),
        (360, 500, "end"),
        (60, 380, "throughout"),
    ],
)
def test_where_the_part_is_from(first, last, where):
    text = of(OTHER[:300] + KNOWN[first:last] + OTHER[300:], "article:2")
    known = of(KNOWN)
    found = part(text, known, runs(text, known))
    assert found is not None
    assert (found.where, found.first, found.last, found.words) == (where, first, last, last - first)
    assert found.of_known == pytest.approx((last - first) / 500, abs=1e-4)
    assert found.of_text == pytest.approx((last - first) / (800 + last - first), abs=1e-4)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (OTHER, "nothing is shared"),
        (OTHER[:400] + KNOWN[100:150] + OTHER[400:], "fifty words are a quotation"),
        (
            words(2000, 3)[:1900]
            + [w for n in range(8) for w in [*KNOWN[n * 20 : n * 20 + 10], *OTHER[n * 9 : n * 9 + 9]]],
            "runs of ten",
        ),
    ],
)
def test_too_little_is_no_part(text, why):
    one, known = of(text, "article:2"), of(KNOWN)
    assert part(one, known, runs(one, known)) is None, why
    assert reuses(one, [("article:1", known)]) == []


def test_two_paragraphs_of_a_seed_inside_a_longer_piece_are_a_link_and_no_copy():
    seed, piece = of(KNOWN, "seed:1"), of(OTHER[:400] + KNOWN[100:220] + OTHER[400:], "article:2")
    assert judge(piece, [Candidate(seed, 0.5)]).duplicate_of is None
    (found,) = reuses(piece, [("seed:1", seed)])
    assert found["of"] == "seed:1"
    assert found["part"]["words"] == 120
    assert found["passages"][0]["text"].startswith(" ".join(KNOWN[100:105]))


def test_a_copy_cut_to_its_lead_says_so():
    verdict = judge(of(KNOWN[:140], "article:2"), [Candidate(of(KNOWN, "seed:1"), 0.9)])
    assert verdict.duplicate_of == "seed:1"
    assert verdict.evidence["part"]["where"] == "beginning"
    assert verdict.evidence["part"]["of_known"] == pytest.approx(0.28)
    assert verdict.evidence["part"]["of_text"] == 1.0


def test_an_original_and_its_copies_are_one_link_and_the_most_is_first():
    small, large = words(400, 5), words(400, 6)
    piece = of(small[:80] + OTHER[:500] + large[:200], "article:9")
    others = [
        ("article:1", of(small, "article:1")),
        ("article:2", of(large[:150], "article:3")),
        ("article:2", of(large, "article:2")),
    ]
    assert [(one["of"], one["part"]["words"]) for one in reuses(piece, others)] == [
        ("article:2", 200),
        ("article:1", 80),
    ]


@given(st.lists(st.sampled_from("abcdefgh"), max_size=200), st.lists(st.sampled_from("abcdefgh"), max_size=200))
def test_runs_are_in_both_and_do_not_overlap(one, other):
    text, known = of(one, "article:2"), of(other)
    found = runs(text, known)
    for run in found:
        assert text.words[run.here : run.here + run.words] == known.words[run.there : run.there + run.words]
    for before, after in zip(found, found[1:], strict=False):  # noqa: RUF007
        assert before.here + before.words <= after.here
        assert before.there + before.words <= after.there
    assert len(passages(text, found)) <= 3
    taken = part(text, known, found)
    assert taken is None or (0 <= taken.first < taken.last <= len(known.words) and taken.of_text <= 1 >= taken.of_known)
