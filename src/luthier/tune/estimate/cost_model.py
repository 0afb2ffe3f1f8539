"""Seconds of a packed row from what is in it, fitted to a few measured rows.

    seconds = per row + per token * tokens + per target * target tokens + per pair * attended pairs

All four are at least nothing (non-negative least squares), and relative errors count, so that short rows weigh as much
as long ones. A handful of rows cannot settle four figures, so each is drawn gently to what the model's own arithmetic
says of it: with one row measured that decides how its time is shared out, with many it hardly matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from luthier.inference.specialist import SpecialistModel
from luthier.tune.batching import PackedRow

PULL = 0.05
"""How strongly a figure is drawn to the arithmetic's: being off by 100% counts as much as 5% of one row's time."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a row, or many rows together, hold. `pairs` are queries with the keys they see."""

    rows: float
    tokens: float
    targets: float
    pairs: float

    @classmethod
    def of(cls, row: PackedRow) -> Contents:
        return cls(1, row.tokens, len(row.target_ids), row.row.attended)

    def __add__(self, other: Contents) -> Contents:
        return Contents(
            self.rows + other.rows,
            self.tokens + other.tokens,
            self.targets + other.targets,
            self.pairs + other.pairs,
        )

    def times(self, factor: float) -> Contents:
        return Contents(*(factor * part for part in self.parts()))

    def parts(self) -> tuple[float, float, float, float]:
        return self.rows, self.tokens, self.targets, self.pairs


@dataclass(frozen=True, slots=True)
class RowCost:
    """Seconds per row, token, target token and attended pair."""

    per_row: float
    per_token: float
    per_target: float
    per_pair: float

    def seconds(self, contents: Contents) -> float:
        """What rows of these contents take."""
        costs = (self.per_row, self.per_token, self.per_target, self.per_pair)
        return sum(cost * part for cost, part in zip(costs, contents.parts(), strict=True))


def fit_row_cost(measured: Sequence[tuple[Contents, float]], arithmetic: Contents) -> RowCost:
    """The cost that fits (contents, seconds) of measured rows best.

    Args:
        arithmetic: multiplications per row (nothing), token, target token and pair, in any unit.
    """
    contents = np.array([one.parts() for one, _ in measured], dtype=float)
    seconds = np.array([taken for _, taken in measured], dtype=float)
    shares = np.array(arithmetic.parts(), dtype=float)
    work = contents @ shares
    throughput = float(np.median(seconds / work))
    expected = throughput * shares
    # Unknowns are multiples of what the arithmetic expects; a row's own overhead, of which it knows nothing, is
    # counted in hundredths of a row's time and drawn to none.
    scale = np.where(shares > 0, expected, 0.01 * float(np.median(seconds)))
    wanted = (shares > 0).astype(float)
    strength = PULL * np.where(shares > 0, 1.0, 0.1)
    matrix = np.vstack([contents * scale / seconds[:, None], np.diag(strength)])
    factors, _ = nnls(matrix, np.concatenate([np.ones(len(seconds)), strength * wanted]))
    return RowCost(*(float(cost) for cost in factors * scale))


def arithmetic_of(module: SpecialistModel) -> Contents:
    """Multiplications of a forward pass per token, target token and attended pair; backward passes scale alike."""
    config = module.model.config
    layers = [weight for name, weight in module.model.named_parameters() if ".layers." in name and weight.dim() == 2]
    return Contents(
        rows=0.0,
        tokens=float(sum(weight.numel() for weight in layers)),
        targets=float(config.hidden_size * config.vocab_size),
        pairs=float(2 * config.hidden_size * config.num_hidden_layers),
    )
