"""One task's part of the scorecard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from luthier.config import GenerateTask, Target
from luthier.evaluate.breakdowns import by_label, ceiling, confusions, slices
from luthier.evaluate.measure import Difference, Sampling, differences, intervals
from luthier.evaluate.measured_task import MeasuredTask
from luthier.evaluate.targets import judged
from luthier.evaluate.verdict import Against, verdict
from luthier.metrics.tally import defined
from luthier.metrics.task_metrics import USE_STEMMER, main_metrics, metric_names
from luthier.records import Prediction

RIVALS = ("classical", "few_shot", "zero_shot")  # what tuned is held against, the comparison that decides first


def task_card(measured: MeasuredTask, targets: Sequence[Target], sampling: Sampling) -> dict[str, Any]:
    """Everything the scorecard says of a task but what systems chose on dev.

    Args:
        targets: of this task.
    """
    task, examples = measured.task, measured.examples
    headline = main_metrics(task)[0]
    figures = {
        system: intervals(answered.tally, measured.groups(answered.places), sampling, metric_names(task))
        for system, answered in measured.answered.items()
    }
    counts = {system: len(answered.places) for system, answered in measured.answered.items()}
    groups = {example.group for example in examples}
    paired, comparisons = _comparisons(measured, sampling)
    sentence, needed = verdict(comparisons, headline, sampling.confidence, tuned_measured="tuned" in measured.answered)
    return {
        "kind": task.kind,
        "multi_label": not isinstance(task, GenerateTask) and task.multi_label,
        "n": len(examples),
        "groups": len(groups),
        "families": len({example.family for example in examples} - {None}),
        "independent": len(groups) == len(examples),
        "headline": headline,
        "stemmer": USE_STEMMER if isinstance(task, GenerateTask) else None,
        "systems": {system: {m: figure.plain() for m, figure in own.items()} for system, own in figures.items()},
        "n_by_system": counts,
        "paired": paired,
        "targets": [
            {name: defined(value) if isinstance(value, float) else value for name, value in target.items()}
            for target in judged(targets, figures, counts)
        ],
        "slices": slices(measured, headline, sampling),
        "labels": by_label(measured),
        "confusion": confusions(measured),
        "ceiling": ceiling(measured, sampling),
        "truncated": _counted(measured, lambda prediction: prediction.truncated_input),
        "unfinished": _counted(measured, lambda prediction: not prediction.stopped),
        "verdict": sentence,
        "needs_tuned_model": needed,
    }


def _comparisons(measured: MeasuredTask, sampling: Sampling) -> tuple[list[dict[str, Any]], list[Against]]:
    """Tuned minus every other system in every main metric, and in the headline for the verdict."""
    paired: list[dict[str, Any]] = []
    headline: list[Against] = []
    if "tuned" not in measured.answered:
        return paired, headline
    tuned = measured.answered["tuned"]
    for other in (system for system in RIVALS if system in measured.answered):
        rival = measured.answered[other]
        places = np.intersect1d(tuned.places, rival.places)
        groups = measured.groups(places)
        found = differences(tuned.on(places), rival.on(places), groups, sampling, main_metrics(measured.task))
        paired += [_paired("tuned", other, difference, len(places)) for difference in found]
        headline.append(Against(other, found[0].interval, len(places), len(set(groups))))
    return paired, headline


def _paired(a: str, b: str, difference: Difference, n: int) -> dict[str, Any]:
    value, low, high = (defined(number) for number in difference.interval)
    return {
        "a": a,
        "b": b,
        "metric": difference.metric,
        "difference": value,
        "low": low,
        "high": high,
        "p": difference.p,
        "n": n,
    }


def _counted(measured: MeasuredTask, is_so: Callable[[Prediction], bool]) -> dict[str, int]:
    """System -> of how many of its answers to this task something is so."""
    return {
        system: sum(is_so(prediction) for prediction in answered.predictions)
        for system, answered in measured.answered.items()
    }
