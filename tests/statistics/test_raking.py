"""Weights that reach declared shares, and what they cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luthier.statistics.raking import effective_size, rake


def test_one_margin_is_post_stratification() -> None:
    # three of value 0 and one of value 1, wanted half and half: weights .5/.75 = 2/3 and .5/.25 = 2
    weights = rake([(np.array([0, 0, 0, 1]), np.array([0.5, 0.5]))], 4, 10)
    assert weights == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2], abs=1e-9)
    # 4² / (3 * 4/9 + 4) = 16 / 5.333 = 3
    assert effective_size(weights) == pytest.approx(3, abs=1e-9)


def test_two_margins_are_both_reached() -> None:
    first, second = np.array([0, 0, 0, 1, 1, 1, 0, 1]), np.array([0, 0, 1, 1, 1, 1, 1, 0])
    weights = rake([(first, np.array([0.3, 0.7])), (second, np.array([0.6, 0.4]))], 8, 100)
    assert weights[first == 0].sum() / 8 == pytest.approx(0.3, abs=1e-6)
    assert weights[second == 0].sum() / 8 == pytest.approx(0.6, abs=1e-6)


def test_a_cap_holds_and_the_mean_stays_one() -> None:
    weights = rake([(np.array([0] * 99 + [1]), np.array([0.5, 0.5]))], 100, 3)
    assert weights.max() <= 3 + 1e-9 and weights.mean() == pytest.approx(1)


def test_a_value_nobody_has_is_spread_over_the_others() -> None:
    weights = rake([(np.array([0, 1]), np.array([0.25, 0.25, 0.5]))], 2, 10)
    assert weights == pytest.approx([1, 1])


@given(st.lists(st.integers(-1, 2), min_size=1, max_size=40), st.floats(1, 5))
def test_effective_size_never_exceeds_the_number_of_items(values: list[int], cap: float) -> None:
    weights = rake([(np.array(values), np.array([0.2, 0.3, 0.5]))], len(values), cap)
    assert (weights >= 0).all() and weights.mean() == pytest.approx(1)
    assert 0 < effective_size(weights) <= len(values) + 1e-6


def test_nothing_has_no_weight() -> None:
    assert effective_size(rake([], 0, 2)) == 0
