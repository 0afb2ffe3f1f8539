"""Weights that give a sample the shares of a population."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDS = 200
CLOSE = 1e-8


def rake(margins: Sequence[tuple[NDArray[np.int64], Floats]], n: int, cap: float) -> Floats:
    """Weights of mean 1, shape (n,), by iterative proportional fitting (Deming and Stephan 1940, Annals of Mathematical
    Statistics 11), none above `cap` times the mean.

    Args:
        margins: for each field, every item's value as a number (-1: unknown), and the share that each value should
            have. Values without items cannot be reached; their share is spread over the others.
        cap: at least 1. Capped weights no longer reach the shares; that is their price.

    One margin alone is post-stratification: weight = wanted share / share in the sample.
    """
    weights = np.ones(n)
    for _ in range(ROUNDS if n else 0):
        before = weights.copy()
        for values, shares in margins:
            known = values >= 0
            sums = np.bincount(values[known], weights=weights[known], minlength=len(shares))
            wanted = np.where(sums > 0, shares, 0.0)
            if not wanted.sum():
                continue
            factors = wanted / wanted.sum() * sums.sum() / np.where(sums > 0, sums, 1.0)
            weights[known] *= factors[values[known]]
        weights = _capped(weights, cap)
        if np.abs(weights - before).max() < CLOSE:
            break
    return weights


def effective_size(weights: Floats) -> float:
    """How many equally weighted items are worth these: (Σw)² / Σw² (Kish 1965, "Survey Sampling"); 0 of none."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def _capped(weights: Floats, cap: float) -> Floats:
    """Mean 1 and none above `cap`: what is cut off is spread over the weights below it."""
    weights = weights / weights.mean()
    for _ in range(ROUNDS):
        above = weights > cap
        if not above.any():
            break
        weights = np.minimum(weights, cap)
        free = weights < cap
        if not free.any() or not weights[free].sum():
            break
        weights[free] *= (len(weights) - cap * (~free).sum()) / weights[free].sum()
    return weights
