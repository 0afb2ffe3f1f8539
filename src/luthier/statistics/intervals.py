"""An estimate with its interval, and the closed form for proportions."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """An estimate and the two ends of its confidence interval; NaN where undefined."""

    value: float
    low: float
    high: float

    def plain(self) -> dict[str, float | None]:
        """As JSON holds it: null for undefined."""
        return {name: None if math.isnan(end) else end for name, end in self._asdict().items()}


UNDEFINED = Interval(math.nan, math.nan, math.nan)


def wilson(successes: int, n: int, confidence: float) -> Interval:
    """The score interval of a proportion of `n` independent items (Wilson 1927, JASA 22).

    With p = successes / n and z the two-sided normal quantile of `confidence`:
    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    It keeps its coverage near 0 and 1, where p ± z √(p(1-p)/n) shrinks to a point (Brown, Cai and DasGupta 2001,
    Statistical Science 16). No items: undefined. Raises `ValueError` unless 0 <= successes <= n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes among {n} items")
    if n == 0:
        return UNDEFINED
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = successes / n
    centre = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At 0 and n the end is exactly p; rounding must not put it beyond.
    low = 0.0 if successes == 0 else (centre - half) / scale
    high = 1.0 if successes == n else (centre + half) / scale
    return Interval(p, low, high)
