"""Every setting of a preference run."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from luthier.config import Config
from luthier.tune.settings import Resolved

SUPERVISED_TO_PREFERENCE = 20.0  # the supervised rate is so many times that of preference tuning


@dataclass(frozen=True, slots=True)
class PreferenceSettings:
    """What a preference run works with. `batch_size` and `rows` count pairs."""

    method: str
    beta: float
    epochs: float
    learning_rate: float
    batch_size: int
    rows: int
    warmup: float
    max_gradient_norm: float
    max_tokens: int
    row_tokens: int
    device: str
    seed: int

    def plain(self) -> dict[str, Any]:
        """The settings as JSON stores them."""
        return dataclasses.asdict(self)

    def steps(self, pairs: int) -> int:
        """How many optimiser steps a run over so many pairs has."""
        return math.ceil(self.epochs * self._per_epoch(pairs))

    def checkpoint_every(self, pairs: int) -> int:
        """Steps between checkpoints: four an epoch."""
        return max(1, self._per_epoch(pairs) // 4)

    def _per_epoch(self, pairs: int) -> int:
        rows = math.ceil(pairs / self.rows)
        return math.ceil(rows / max(1, self.batch_size // self.rows))


def resolve_preference(config: Config, supervised: Resolved) -> PreferenceSettings:
    """The settings of a run, those it shares with the supervised one taken from there."""
    asked = config.tune.preference
    assert asked is not None
    return PreferenceSettings(
        method=asked.method,
        beta=asked.beta,
        epochs=asked.epochs,
        learning_rate=asked.learning_rate or supervised.learning_rate / SUPERVISED_TO_PREFERENCE,
        batch_size=asked.batch_size,
        rows=min(asked.rows, asked.batch_size),
        warmup=asked.warmup,
        max_gradient_norm=supervised.max_gradient_norm,
        max_tokens=supervised.max_tokens,
        row_tokens=supervised.row_tokens,
        device=supervised.device,
        seed=supervised.seed,
    )
