"""Settings of the rule that compares the data with whom it is to serve."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt, model_validator

from luthier.config.section import Name, Settings, Share


class PopulationCell(Settings):
    """One kind of client, by several profile fields together, and its share."""

    of: dict[Name, str]
    """Profile field -> value: `{segment: retired, region: coast}`."""
    share: Share


class Coverage(Settings):
    """How many examples and documents there are of each kind of client, against how many there should be."""

    population: dict[Name, dict[str, Share]] = {}
    """Profile field -> value -> share of the clients that the specialist will serve, as the firm declares it. Without
    it cells are counted, and none is called short."""
    cells: list[PopulationCell] = []
    """The same for combinations (segment × region), each with the same fields. What is declared together holds for each
    field alone too."""
    population_file: str | None = None
    """Either as a CSV file, relative to the project: with columns field, value and share; or with a column a profile
    field and a column share, a row a combination."""
    pairs: bool = True
    """Whether cells of two fields together (segment × region) are counted where none are declared too: a firm may have
    enough of each and none of a combination."""
    min_per_cell: PositiveInt = 30
    """Fewer clients than this in a cell say nothing of how well it is served: the interval of a rate of one half is
    then wider than a third."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    weights: Literal["off", "inverse"] = "off"
    """`inverse`: training counts each example by the inverse of how well its kind of client is covered, so that the
    training split has the declared shares. Off by default: weights make the effective sample smaller, and the data
    report shows what they would buy only where they are asked for. More data of that kind is better."""
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
        if self.cells:
            fields = [" × ".join(sorted(cell.of)) for cell in self.cells]
            if len(set(fields)) > 1:
                raise ValueError(f"cells are of different fields: {', '.join(sorted(set(fields)))}")
            total = sum(cell.share for cell in self.cells)
            if abs(total - 1) > 0.01:
                raise ValueError(f"the shares of {fields[0]} add up to {total:g}, not to 1")
        return self
