"""What each rule takes away of each profile cell, against what it takes away of the others.

Removals of one client are not independent, so the test is a score test of the association with variances by client
(Liang and Zeger 1986, Biometrika 73), and Fisher's exact test where every record is its own client. Holm's correction
goes over all rules and cells of one kind of record together. What a rule proposes and is not let take away is compared
likewise: it is what switching the rule on would do.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import fisher_exact, norm

from luthier.curate.compare.coverage import Coverage
from luthier.curate.compare.population import Cell
from luthier.statistics.holm import holm
from luthier.statistics.intervals import Interval, wilson

MOST_CELLS = 200
"""Of the same fields; of more, none is compared: no two of thousands of cells would differ after the correction."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Removal:
    """How much of a cell one rule removed (or, not `done`, would have), how much of all records that have the cell's
    fields, and Holm's p-value over all rules and cells. `rate` has Wilson's interval."""

    rule: str
    done: bool
    cell: Cell
    records: int
    removed: int
    rate: Interval
    all_records: int
    all_removed: int
    p: float
    differs: bool


def removals(coverage: Coverage) -> list[Removal]:
    """Every rule that removed something, or would have, in every cell; the least likely by chance first."""
    found = list(_unadjusted(coverage))
    adjusted = holm([row.p for row in found])
    level = coverage.settings.significance
    rows = [dataclasses.replace(row, p=p, differs=p <= level) for row, p in zip(found, adjusted, strict=True)]
    return sorted(rows, key=lambda row: (row.p, not row.done, row.rule, len(row.cell), row.cell))


def _unadjusted(coverage: Coverage) -> Iterator[Removal]:
    """The same, each with the p-value of its own test."""
    rows, groups = coverage.rows, coverage.rows.groups()
    columns = [(rows.removed_by, True), (rows.proposed_by, False)]
    for fields in coverage.fields():
        cells, own = rows.cells_of(fields)
        if not 1 < len(cells) <= MOST_CELLS:
            continue
        known = own >= 0
        own, clients = own[known], groups[known]
        alone = len(np.unique(clients)) == len(clients)
        for column, done in columns:
            for rule in sorted(value for value in column.values if value is not None):
                gone = column.are(rule)[known]
                for number, cell in enumerate(cells):
                    inside = own == number
                    records, removed = int(inside.sum()), int((gone & inside).sum())
                    yield Removal(
                        rule=rule,
                        done=done,
                        cell=cell,
                        records=records,
                        removed=removed,
                        rate=wilson(removed, records, coverage.settings.confidence),
                        all_records=len(own),
                        all_removed=int(gone.sum()),
                        p=association(inside, gone, None if alone else clients),
                        differs=False,
                    )


def association(inside: Flags, gone: Flags, groups: NDArray[np.int64] | None) -> float:
    """The two-sided p-value that removal has nothing to do with the cell.

    U = Σ (c - c̄)(x - x̄) over records, c in the cell and x removed; its variance is Σ over clients of the client's own
    part squared. `groups` are the clients by number; None where every record is its own: Fisher's exact test.
    """
    if groups is None:
        table = [
            [int((gone & inside).sum()), int((~gone & inside).sum())],
            [int((gone & ~inside).sum()), int((~gone & ~inside).sum())],
        ]
        return float(fisher_exact(np.array(table)).pvalue)
    parts = (inside - inside.mean()) * (gone - gone.mean())
    by_client = np.bincount(groups, weights=parts)
    variance = float((by_client**2).sum())
    return float(2 * norm.sf(abs(by_client.sum()) / math.sqrt(variance))) if variance > 0 else 1.0
