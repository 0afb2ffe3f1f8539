"""Do two systems, right or wrong on the same items, differ? The exact test."""

from __future__ import annotations

from scipy.special import bdtr


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """The two-sided exact p-value of McNemar's test (McNemar 1947, Psychometrika 12).

    Args:
        only_a: items that only system a got right.
        only_b: items that only system b got right.

    Items on which both are right, or both wrong, say nothing of a difference. Without one, each of the m = only_a +
    only_b others is a fair coin, so p = min(1, 2 P(X <= min(only_a, only_b))), X ~ Binomial(m, 1/2); with m = 0, p = 1.
    Valid where items are independent. Raises `ValueError` for a negative count.
    """
    if only_a < 0 or only_b < 0:
        raise ValueError(f"counts cannot be negative: {only_a}, {only_b}")
    return min(1.0, 2 * float(bdtr(min(only_a, only_b), only_a + only_b, 0.5)))
