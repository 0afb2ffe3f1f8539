"""`curate.canonical`: how amounts, units and dates are read, and whether the text is rewritten."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from luthier.config.section import Name, Settings


class Canonical(Settings):
    """Numbers, currencies, units and dates in one form, beside the text or in it."""

    day_first: bool | None = None
    """How 03/04/2025 is read: true is 3 April. None leaves it to the document's other dates, and where these do not
    settle it, to a person."""
    day_first_by_source: dict[Name, bool] = {}
    """Source -> how its dates are read, where sources differ."""
    dollar: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    """The currency that a bare "$" means in this firm."""
    beside: list[Literal["amounts", "units", "dates"]] = ["amounts", "units", "dates"]
    """What is put into the findings in its canonical form, the text staying as it was written."""
    rewrite: list[Literal["amounts", "units", "dates"]] = []
    """What is also rewritten in the text. Nothing by default: a model should learn to read and write amounts as the
    firm does, and an answer is checked against the text as it stood."""
