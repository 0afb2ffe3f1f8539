"""What may not be so before tuning starts: `tune.preflight` of `luthier.yaml`.

Each limit is a figure above which the run is refused; what lies between nothing and the limit is a warning. A limit can
be raised by whoever knows better: then it is written down who let the run start.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from luthier.config.section import Settings, Share


class Preflight(Settings):
    """The limits of the checks before tuning. How much may be cut is `tune.max_truncated`."""

    max_without_target: Share = 0.0
    """Share of training examples that teach nothing: no target token and no label. One is a mistake in the data or the
    template, and its loss of 0 would pass for success."""
    max_without_end_of_turn: Share = 0.02
    """Share of written targets that do not end with the end-of-turn token. A model that never sees it never stops; a
    few cut targets do no harm."""
    max_template_mismatch: Share = 0.0
    """Share of examples whose ids differ from what the model's own chat template makes of the whole conversation, whose
    text does not come back out of its ids, or that inference would show otherwise. Any of these is systematic."""
    template_examples: PositiveInt = 200
    """Training examples a task, evenly drawn, that the template checks read."""
    max_overlap: Share = 0.01
    """Share of the dev, calibration or test examples whose inputs stand in training too, case and spacing aside. Short
    inputs coincide by chance now and then; more than that measures memory."""
    max_shared_groups: Share = 0.0
    """Share of the groups (clients, customers) of dev, calibration or test that training holds too."""
    max_duplicates: Share = 0.2
    """Share of training examples that repeat another's inputs and target, case and spacing aside. They count double."""
    max_conflicts: Share = 0.05
    """Share of training examples whose inputs carry another target elsewhere in training. No model can learn both."""
    min_label_examples: NonNegativeInt = 5
    """Training examples of a label below which it is warned of: fewer than a handful teach no boundary."""
    max_imbalance: PositiveFloat = 50.0
    """How many times the rarest label the commonest may come before it is warned of."""
    max_learning_rate_factor: PositiveFloat = 10.0
    """How many times the upper end of the model's usual range the learning rate may be. Outside the range is a warning;
    ten times above it, LoRA diverges."""
    min_steps: PositiveInt = 20
    """Optimiser steps below which it is warned that the model hardly moves, warm-up included."""
    max_epochs: PositiveFloat = 20.0
    """Passes over the data above which it is warned that the model learns them by heart."""
    outlier_factor: PositiveFloat = 8.0
    """How many times the median length of its task an example may be before it is named as an outlier."""
    max_memory_share: Annotated[float, Field(gt=0)] = 0.95
    """The share of this machine's free memory that the run may need. The rest is the estimate's own error."""
