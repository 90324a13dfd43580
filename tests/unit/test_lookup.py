"""A search in two parts finds what one search at the end finds, whatever came, or was loaded, between the two."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.duplicates.lookup import (
    MOST_SEEDS,
    MOST_TEXTS,
    Lookup,
    greatest,
    in_order,
    oldest,
    together,
)


@dataclass(frozen=True)
class Known:
    """A known document as a search sees it: how near it is, how many shingles it shares (0: too few), and what is the same."""

    key: str
    cosine: float
    shared: int
    at_address: bool
    same_words: bool


figures = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9])


@st.composite
def documents(draw, kind: str, most: int) -> list[Known]:
    numbers = draw(st.lists(st.integers(1, 99), unique=True, max_size=most))
    return [
        Known(f"{kind}:{n}", draw(figures), draw(st.integers(0, 5)), draw(st.booleans()), draw(st.booleans()))
        for n in numbers
    ]


def search(known: list[Known]) -> Lookup:
    at_address = in_order(one.key for one in known if one.at_address)
    same_words = oldest(one.key for one in known if one.same_words)
    worded = greatest({one.key: one.shared for one in known if one.shared > 1})
    nearest = greatest({one.key: one.cosine for one in known})
    others = {*at_address, *same_words, *worded} - nearest.keys()
    return Lookup(at_address, same_words, worded, nearest, {one.key: one.cosine for one in known if one.key in others})


def seen(found: Lookup) -> tuple[object, ...]:
    """All that judging goes by, in its order."""
    return (
        found.keys, found.at_address, found.same_words, list(found.worded.items()), list(found.nearest.items()),
        found.nearest_seed, [found.cosine(key) for key in found.keys],
    )  # fmt: skip


@given(st.data())
def test_two_searches_are_one(data):
    texts = data.draw(documents("article", 60))
    seeds, later_seeds = data.draw(documents("seed", 12)), data.draw(documents("seed", 12))
    split = data.draw(st.integers(0, len(texts)))
    before, came = texts[:split], texts[split:]
    first = search([*before, *seeds])
    # Kept as JSON in between, which does not keep the order of keys.
    kept = Lookup(
        first.at_address,
        first.same_words,
        *({k: d[k] for k in sorted(d)} for d in (first.worded, first.nearest, first.cosines)),
    )
    second, whole = search([*came, *later_seeds]), search([*texts, *later_seeds])
    assert seen(together(kept, second)) == seen(whole)


def test_seeds_and_texts_do_not_crowd_each_other_out():
    found = greatest({**{f"seed:{n}": 0.9 for n in range(50)}, **{f"article:{n}": 0.1 for n in range(50)}})
    assert [key.partition(":")[0] for key in found] == ["seed"] * MOST_SEEDS + ["article"] * MOST_TEXTS
