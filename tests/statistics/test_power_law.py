"""The power law of learning curves."""

from __future__ import annotations

import numpy as np
import pytest

from luthier.statistics.power_law import expected_error, fit_power_law


def test_a_power_law_is_found_again() -> None:
    sizes = np.array([100, 200, 400, 800, 1600])
    a, b, c = fit_power_law(sizes, 0.1 + 2.0 * sizes**-0.5)
    # the grid's nearest exponents to .5 are .025 apart
    assert (a, b, c) == pytest.approx((0.1, 2.0, 0.5), abs=0.02)


def test_no_fit_promises_less_than_no_error_or_that_more_data_harm() -> None:
    sizes = np.array([100, 200, 400])
    rising = fit_power_law(sizes, np.array([0.1, 0.2, 0.3]))
    assert rising[1] == 0.0 and rising[0] == pytest.approx(0.2)  # the mean is the best constant
    steep = fit_power_law(sizes, np.array([0.4, 0.1, 0.0]))
    assert expected_error(steep, 1e9) >= 0.0


def test_the_expected_error_is_the_law_at_that_number() -> None:
    assert expected_error((0.1, 2.0, 0.5), 400) == pytest.approx(0.1 + 2.0 / 20)
