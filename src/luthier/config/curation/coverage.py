"""Settings of the rule that compares the data with whom it is to serve."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveInt, model_validator

from luthier.config.section import Name, Settings, Share


class Coverage(Settings):
    """How many examples there are of each kind of client, against how many there should be."""

    population: dict[Name, dict[str, Share]] = {}
    """Profile field -> value -> share of the clients that the specialist will serve, as the firm declares it. Without
    it cells are counted, and none is called short."""
    population_file: str | None = None
    """The same as a CSV file, relative to the project, with columns field, value and share."""
    pairs: bool = True
    """Whether cells of two fields together (segment × region) are counted too: a firm may have enough of each and
    none of a combination."""
    min_per_cell: PositiveInt = 30
    """Fewer clients than this in a cell say nothing of how well it is served: the interval of a rate of one half is
    then wider than a third."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    max_weight: Annotated[float, Field(ge=1)] = 3.0
    """Sampling weights are cut at this many times the mean: beyond it one client speaks for a crowd, and the weights
    cost more in effective sample size than they correct."""
    significance: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """A rule is said to remove more of one cell than of others at this level, over all rules and cells together."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> Coverage:
        for field, shares in self.population.items():
            if shares and abs(sum(shares.values()) - 1) > 0.01:
                raise ValueError(f"the shares of '{field}' add up to {sum(shares.values()):g}, not to 1")
        return self
