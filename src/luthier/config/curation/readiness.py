"""Settings of the check whether the data suffice."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveInt

from luthier.config.section import Settings


class Readiness(Settings):
    """Whether a task has enough examples to tune on, by number and by how much more would still help."""

    enough: PositiveInt = 10_000
    """Kept examples a task; 10,000 to 20,000 is what specialists usually need."""
    at_least: PositiveInt = 500
    """Below this a task is not ready, whatever its curve: there is too little to see a curve in."""
    per_label: PositiveInt = 30
    """Training examples of each label; a label seen less often is neither learnt nor measured."""
    worthwhile_gain: NonNegativeFloat = 0.01
    """What twice the data must add to dev's figure (accuracy, the overlap of label sets, or ROUGE-L) to be worth
    collecting: a point is about what one can tell apart on a thousand items."""
    shares: list[Annotated[float, Field(gt=0, le=1)]] = [0.1, 0.2, 0.35, 0.6, 1.0]
    """Of the training data that the learning curve is measured at; the sizes about double."""
    repeats: PositiveInt = 3
    """Draws of each share but the last; one draw alone shows as much luck as learning."""
    max_examples: PositiveInt = 20_000
    """Training examples the curve reads at most, drawn at random; beyond it its end is flat or never will be."""
    draws: PositiveInt = 200
    """Bootstrap draws of dev behind the curve's interval."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
    """Of that interval. It decides what to collect, not what is claimed."""
