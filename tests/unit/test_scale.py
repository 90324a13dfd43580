"""A model's scale: as many pairs are as near as the reference has them, and thresholds mean the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wirewatch.core.scale import COMMON, FEWEST_TEXTS, Scale, TooFewTexts, equate, from_json, measured


def near(share: float, cosines: np.ndarray) -> float:
    return float((cosines >= share).mean())


def test_the_reference_is_its_own_scale_to_the_last_digit():
    assert COMMON.common(0.123456789) == 0.123456789
    assert COMMON.own(0.123456789) == 0.123456789


@pytest.mark.parametrize(("slope", "shift"), [(0.5, 0.5), (0.2, 0.8), (1.0, 0.0), (0.7, -0.1)])
def test_a_model_that_says_the_same_in_other_numbers_gets_its_thresholds(slope, shift):
    reference = np.random.default_rng(1).beta(1.2, 6, 50_000).astype(np.float32)
    scale = equate(reference * slope + shift, reference)
    for threshold in (0.25, 0.35, 0.5):
        assert scale.own(threshold) == pytest.approx(threshold * slope + shift, abs=0.02)
        assert scale.common(threshold * slope + shift) == pytest.approx(threshold, abs=0.02)


def test_as_many_pairs_pass_a_threshold_as_by_the_reference():
    draw = np.random.default_rng(2)
    reference = draw.beta(1.2, 6, 50_000).astype(np.float32)
    other = np.clip(reference**0.5 + draw.normal(0, 0.02, 50_000), 0, 0.99).astype(np.float32)
    scale = equate(other, reference)
    for threshold in (0.25, 0.35, 0.5):
        assert near(scale.own(threshold), other) == pytest.approx(near(threshold, reference), rel=0.25)


KNOTS = st.lists(st.floats(-0.99, 0.99).map(lambda x: round(x, 3)), min_size=1, max_size=8, unique=True).map(sorted)


@example([-0.789, 0.0], -2.88826348403909e-88, 0.0)
@given(KNOTS, st.floats(-1, 1), st.floats(-1, 1))
def test_a_scale_keeps_order_and_ends(knots, one, other):
    scale = from_json([[-1, -1], *([knot, knot**3] for knot in knots), [1, 1]], None)
    assert (scale.common(1.0), scale.common(-1.0)) == (1.0, -1.0)
    assert (one <= other) <= (scale.common(one) <= scale.common(other))
    assert scale.own(scale.common(one)) == pytest.approx(one, abs=1e-6)


def test_knots_ascend_whatever_is_measured():
    flat = np.full(10_000, 0.5, dtype=np.float32)
    for found in (equate(flat, flat), equate(np.ones(10_000, dtype=np.float32), flat)):
        assert isinstance(found, Scale)
        assert all(
            a < b for a, b in zip([own for own, _ in found.knots], [own for own, _ in found.knots][1:], strict=False)
        )


def test_few_texts_are_refused():
    few = np.eye(FEWEST_TEXTS - 1, dtype=np.float32)
    with pytest.raises(TooFewTexts, match="99 English texts are too few"):
        measured(few, few)
