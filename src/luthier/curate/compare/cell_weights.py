"""Weights that let training see the declared population, and what they would change.

Each task's training examples are weighted by the inverse of how well their cell is covered, so that the weighted shares
are the declared ones (post-stratification; raking where several sets of fields are declared). Weights have mean 1 in a
task and are capped: beyond the cap one client speaks for a crowd. What they cost is told as the effective sample size
(Kish), what they buy as the error of a cheap classifier on examples of each cell that it never saw, with and without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luthier.config.curation.coverage import Coverage as Settings
from luthier.config.curation.wrong_labels import WrongLabels
from luthier.curate.compare.coverage import mean_by_client, mean_rate
from luthier.curate.compare.population import Cell, Fields, Population
from luthier.curate.compare.wrong_labels import out_of_fold
from luthier.records import Example
from luthier.statistics.bootstrap import cluster_bootstrap
from luthier.statistics.intervals import Interval, wilson
from luthier.statistics.raking import effective_size, rake

MOST_JUDGED = 5000
"""Training examples of a task that the classifier is measured on, the first in the order of their ids' hashes."""
DRAWS = 1000  # bootstrap draws of clients
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CellEffect:
    """What weights change for one cell of a task's training examples.

    `share` and `weighted_share` are of the training examples, `declared` of the population. Errors are out of fold and
    have the client as their unit, None where no classifier can be measured; the difference is weighted minus not, on
    the same examples, None where the cell has too few clients to tell.
    """

    task: str
    cell: Cell
    examples: int
    effective: float
    share: float
    weighted_share: float
    declared: float
    error: Interval | None
    weighted_error: Interval | None
    difference: Interval | None


def training_weights(profiles: Sequence[Mapping[str, str]], population: Population, settings: Settings) -> Floats:
    """A weight for each training example of one task, of mean 1, none above the cap."""
    margins = []
    for fields in population.margins():
        shares = population.declared[fields]
        cells = sorted(shares)
        place = {cell: number for number, cell in enumerate(cells)}
        own = np.array([place.get(cell_of(profile, fields), -1) for profile in profiles], dtype=np.int64)
        margins.append((own, np.array([shares[cell] for cell in cells])))
    return rake(margins, len(profiles), settings.max_weight)


def cell_of(profile: Mapping[str, str], fields: Fields) -> Cell:
    """The cell of these fields that a profile is in; an empty one where it lacks a field."""
    return tuple((field, profile[field]) for field in fields) if set(fields) <= profile.keys() else ()


def effects(
    task: str,
    examples: Sequence[Example],
    population: Population,
    settings: Settings,
    *,
    multi_label: bool,
    seed: int,
) -> list[CellEffect]:
    """What the weights of one task's training examples change, cell by declared cell; single fields first."""
    weights = np.array([example.weight for example in examples])
    judged = _judged(examples, weights, settings, multi_label=multi_label, seed=seed)
    found = []
    for fields in population.fields:
        own = [cell_of(example.profile, fields) for example in examples]
        known = np.array([bool(cell) for cell in own])
        for cell, declared in sorted(population.shares[fields].items()):
            inside = np.array([each == cell for each in own])
            if not inside.any():
                continue
            plain, weighted, difference = judged.of(inside, settings, seed) if judged else (None,) * 3
            found.append(
                CellEffect(
                    task=task,
                    cell=cell,
                    examples=int(inside.sum()),
                    effective=effective_size(weights[inside]),
                    share=float(inside.sum() / known.sum()),
                    weighted_share=float(weights[inside].sum() / weights[known].sum()),
                    declared=declared,
                    error=plain,
                    weighted_error=weighted,
                    difference=difference,
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class _Judged:
    """Which of the examples were judged wrongly, without weights and with; `rows` are those that were judged."""

    rows: NDArray[np.int64]
    groups: Sequence[str]
    wrong: Floats
    weighted: Floats

    def of(self, inside: NDArray[np.bool_], settings: Settings, seed: int) -> tuple[Interval | None, ...]:
        """The errors on some of the examples and their difference, with intervals over clients.

        Errors have Wilson's interval, the difference a bootstrap's over clients. Of fewer clients than `min_per_cell`
        no difference is told: a bootstrap of a few that agree by chance would be sure of nothing changing.
        """
        chosen = np.flatnonzero(inside[self.rows])
        if not len(chosen):
            return None, None, None
        groups = [self.groups[row] for row in chosen.tolist()]
        _, clients = np.unique(groups, return_inverse=True)
        first, second = (
            mean_rate(mean_by_client(wrong[chosen], clients), settings.confidence)
            for wrong in (self.wrong, self.weighted)
        )
        if clients.max() + 1 < settings.min_per_cell:
            return first, second, None
        return first, second, self._difference(chosen, groups, settings.confidence, seed)

    def _difference(self, chosen: NDArray[np.int64], groups: Sequence[str], confidence: float, seed: int) -> Interval:
        wrong, weighted = self.wrong[chosen], self.weighted[chosen]
        if (wrong == weighted).all():  # nothing to draw from: as much either way as may be in so many without showing
            most = wilson(0, len(set(groups)), confidence).high
            return Interval(0.0, -most, most)
        own = np.unique(groups, return_inverse=True)[1]
        by_client = np.bincount(own, weights=weighted - wrong) / np.bincount(own)
        return cluster_bootstrap(
            np.stack([by_client, np.ones(len(by_client))], axis=1),
            _mean,
            range(len(by_client)),
            draws=DRAWS,
            confidence=confidence,
            seed=seed,
        )


def _mean(sums: Floats) -> Floats:
    """The mean over clients of what is summed over them."""
    return np.asarray(sums[..., 0] / sums[..., 1], dtype=np.float64)


def _judged(
    examples: Sequence[Example], weights: Floats, settings: Settings, *, multi_label: bool, seed: int
) -> _Judged | None:
    """Every example judged by a classifier that was trained without its group, with weights and without."""
    rows = [row for row, example in enumerate(examples) if example.target.labels is not None][:MOST_JUDGED]
    chosen = [examples[row] for row in rows]
    labels = sorted({label for example in chosen for label in example.target.labels or ()})
    if len(labels) < 2 or len({example.group for example in chosen}) < 2:
        return None
    truth = np.array([[label in (e.target.labels or ()) for label in labels] for e in chosen], dtype=np.int64)
    wrong = []
    for counted in (None, weights[rows]):
        wanted = truth if multi_label else truth.argmax(axis=1)
        given = out_of_fold(chosen, wanted, WrongLabels(), seed, weights=counted)
        if multi_label:
            wrong.append(((given > 0.5) != (truth > 0)).any(axis=1).astype(np.float64))
        else:
            wrong.append((given.argmax(axis=1) != wanted).astype(np.float64))
    return _Judged(np.array(rows), [example.group for example in chosen], wrong[0], wrong[1])
