"""McNemar's exact test."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar

from luthier.statistics.mcnemar import mcnemar_exact


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 400))
def test_equals_scipy_and_statsmodels(only_a: int, only_b: int) -> None:
    ours = mcnemar_exact(only_a, only_b)
    if only_a + only_b:
        assert ours == pytest.approx(binomtest(only_a, only_a + only_b, 0.5).pvalue, abs=1e-9)
        assert ours == pytest.approx(mcnemar([[7, only_a], [only_b, 9]], exact=True).pvalue, abs=1e-9)
    assert ours == mcnemar_exact(only_b, only_a)


def test_by_hand() -> None:
    # m = 6, smaller count 1: 2 (C(6,0) + C(6,1)) / 2^6 = 14/64
    assert mcnemar_exact(5, 1) == pytest.approx(14 / 64, abs=1e-12)


def test_no_item_that_tells_them_apart_is_no_evidence_of_a_difference() -> None:
    assert mcnemar_exact(0, 0) == 1.0


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        mcnemar_exact(-1, 3)
