"""How an error falls with the number of examples: error = a + b n^-c.

The form of learning curves in Hestness et al. 2017, "Deep Learning Scaling is Predictable, Empirically".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EXPONENTS = np.linspace(0.05, 1.5, 59)  # tried for c; a and b are then least squares


def fit_power_law(sizes: NDArray[np.int64], errors: Floats) -> tuple[float, float, float]:
    """a, b and c of error = a + b n^-c, with 0 <= a and 0 <= b, by least squares over a grid of c.

    Of equally good fits the smallest c is taken: the one that promises most of more data, so that a flat verdict is
    not a matter of the grid.
    """
    best = (np.inf, float(np.mean(errors)), 0.0, float(EXPONENTS[0]))
    for c in EXPONENTS:
        falling = sizes.astype(np.float64) ** -c
        centred = falling - falling.mean()
        b = max(0.0, float(centred @ errors) / float(centred @ centred)) if (centred @ centred) > 0 else 0.0
        a = float(errors.mean() - b * falling.mean())
        if a < 0:
            a, b = 0.0, max(0.0, float(falling @ errors) / float(falling @ falling))
        miss = float(((a + b * falling - errors) ** 2).sum())
        if miss < best[0] * (1 - 1e-9) - 1e-18:
            best = (miss, a, b, float(c))
    return best[1:]


def expected_error(law: tuple[float, float, float], n: float) -> float:
    """a + b n^-c."""
    a, b, c = law
    return float(a + b * n**-c)
