"""The cluster bootstrap: whole groups are drawn again, because items of one group resemble one another.

A figure here is a function of summed per-item statistics: right answers and items for accuracy, true and false
positives per label for macro F1. A bootstrap draw weights each group by how often it was drawn, so all draws are one
matrix product, (draws, groups) @ (groups, statistics), and the figure is taken of every row at once.

Intervals are percentile intervals (Efron 1979, Annals of Statistics 7; for clusters, Davison and Hinkley 1997,
"Bootstrap Methods and their Application", section 3.8). They come out too narrow when there are few groups (Cameron,
Gelbach and Miller 2008, Review of Economics and Statistics 90). Simulated with six items a group and rates that differ
from group to group (Beta(1.4, 0.6)), 95% intervals of a mean held the truth in 86% of 1,500 cases with 5 groups, 90%
with 10 and 94-95% from 20 on; figures that rest on few of the groups, such as the F1 of a rare label, need more. One
group says nothing of the spread between groups: the interval is undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from luthier.statistics.intervals import Interval

Floats = NDArray[np.float64]
Figure = Callable[[Floats], Floats]  # summed statistics (..., k) -> figures (...)

CELLS_AT_ONCE = 250_000  # draws x groups; the counts then stay in the processor's cache
MOST_UNDEFINED = 0.05  # a figure undefined in a larger share of the draws gets no interval


def cluster_bootstrap(
    sums: Floats, figure: Figure, groups: Sequence[Hashable], *, draws: int, confidence: float, seed: int
) -> Interval:
    """A figure with its percentile interval.

    Args:
        sums: per-item statistics, shape (items, k).
        figure: the figure of summed statistics, vectorised.
        groups: each item's group, in the items' order. Each item its own group: the ordinary bootstrap.
        draws: how often as many groups as there are get drawn, with replacement.
        seed: the same seed and groups give the same draws, whatever `sums` holds.
    """
    return percentile_interval(figure(sums.sum(axis=0)), figure(resample(sums, groups, draws, seed)), confidence)


def paired_cluster_bootstrap(
    sums_a: Floats,
    sums_b: Floats,
    figure: Figure,
    groups: Sequence[Hashable],
    *,
    draws: int,
    confidence: float,
    seed: int,
) -> Interval:
    """The difference a - b in a figure over the same items, with its percentile interval.

    Both systems get the same draws, so what makes some groups hard for both cancels. Arguments as for
    `cluster_bootstrap`; the rows of `sums_a` and `sums_b` are the same items in the same order.
    """
    if sums_a.shape != sums_b.shape:
        raise ValueError(f"the systems' statistics differ in shape: {sums_a.shape} and {sums_b.shape}")
    drawn = resample(np.hstack([sums_a, sums_b]), groups, draws, seed)
    k = sums_a.shape[1]
    value = figure(sums_a.sum(axis=0)) - figure(sums_b.sum(axis=0))
    return percentile_interval(value, figure(drawn[:, :k]) - figure(drawn[:, k:]), confidence)


def resample(sums: Floats, groups: Sequence[Hashable], draws: int, seed: int) -> Floats:
    """Summed statistics of every draw, shape (draws, k), from per-item statistics, shape (items, k).

    One group, or none, leaves nothing to draw from: every row is NaN.
    """
    by_group = _group_sums(sums, groups)
    count = len(by_group)
    if count < 2:
        return np.full((draws, sums.shape[1]), np.nan)
    generator = np.random.default_rng(seed)
    at_once = max(1, CELLS_AT_ONCE // count)
    drawn = np.empty((draws, sums.shape[1]))
    for start in range(0, draws, at_once):
        rows = min(at_once, draws - start)
        chosen = generator.integers(count, size=(rows, count)) + np.arange(rows)[:, None] * count
        weights = np.bincount(chosen.ravel(), minlength=rows * count).reshape(rows, count)
        drawn[start : start + rows] = weights.astype(np.float64) @ by_group
    return drawn


def percentile_interval(value: float | Floats, drawn: Floats, confidence: float) -> Interval:
    """The central share `confidence` of the draws, shape (draws,), around a value computed from all items.

    Draws in which the figure is undefined are set aside; where they are more than `MOST_UNDEFINED`, or the value
    itself is undefined, so are the ends.
    """
    value = float(value)
    defined = drawn[~np.isnan(drawn)]
    if np.isnan(value) or len(defined) < (1 - MOST_UNDEFINED) * len(drawn):
        return Interval(value, np.nan, np.nan)
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(value, float(low), float(high))


def _group_sums(sums: Floats, groups: Sequence[Hashable]) -> Floats:
    """Statistics summed by group, shape (groups, k), in the order in which groups first appear."""
    if len(groups) != len(sums):
        raise ValueError(f"{len(groups)} groups for {len(sums)} items")
    places: dict[Hashable, int] = {}
    codes = [places.setdefault(group, len(places)) for group in groups]
    by_group = np.zeros((len(places), sums.shape[1]))
    np.add.at(by_group, codes, sums)
    return by_group
