"""Wilson's interval."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from luthier.statistics.intervals import wilson


@settings(deadline=None)
@given(st.integers(1, 5000), st.floats(0, 1), st.floats(0.51, 0.999))
def test_wilson_equals_statsmodels(n: int, share: float, confidence: float) -> None:
    successes = round(share * n)
    low, high = proportion_confint(successes, n, alpha=1 - confidence, method="wilson")
    ours = wilson(successes, n, confidence)
    assert ours.value == successes / n
    assert ours.low == pytest.approx(low, abs=1e-9)
    assert ours.high == pytest.approx(high, abs=1e-9)


def test_all_right_still_leaves_doubt() -> None:
    # p = 1: low = (1 + z²/2n - z²/2n) / (1 + z²/n) = n / (n + z²), z = 1.959963984540054: 10 / 13.841458820694124
    assert wilson(10, 10, 0.95) == pytest.approx((1.0, 0.7224672001371107, 1.0), abs=1e-12)


def test_no_items_is_undefined_not_zero() -> None:
    assert all(math.isnan(number) for number in wilson(0, 0, 0.95))


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes among"):
        wilson(successes, n, 0.95)
