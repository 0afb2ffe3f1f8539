"""Whom the data speak for: examples and documents per profile cell, against the population that the firm declares.

The unit is the client (`group`): a client with forty notes is one client. Shares have Wilson intervals at a level that
holds for all cells of the same fields together (Goodman 1965, Technometrics 7, whose simultaneous multinomial intervals
are these). Whether a rule removes more of one cell than of the rest is tested over all rules and cells with Holm's
correction (`removals`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from luthier.config.curation.coverage import Coverage as Settings
from luthier.curate.compare.population import Cell, Fields, Population
from luthier.curate.compare.profile_rows import ProfileRows
from luthier.records import Example
from luthier.statistics.intervals import Interval, wilson

RULE = "coverage"
VERSION = 2
CODES: Mapping[str, str] = {
    "coverage.under": "Fewer clients of this kind than their share of the population, beyond chance.",
    "coverage.over": "More clients of this kind than their share of the population, beyond chance.",
    "coverage.few": "Too few clients of this kind to say how well they are served.",
    "coverage.removal": "A rule removes more, or less, of this kind than of the others, beyond chance.",
}

Kind = Literal["example", "document"]
Floats = NDArray[np.float64]
State = Literal["fits", "under", "over", "few", "undeclared"]


@dataclass(frozen=True, slots=True)
class CellCount:
    """A cell, its records and clients, its share of the clients, and what the firm declared."""

    cell: Cell
    records: int
    clients: int
    share: Interval
    declared: float | None
    state: State


@dataclass(frozen=True, slots=True)
class LabelRate:
    """How often a label is given in a cell, per client: a client's rate is the mean of its examples."""

    cell: Cell
    task: str
    label: str
    clients: int
    rate: Interval


@dataclass(frozen=True, slots=True)
class CollectionRequest:
    """How many more clients of a cell would bring it to its share, and to a size that can be measured."""

    cell: Cell
    clients: int
    reason: str
    kind: Kind = "example"


class Coverage:
    """Sees every record of one kind once, kept or not, with the rule that removed it."""

    def __init__(self, settings: Settings, population: Population, kind: Kind = "example") -> None:
        self.settings, self.population, self.kind = settings, population, kind
        self.rows = ProfileRows()

    def add(self, record: Example, removed_by: str | None = None, proposed_by: str | None = None) -> None:
        """Counts one example; `removed_by` is the rule that removed it, `proposed_by` the one that would have."""
        self.rows.add(
            record.group,
            record.profile,
            task=record.task,
            labels=record.target.labels,
            removed_by=removed_by,
            proposed_by=proposed_by,
        )

    def add_document(
        self,
        record_id: str,
        group: str | None,
        profile: Mapping[str, str],
        removed_by: str | None = None,
        proposed_by: str | None = None,
    ) -> None:
        """Counts one document; one that is nobody's stands for itself."""
        self.rows.add(group or f"\0{record_id}", profile, removed_by=removed_by, proposed_by=proposed_by)

    def cells(self, task: str | None = None) -> list[CellCount]:
        """Every cell that occurs or is declared, among kept records: single fields first. Of one task, or of all."""
        kept, groups = self.rows.kept(task), self.rows.groups()
        return [count for fields in self.fields() for count in self._counts(fields, kept, groups)]

    def fields(self) -> list[Fields]:
        """The fields, and sets of fields, whose cells are counted."""
        named = sorted({field for profile in self.rows.profiles.values for field, _ in profile})
        singles: list[Fields] = [(field,) for field in named]
        pairs: list[Fields] = list(combinations(named, 2)) if self.settings.pairs else []
        return sorted({*singles, *pairs, *self.population.fields}, key=lambda fields: (len(fields), fields))

    def label_rates(self) -> list[LabelRate]:
        """How often each label is given, with intervals for the client as the unit: in each cell of one field, and in
        each that is declared."""
        asked = [fields for fields in self.fields() if len(fields) == 1 or fields in self.population.shares]
        kept, groups = self.rows.kept(), self.rows.groups()
        given, of_row = self.rows.labels.values, self.rows.labels.column()
        rates = []
        for task in sorted(self.rows.tasks.values):
            of_task = kept & self.rows.tasks.are(task)
            of_task &= np.isin(of_row, [number for number, labels in enumerate(given) if labels is not None])
            seen = {given[number] for number in np.unique(of_row[of_task])}
            for label in sorted({label for labels in seen for label in labels or ()}):
                carries = np.isin(of_row, [n for n, labels in enumerate(given) if labels and label in labels])
                for fields in asked:
                    cells, own = self.rows.cells_of(fields)
                    for number, cell in enumerate(cells):
                        inside = of_task & (own == number)
                        if inside.any():
                            shares = mean_by_client(carries[inside], groups[inside])
                            rate = mean_rate(shares, self.settings.confidence)
                            rates.append(LabelRate(cell, task, label, len(shares), rate))
        return sorted(rates, key=lambda rate: (rate.task, len(rate.cell), rate.cell, rate.label))

    def requests(self, task: str | None = None) -> list[CollectionRequest]:
        """What to collect, the greatest need first: the cells furthest below what they should be."""
        return [request for _, request in sorted(self.needs(task), key=lambda item: (item[0], item[1].cell))]

    def needs(self, task: str | None = None) -> Iterator[tuple[tuple[float, int, int], CollectionRequest]]:
        """The requests, each with what it is ranked by: the least first."""
        kept, groups = self.rows.kept(task), self.rows.groups()
        for fields in self.fields():
            _, own = self.rows.cells_of(fields)
            total = len(np.unique(groups[kept & (own >= 0)]))
            for count in self._counts(fields, kept, groups):
                missing, reason = self._missing(count, total)
                if missing and (len(count.cell) == 1 or count.declared is not None):
                    need = missing / (count.clients + missing)
                    request = CollectionRequest(count.cell, missing, reason, self.kind)
                    yield (-need, len(count.cell), -missing), request

    def _missing(self, count: CellCount, total: int) -> tuple[int, str]:
        """How many more clients a cell needs, and why."""
        least = self.settings.min_per_cell if self.kind == "example" else 0  # documents are not measured on
        missing = max(0, least - count.clients) if count.declared != 0 else 0
        reason = f"{count.clients} clients, and {least} are needed to measure them"
        if count.state == "under" and count.declared is not None and count.declared < 1:
            # n + x clients of N + x in all make the share: x = (pN - n) / (1 - p)
            to_share = math.ceil((count.declared * total - count.clients) / (1 - count.declared) - 1e-9)
            if to_share > missing:
                return to_share, f"{count.share.value:.1%} of the clients, {count.declared:.1%} of the population"
        return missing, reason

    def _counts(self, fields: Fields, kept: NDArray[np.bool_], groups: NDArray[np.int64]) -> Iterator[CellCount]:
        seen, own = self.rows.cells_of(fields)
        inside = kept & (own >= 0)
        records = np.bincount(own[inside], minlength=len(seen))
        # a client whose profile changed stands in several cells of a field, so that cells may add up to more than it
        pairs = np.unique(groups[inside] * max(1, len(seen)) + own[inside])
        clients = np.bincount(pairs % max(1, len(seen)), minlength=len(seen))
        found = {cell: (int(records[n]), int(clients[n])) for n, cell in enumerate(seen)}
        total = len(np.unique(groups[inside]))
        every = sorted({*seen, *self.population.shares.get(fields, ())})
        for cell in every:
            of_cell, of_clients = found.get(cell, (0, 0))
            declared = self.population.share(cell)
            share = wilson(of_clients, total, 1 - (1 - self.settings.confidence) / max(1, len(every)))
            yield CellCount(cell, of_cell, of_clients, share, declared, self._state(share, declared, of_clients))

    def _state(self, share: Interval, declared: float | None, clients: int) -> State:
        if declared is not None and declared > share.high:
            return "under"
        if math.isnan(share.value) or (self.kind == "example" and clients < self.settings.min_per_cell):
            return "few"
        if declared is None:
            return "undeclared"
        return "over" if declared < share.low else "fits"


def mean_by_client(carries: NDArray[Any], groups: NDArray[np.int64]) -> Floats:
    """The share of each client's records that are so, such as carry a label."""
    _, own = np.unique(groups, return_inverse=True)
    return np.asarray(np.bincount(own, weights=carries) / np.bincount(own), dtype=np.float64)


def mean_rate(shares: Floats, confidence: float) -> Interval:
    """The mean of clients' rates: Wilson's interval where each is 0 or 1, else the same with the shares' own spread.

    A mean of n rates with variance s² is worth n p(1-p)/s² yes-or-no answers; Wilson's interval is taken at that size.
    """
    n, p = len(shares), float(shares.mean())
    spread = float(shares.var())
    worth = n if not 0 < p < 1 or spread == 0 else max(n, round(n * p * (1 - p) / spread))
    found = wilson(min(worth, round(p * worth)), worth, confidence)
    return Interval(p, min(found.low, p), max(found.high, p))
