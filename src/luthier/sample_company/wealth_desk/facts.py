"""The facts of a client and of one visit: the truth that every text and every answer is written from.

Amounts are whole thousands of euros, weights whole per cents; a month is the first day of that month.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Profile = Literal["cautious", "balanced", "growth"]
Action = Literal["reduce", "raise", "switch", "keep"]
CASH = "Cash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client. `family` is the office whose ways of writing all of the client's papers follow."""

    id: str
    number: int
    title: str
    surname: str
    segment: str
    region: str
    age_band: str
    family: str
    wealth: int

    @property
    def name(self) -> str:
        return f"{self.title} {self.surname}"


@dataclass(frozen=True, slots=True)
class Holding:
    """One line of a portfolio: a product's name, or `CASH`."""

    name: str
    weight: int
    value: int


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What the file says of the conflict-of-interest disclosure for one product."""

    product: str
    delivered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts:
    """What one visit's file and note record. None means that the visit did not touch the matter."""

    profile: Profile
    profiled: dt.date
    meeting: dt.date
    total: int
    holdings: tuple[Holding, ...]
    product: str | None = None  # talked about
    recommended: bool | None = None  # and recommended, or left out
    disclosures: tuple[Disclosure, ...] = ()
    need: int | None = None
    need_within_year: bool | None = None
    vulnerable: Literal["client", "other", "none"] | None = None
    supported: bool | None = None
    instructed_by_third_party: bool | None = None
    mandate_on_file: bool | None = None
    paid_in: int | None = None
    paid_out: int | None = None
    source_evidenced: bool | None = None
    near_misses: tuple[str, ...] = ()  # the flags this visit was made to come close to without earning

    @property
    def largest(self) -> Holding:
        """The largest holding that is not cash."""
        return max((h for h in self.holdings if h.name != CASH), key=lambda h: h.weight)

    @property
    def cash(self) -> Holding:
        return next(h for h in self.holdings if h.name == CASH)


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryFacts:
    """What one review's statement and note record."""

    meeting: dt.date
    total: int
    change: int  # per cent since January, never 0
    holdings: tuple[Holding, ...]
    goal: str
    goal_number: int | None
    action: Action
    product: str | None
    other: str | None
    percent: int | None
    turned_down: str | None
    review: dt.date

    @property
    def largest(self) -> Holding:
        """The largest holding that is not cash."""
        return max((h for h in self.holdings if h.name != CASH), key=lambda h: h.weight)

    @property
    def cash(self) -> Holding:
        return next(h for h in self.holdings if h.name == CASH)
