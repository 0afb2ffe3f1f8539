"""Whom the data speak for: examples per profile cell, against the population that the firm declares.

A cell is a value of a profile field (segment=retail), or of two together. The unit is the client (`group`): a client
with forty notes is one client. Shares have Wilson intervals at a level that holds for all cells of a field together
(Goodman 1965, Technometrics 7, whose simultaneous multinomial intervals are these). Whether a rule removes more of one
cell than of the rest is tested over all rules and cells with Holm's correction; removals of one client are not
independent, so the test is a score test of the association with variances by client (Liang and Zeger 1986, Biometrika
73), and Fisher's exact test where every record is its own client.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import fisher_exact, norm

from luthier.config.curation.coverage import Coverage as Settings
from luthier.curate.compare.named_tables import read_table
from luthier.errors import RequestError
from luthier.records import Example
from luthier.statistics.holm import holm
from luthier.statistics.intervals import Interval, wilson
from luthier.statistics.raking import effective_size, rake

RULE = "coverage"
VERSION = 1
CODES: Mapping[str, str] = {
    "coverage.under": "Fewer clients of this kind than their share of the population, beyond chance.",
    "coverage.over": "More clients of this kind than their share of the population, beyond chance.",
    "coverage.few": "Too few clients of this kind to say how well they are served.",
    "coverage.removal": "A rule removes more, or less, of this kind than of the others, beyond chance.",
}

Cell = tuple[tuple[str, str], ...]  # (field, value) pairs: one, or two
Shares = Mapping[str, Mapping[str, float]]  # field -> value -> declared share
Floats = NDArray[np.float64]
State = Literal["fits", "under", "over", "few", "undeclared"]


@dataclass(frozen=True, slots=True)
class CellCount:
    """A cell, its examples and clients, its share of the clients, and what the firm declared."""

    cell: Cell
    examples: int
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
class Removal:
    """How much of a cell one rule removed, how much of the others, and Holm's p-value over all rules and cells."""

    rule: str
    cell: Cell
    records: int
    removed: int
    elsewhere_records: int
    elsewhere_removed: int
    p: float
    biased: bool


@dataclass(frozen=True, slots=True)
class CollectionRequest:
    """How many more clients of a cell would bring it to its share, and to a size that can be measured."""

    cell: Cell
    clients: int
    reason: str


@dataclass(frozen=True, slots=True)
class Weights:
    """A sampling weight per example, mean 1. Errors are |share - declared|, unweighted and weighted."""

    by_example: Mapping[str, float]
    n: int
    effective_n: float
    error_before: Mapping[Cell, float]
    error_after: Mapping[Cell, float]


def read_population(settings: Settings, root: Path) -> dict[str, dict[str, float]]:
    """The declared shares, from the settings and from their file.

    Raises `RequestError` where the file is missing or unreadable, lacks a column, has another share than
    from 0 to 1, or shares do not add up to 1.
    """
    shares: dict[str, dict[str, float]] = {field: dict(values) for field, values in settings.population.items()}
    if settings.population_file is None:
        return shares
    fix = "Give it columns field, value and share, shares adding up to 1"
    _, rows = read_table(root, settings.population_file, "the population file", fix)
    for number, row in enumerate(rows, start=1):
        try:
            share = float(row["share"])
            shares.setdefault(row["field"], {})[row["value"]] = share
        except (KeyError, TypeError, ValueError):
            share = math.nan
        if not 0 <= share <= 1:
            where = f"{settings.population_file}, row {number}"
            raise RequestError("a share could not be read", where=where, fix=fix)
    for field, values in shares.items():
        if not math.isclose(sum(values.values()), 1, abs_tol=0.01):
            what = f"the shares of '{field}' add up to {sum(values.values()):g}, not to 1"
            raise RequestError(what, where=settings.population_file, fix=fix)
    return shares


class Coverage:
    """Sees every example once, kept or not, with the rule that removed it."""

    def __init__(self, settings: Settings, population: Shares) -> None:
        self._settings, self._population = settings, population
        self._rows: list[tuple[str, str, str, str | None]] = []  # id, task, group, rule
        self._profiles: list[tuple[tuple[str, str], ...]] = []
        self._labels: list[tuple[str, ...] | None] = []
        self._known: dict[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = {}

    def add(self, example: Example, removed_by: str | None = None) -> None:
        """Counts one example; `removed_by` is the rule that removed it, None if it is kept."""
        profile = tuple(sorted(example.profile.items()))
        self._rows.append((example.id, example.task, example.group, removed_by))
        self._profiles.append(self._known.setdefault(profile, profile))
        self._labels.append(example.target.labels)

    def cells(self) -> list[CellCount]:
        """Every cell that occurs or is declared, among kept examples: single fields first, then pairs."""
        examples, clients, of_field = (
            Counter[Cell](),
            defaultdict[Cell, set[str]](set),
            defaultdict[tuple[str, ...], set[str]](set),
        )
        for row in self._kept():
            group = self._rows[row][2]
            for cell in self._cells_of(row):
                examples[cell] += 1
                clients[cell].add(group)
                of_field[_fields(cell)].add(group)
        every = sorted({*examples, *self._declared_cells()}, key=lambda cell: (len(cell), cell))
        cells_in = Counter(_fields(cell) for cell in every)
        return [
            self._count(cell, examples[cell], len(clients[cell]), len(of_field[_fields(cell)]), cells_in[_fields(cell)])
            for cell in every
        ]

    def label_rates(self) -> list[LabelRate]:
        """How often each label is given in each cell of one field, with intervals for the client as the unit."""
        sums: dict[tuple[Cell, str], dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        sizes: dict[tuple[Cell, str], Counter[str]] = defaultdict(Counter)
        labels: dict[str, set[str]] = defaultdict(set)
        for row in self._kept():
            _, task, group, _ = self._rows[row]
            given = self._labels[row]
            if given is None:
                continue
            labels[task].update(given)
            for pair in self._profiles[row]:
                sizes[(pair,), task][group] += 1
                for label in given:
                    sums[(pair,), task][label][group] += 1
        rates = []
        for (cell, task), size in sorted(sizes.items()):
            for label in sorted(labels[task]):
                counted = sums[cell, task][label]
                shares = np.array([counted[group] / n for group, n in size.items()])
                rates.append(LabelRate(cell, task, label, len(shares), _mean_rate(shares, self._settings.confidence)))
        return rates

    def removals(self) -> list[Removal]:
        """What each rule removed of each cell of one field against the rest, the least likely by chance first."""
        rules = sorted({rule for _, _, _, rule in self._rows if rule is not None})
        groups = {group: place for place, group in enumerate(dict.fromkeys(group for _, _, group, _ in self._rows))}
        codes = np.array([groups[group] for _, _, group, _ in self._rows], dtype=np.int64)
        removed_by = {rule: np.array([own == rule for *_, own in self._rows]) for rule in rules}
        profiles = {profile: place for place, profile in enumerate(self._known)}
        profile_of = np.array([profiles[profile] for profile in self._profiles], dtype=np.int64)
        found = []
        for pair in sorted({pair for profile in profiles for pair in profile}):
            has_field = np.array([any(name == pair[0] for name, _ in profile) for profile in profiles])[profile_of]
            inside = np.array([pair in profile for profile in profiles])[profile_of][has_field]
            if inside.any() and not inside.all():
                for rule, removed in removed_by.items():
                    gone = removed[has_field]
                    found.append((rule, (pair,), inside, gone, _association(inside, gone, codes[has_field])))
        adjusted = holm([p for *_, p in found])
        removals = [
            Removal(
                rule, cell, int(inside.sum()), int((gone & inside).sum()), int((~inside).sum()),
                int((gone & ~inside).sum()), p, p <= self._settings.significance,
            )
            for (rule, cell, inside, gone, _), p in zip(found, adjusted, strict=True)
        ]  # fmt: skip
        return sorted(removals, key=lambda r: (r.p, r.rule, r.cell))

    def requests(self) -> list[CollectionRequest]:
        """What to collect, the greatest need first: the cells furthest below what they should be."""
        counts = self.cells()
        totals = Counter[tuple[str, ...]]()
        for count in counts:
            totals[_fields(count.cell)] += count.clients
        wanted = []
        for count in counts:
            share, total = count.declared, totals[_fields(count.cell)]
            missing = max(0, self._settings.min_per_cell - count.clients) if share != 0 else 0
            reason = f"{count.clients} clients, and {self._settings.min_per_cell} are needed to measure them"
            if count.state == "under" and share is not None and share < 1:
                # n + x clients of N + x in all make the share: x = (pN - n) / (1 - p)
                to_share = math.ceil((share * total - count.clients) / (1 - share))
                if to_share > missing:
                    missing = to_share
                    reason = f"{count.share.value:.1%} of the clients, {share:.1%} of the population"
            if missing and (len(count.cell) == 1 or share is not None):
                need = missing / (count.clients + missing)
                wanted.append((-need, len(count.cell), -missing, CollectionRequest(count.cell, missing, reason)))
        return [request for *_, request in sorted(wanted, key=lambda item: (*item[:3], item[3].cell))]

    def weights(self) -> Weights:
        """Sampling weights that bring kept examples to the declared shares, field by field (raking), capped."""
        kept = list(self._kept())
        margins = []
        for field, shares in sorted(self._population.items()):
            values = sorted(shares)
            place = {value: number for number, value in enumerate(values)}
            known = np.array([place.get(dict(self._profiles[row]).get(field, ""), -1) for row in kept], dtype=np.int64)
            margins.append((known, np.array([shares[value] for value in values])))
        weights = rake(margins, len(kept), self._settings.max_weight)
        even = np.ones(len(kept))
        return Weights(
            {self._rows[row][0]: float(weight) for row, weight in zip(kept, weights, strict=True)},
            len(kept),
            effective_size(weights),
            self._errors(margins, even),
            self._errors(margins, weights),
        )

    def _errors(self, margins: Sequence[tuple[NDArray[np.int64], Floats]], weights: Floats) -> dict[Cell, float]:
        errors: dict[Cell, float] = {}
        for (field, shares), (values, wanted) in zip(sorted(self._population.items()), margins, strict=True):
            total = weights[values >= 0].sum()
            for number, value in enumerate(sorted(shares)):
                share = weights[values == number].sum() / total if total else 0.0
                errors[((field, value),)] = abs(float(share) - float(wanted[number]))
        return errors

    def _kept(self) -> Iterator[int]:
        return (row for row, (_, _, _, rule) in enumerate(self._rows) if rule is None)

    def _cells_of(self, row: int) -> Iterable[Cell]:
        profile = self._profiles[row]
        yield from ((pair,) for pair in profile)
        if self._settings.pairs:
            yield from combinations(profile, 2)

    def _declared_cells(self) -> Iterator[Cell]:
        fields = sorted(self._population)
        for field in fields:
            yield from (((field, value),) for value in self._population[field])

    def _count(self, cell: Cell, examples: int, clients: int, total: int, cells: int) -> CellCount:
        field, value = cell[0]
        is_declared = len(cell) == 1 and field in self._population
        declared = self._population[field].get(value, 0.0) if is_declared else None
        # A client whose profile changed stands in several cells of a field, so that cells may add up to more than it.
        share = wilson(clients, total, 1 - (1 - self._settings.confidence) / max(1, cells))
        return CellCount(cell, examples, clients, share, declared, self._state(share, declared, clients))

    def _state(self, share: Interval, declared: float | None, clients: int) -> State:
        if declared is not None and declared > share.high:
            return "under"
        if clients < self._settings.min_per_cell:
            return "few"
        if declared is None:
            return "undeclared"
        return "over" if declared < share.low else "fits"


def _fields(cell: Cell) -> tuple[str, ...]:
    return tuple(field for field, _ in cell)


def _mean_rate(shares: Floats, confidence: float) -> Interval:
    """The mean of clients' rates: Wilson's interval where each is 0 or 1, else the same with the shares' own spread.

    A mean of n rates with variance s² is worth n p(1-p)/s² yes-or-no answers; Wilson's interval is taken at that size.
    """
    n, p = len(shares), float(shares.mean())
    spread = float(shares.var())
    worth = n if not 0 < p < 1 or spread == 0 else max(n, round(n * p * (1 - p) / spread))
    found = wilson(min(worth, round(p * worth)), worth, confidence)
    return Interval(p, min(found.low, p), max(found.high, p))


def _association(inside: NDArray[np.bool_], gone: NDArray[np.bool_], groups: NDArray[np.int64]) -> float:
    """The two-sided p-value that removal has nothing to do with the cell.

    U = Σ (c - c̄)(x - x̄) over records, c in the cell and x removed; its variance is Σ over clients of the client's own
    part squared. One record a client: Fisher's exact test.
    """
    if len(np.unique(groups)) == len(groups):
        table = [
            [int((gone & inside).sum()), int((~gone & inside).sum())],
            [int((gone & ~inside).sum()), int((~gone & ~inside).sum())],
        ]
        return float(fisher_exact(np.array(table)).pvalue)
    parts = (inside - inside.mean()) * (gone - gone.mean())
    by_client = np.bincount(groups, weights=parts)
    variance = float((by_client**2).sum())
    return float(2 * norm.sf(abs(by_client.sum()) / math.sqrt(variance))) if variance > 0 else 1.0
