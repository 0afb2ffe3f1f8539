"""Sampling weights of the training examples, written with them, and what they change."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from luthier.config import ClassifyTask, Config
from luthier.curate.compare.cell_weights import CellEffect, effects, training_weights
from luthier.curate.compare.population import Population
from luthier.errors import RequestError
from luthier.records import Example
from luthier.statistics.draw import in_drawn_order
from luthier.statistics.raking import effective_size


class Weighting:
    """Weights of one curation: computed from what is trained on, given to each example as it is written.

    Raises `RequestError` where no population is declared.
    """

    def __init__(self, config: Config, population: Population) -> None:
        settings = config.curate.coverage
        if settings is None or not population.declared:
            raise RequestError(
                "weights are asked for, and no population is declared that they could reach",
                where="luthier.yaml, curate.coverage.weights",
                fix="Declare population, cells or population_file, or set weights to off",
            )
        self.config, self.population, self.settings = config, population, settings
        self._weights: dict[str, float] = {}
        self._effective: dict[str, tuple[int, float]] = {}

    def compute(self, rows: Iterable[tuple[str, str, dict[str, str]]]) -> None:
        """From the id, the task and the profile of every training example."""
        by_task: dict[str, list[tuple[str, dict[str, str]]]] = defaultdict(list)
        for identity, task, profile in rows:
            by_task[task].append((identity, profile))
        for task, own in sorted(by_task.items()):
            weights = training_weights([profile for _, profile in own], self.population, self.settings)
            self._effective[task] = len(own), effective_size(weights)
            self._weights |= {identity: float(weight) for (identity, _), weight in zip(own, weights, strict=True)}

    def weighted(self, example: Example) -> Example:
        """The example with its weight; only training examples have another than 1."""
        weight = self._weights.get(example.id)
        return example if weight is None else dataclasses.replace(example, weight=weight)

    def summary(self, examples: Iterable[Example]) -> dict[str, Any]:
        """What the weights change, given the curated examples: sizes by task, and each cell's effect."""
        weights = np.array(list(self._weights.values()))
        return {
            "largest": float(weights.max()) if len(weights) else None,
            "cap": self.settings.max_weight,
            "tasks": {task: {"n": n, "effective_n": size} for task, (n, size) in self._effective.items()},
            "cells": list(self._effects(examples)),
        }

    def _effects(self, examples: Iterable[Example]) -> Iterator[CellEffect]:
        by_task: dict[str, list[Example]] = defaultdict(list)
        for example in examples:
            if example.split == "train":
                by_task[example.task].append(example)
        for task, own in sorted(by_task.items()):
            settings = self.config.tasks[task]
            yield from effects(
                task,
                in_drawn_order(own, self.config.seed),
                self.population,
                self.settings,
                multi_label=isinstance(settings, ClassifyTask) and settings.multi_label,
                seed=self.config.seed,
            )
