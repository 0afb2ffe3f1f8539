"""Holm's correction against a hand-worked case and statsmodels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from luthier.statistics.holm import holm


def test_each_p_value_is_multiplied_by_how_many_are_left() -> None:
    # ascending .01 .02 .04: .01*3 = .03, .02*2 = .04, .04*1 = .04 (and never below the one before)
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04], abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_it_is_what_statsmodels_says(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist(), abs=1e-12)


def test_no_tests_need_no_correction() -> None:
    assert holm([]) == []
