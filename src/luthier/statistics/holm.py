"""Many tests at once, without finding something by their number alone."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given (Holm 1979, Scandinavian Journal of Statistics 6).

    With the m p-values in ascending order, the k-th is multiplied by m - k + 1, never comes out below an earlier one,
    and never above 1. Rejecting those at or below α holds the chance of any false rejection at α, whatever the tests'
    dependence.
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, highest = [1.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted
