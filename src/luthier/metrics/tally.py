"""The noun under every metric: per-item statistics that add up, and the figures of their sums.

Mean ROUGE is a sum over a count, macro F1 is a function of true and false positives per label: each is a figure of
summed per-item statistics. So any metric of any subset or bootstrap weighting of the items is a sum away, and every
figure is written once. Inside numpy an undefined figure is NaN; where figures leave numpy it is None. It is never 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Figure = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Answers as numbers, one row an item.

    Args:
        sums: shape (items, k); what a column means is known to `figures`.
        figures: metric name -> a function of summed statistics, (..., k) -> (...).
        proportions: for a metric that is the share of items answered right, the column that is 1 where they are.
    """

    sums: Floats
    figures: Mapping[str, Figure]
    proportions: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sums)

    def value(self, metric: str) -> float | None:
        """The metric over all items, None where it is undefined."""
        return defined(float(self.figures[metric](self.sums.sum(axis=0))))

    def values(self) -> dict[str, float | None]:
        """Every metric over all items."""
        return {metric: self.value(metric) for metric in self.figures}

    def right(self, metric: str) -> NDArray[np.bool_] | None:
        """Which items were answered right, shape (items,); None for a metric that is not a share of items."""
        return self.sums[:, self.proportions[metric]] > 0 if metric in self.proportions else None

    def take(self, places: NDArray[np.intp]) -> Tally:
        """The tally of the items at `places`."""
        return Tally(self.sums[places], self.figures, self.proportions)


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient, NaN (undefined) where the denominator is 0."""
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator))
    undefined = np.full(shape, np.nan)
    quotient: Floats = np.divide(numerator, denominator, out=undefined, where=np.asarray(denominator) != 0)
    return quotient


def mean_of_defined(figures: Floats) -> Floats:
    """The mean over the last axis of what is defined there; NaN where nothing is."""
    there = ~np.isnan(figures)
    return divide(np.where(there, figures, 0.0).sum(axis=-1), there.sum(axis=-1).astype(np.float64))


def column_mean(column: int) -> Figure:
    """The figure of a tally whose column 0 counts items: the mean of another column."""
    return lambda summed: divide(summed[..., column], summed[..., 0])


def defined(figure: float) -> float | None:
    """A figure as it leaves numpy: None for NaN."""
    return None if math.isnan(figure) else figure
