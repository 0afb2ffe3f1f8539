"""Figures with intervals, and differences between systems, by the method that fits the items.

Where every item is a group of its own, items are independent: a share of right answers gets Wilson's interval, and two
systems' right and wrong answers McNemar's exact test. Everything else comes from the bootstrap over groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from luthier.config import Config
from luthier.metrics.tally import Tally
from luthier.statistics.bootstrap import percentile_interval, resample
from luthier.statistics.intervals import Interval, wilson
from luthier.statistics.mcnemar import mcnemar_exact


class Sampling(NamedTuple):
    """How intervals are made."""

    draws: int
    confidence: float
    seed: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One system minus another in one metric, over the items both answered. `p` is McNemar's, where it applies."""

    metric: str
    interval: Interval
    p: float | None


def sampling_of(config: Config) -> Sampling:
    return Sampling(config.evaluate.draws, config.evaluate.confidence, config.seed)


def intervals(tally: Tally, groups: Sequence[str], sampling: Sampling, metrics: Sequence[str]) -> dict[str, Interval]:
    """Metric -> figure with interval; `groups` are the items'. Undefined is NaN."""
    independent = _independent(groups)
    drawn = resample(tally.sums, groups, sampling.draws, sampling.seed)
    found: dict[str, Interval] = {}
    for metric in metrics:
        right = tally.right(metric)
        if independent and right is not None:
            found[metric] = wilson(int(right.sum()), len(right), sampling.confidence)
            continue
        figure = tally.figures[metric]
        value = float(figure(tally.sums.sum(axis=0)))
        interval = percentile_interval(value, figure(drawn), sampling.confidence)
        found[metric] = _at_a_bound(interval, len(set(groups)), sampling.confidence)
    return found


def differences(
    a: Tally, b: Tally, groups: Sequence[str], sampling: Sampling, metrics: Sequence[str]
) -> list[Difference]:
    """`a` minus `b` in each metric; both tallies hold the same items in the same order, and get the same draws."""
    drawn = resample(np.hstack([a.sums, b.sums]), groups, sampling.draws, sampling.seed)
    drawn_a, drawn_b = np.hsplit(drawn, [a.sums.shape[1]])
    found = []
    for metric in metrics:
        figure = a.figures[metric]
        value = figure(a.sums.sum(axis=0)) - figure(b.sums.sum(axis=0))
        interval = percentile_interval(value, figure(drawn_a) - figure(drawn_b), sampling.confidence)
        found.append(Difference(metric, interval, _p(a, b, metric) if _independent(groups) else None))
    return found


def _p(a: Tally, b: Tally, metric: str) -> float | None:
    right_a, right_b = a.right(metric), b.right(metric)
    if right_a is None or right_b is None:
        return None
    return mcnemar_exact(int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum()))


def _independent(groups: Sequence[str]) -> bool:
    return len(set(groups)) == len(groups)


def _at_a_bound(interval: Interval, groups: int, confidence: float) -> Interval:
    """A figure of exactly 0 or 1 varies in no draw, which is no certainty: it gets Wilson's interval over groups."""
    if interval.value in (0.0, 1.0) and interval.low == interval.high:
        return wilson(round(interval.value * groups), groups, confidence)
    return interval
