"""The cluster bootstrap, against naive loops, exact distributions and simulated truth."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from scipy.stats import bootstrap

from luthier.statistics.bootstrap import (
    Floats,
    cluster_bootstrap,
    paired_cluster_bootstrap,
    percentile_interval,
    resample,
)
from luthier.statistics.intervals import wilson


def mean(summed: Floats) -> Floats:
    """Column 0 over column 1."""
    quotient: Floats = summed[..., 0] / summed[..., 1]
    return quotient


def as_sums(values: list[float] | Floats) -> Floats:
    return np.column_stack([values, np.ones(len(values))])


def macro_f1(summed: Floats) -> Floats:
    """Columns: true positives, false positives, false negatives, each of as many labels."""
    tp, fp, fn = np.split(summed, 3, axis=-1)
    averaged: Floats = (2 * tp / (2 * tp + fp + fn)).mean(axis=-1)
    return averaged


def test_two_groups_by_hand() -> None:
    # Of two groups, one always right and one always wrong, a draw takes (2,0), (1,1) or (0,2) with chances 1/4, 1/2,
    # 1/4: the mean is 1, 1/2 or 0. The central 90% ends at 0 and 1; the central 40% (quantiles .3 and .7) is 1/2 alone.
    wide = cluster_bootstrap(as_sums([1, 0]), mean, ["a", "b"], draws=4000, confidence=0.9, seed=1)
    assert wide == (0.5, 0.0, 1.0)
    narrow = cluster_bootstrap(as_sums([1, 0]), mean, ["a", "b"], draws=4000, confidence=0.4, seed=1)
    assert narrow == (0.5, 0.5, 0.5)


def test_equal_to_drawing_groups_in_a_loop() -> None:
    random = np.random.default_rng(5)
    groups = [f"client {number}" for number in random.integers(0, 12, 60)]
    values = random.random(60)
    drawn = mean(resample(as_sums(values), groups, draws=50, seed=9))

    names = list(dict.fromkeys(groups))
    chosen = np.random.default_rng(9).integers(len(names), size=(50, len(names)))
    for draw, row in enumerate(chosen):
        items = [value for code in row for value, group in zip(values, groups, strict=True) if group == names[code]]
        assert drawn[draw] == pytest.approx(np.mean(items), abs=1e-9)


def test_draws_do_not_depend_on_how_many_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sums, groups = as_sums(np.arange(30.0)), list(range(30))
    at_once = resample(sums, groups, draws=100, seed=3)
    monkeypatch.setattr("luthier.statistics.bootstrap.CELLS_AT_ONCE", 70)
    np.testing.assert_allclose(resample(sums, groups, draws=100, seed=3), at_once, rtol=1e-12)


def test_close_to_scipy_where_each_item_is_its_own_group() -> None:
    values = np.random.default_rng(2).beta(2, 3, 300)
    ours = cluster_bootstrap(as_sums(values), mean, list(range(300)), draws=4000, confidence=0.95, seed=4)
    theirs = bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=1, vectorized=True)
    # Both ends are quantiles of 4000 draws with standard error near .0004: a twentieth of the half-width
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.002)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.002)


def test_a_constant_difference_has_no_spread_however_much_items_vary() -> None:
    values = np.random.default_rng(2).random(40)
    groups = [number // 4 for number in range(40)]
    difference = paired_cluster_bootstrap(
        as_sums(values + 0.25), as_sums(values), mean, groups, draws=200, confidence=0.95, seed=4
    )
    assert difference == pytest.approx((0.25, 0.25, 0.25), abs=1e-9)


def test_swapping_the_systems_mirrors_the_interval() -> None:
    random = np.random.default_rng(8)
    a, b = as_sums(random.random(60)), as_sums(random.random(60))
    groups = [number // 3 for number in range(60)]
    forward = paired_cluster_bootstrap(a, b, mean, groups, draws=500, confidence=0.9, seed=1)
    backward = paired_cluster_bootstrap(b, a, mean, groups, draws=500, confidence=0.9, seed=1)
    assert backward == pytest.approx((-forward.value, -forward.high, -forward.low), abs=1e-9)


def test_one_group_has_a_value_and_no_interval() -> None:
    value, low, high = cluster_bootstrap(as_sums([1, 0, 1, 1]), mean, ["a"] * 4, draws=50, confidence=0.95, seed=1)
    assert value == 0.75
    assert math.isnan(low)
    assert math.isnan(high)


def test_rarely_undefined_draws_are_set_aside_and_often_undefined_figures_get_no_interval() -> None:
    rare = percentile_interval(2.0, np.array([1.0, 3.0] * 49 + [math.nan] * 2), 0.95)
    assert rare == (2.0, 1.0, 3.0)
    often = percentile_interval(2.0, np.array([1.0] * 90 + [math.nan] * 10), 0.95)
    assert math.isnan(often.low)
    assert all(math.isnan(number) for number in percentile_interval(math.nan, np.ones(10), 0.95))


def test_groups_and_items_must_match() -> None:
    with pytest.raises(ValueError, match="2 groups for 3 items"):
        resample(as_sums([1, 2, 3]), ["a", "b"], draws=1, seed=1)
    with pytest.raises(ValueError, match="differ in shape"):
        paired_cluster_bootstrap(as_sums([1, 2]), as_sums([1]), mean, ["a", "b"], draws=1, confidence=0.95, seed=1)


def test_covers_the_truth_where_items_of_a_group_resemble_one_another() -> None:
    """200 worlds of 50 clients with 6 items each; a client's own rate is Beta(1.4, .6), so the true rate is .7."""
    random, runs, covered, covered_as_if_independent = np.random.default_rng(11), 200, 0, 0
    groups = [number // 6 for number in range(300)]
    for run in range(runs):
        right = random.binomial(1, np.repeat(random.beta(1.4, 0.6, 50), 6))
        ours = cluster_bootstrap(as_sums(right), mean, groups, draws=300, confidence=0.95, seed=run)
        covered += ours.low <= 0.7 <= ours.high
        naive = wilson(int(right.sum()), 300, 0.95)
        covered_as_if_independent += naive.low <= 0.7 <= naive.high
    # 95% nominal; three standard errors of a share of 200 are .046, and percentile intervals of 50 groups lose a little
    assert covered / runs >= 0.89
    assert covered_as_if_independent / runs <= 0.80


def test_ten_thousand_paired_draws_of_macro_f1_over_a_thousand_items_take_under_a_second() -> None:
    random = np.random.default_rng(0)
    truth, a, b = (random.random((1000, 8)) < 0.3 for _ in range(3))

    def counts(answer: np.ndarray) -> Floats:
        return np.hstack([truth & answer, ~truth & answer, truth & ~answer]).astype(np.float64)

    sums_a, sums_b, groups = counts(a), counts(b), list(range(1000))
    seconds = math.inf
    for _ in range(3):  # the best of three: the machine may be busy with other work
        started = time.perf_counter()
        paired_cluster_bootstrap(sums_a, sums_b, macro_f1, groups, draws=10_000, confidence=0.95, seed=1)
        seconds = min(seconds, time.perf_counter() - started)
    assert seconds < 1.0
