"""Behind a task's headline: slices of the items, label by label, confusions, and how far two right answers agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from luthier.config import GenerateTask
from luthier.evaluate.measure import Sampling, intervals
from luthier.evaluate.measured_task import Answered, MeasuredTask
from luthier.metrics.classification import confusion, label_figures
from luthier.metrics.rouge import rouge_tally
from luthier.metrics.tally import defined
from luthier.metrics.task_metrics import USE_STEMMER

SMALLEST_SLICE = 10  # below that, an interval spans nearly everything and a figure only misleads


def slices(measured: MeasuredTask, headline: str, sampling: Sampling) -> dict[str, Any]:
    """Profile field -> value -> system -> the headline there, with its n. Slices below ten items are left out."""
    by_field: dict[str, dict[str, list[int]]] = {}
    for place, example in enumerate(measured.examples):
        for field, value in example.profile.items():
            by_field.setdefault(field, {}).setdefault(value, []).append(place)
    found: dict[str, Any] = {}
    for field, by_value in sorted(by_field.items()):
        for value, places in sorted(by_value.items()):
            figures = {
                system: _slice(measured, answered, np.intersect1d(answered.places, places), headline, sampling)
                for system, answered in measured.answered.items()
            }
            large = {system: figure for system, figure in figures.items() if figure["n"] >= SMALLEST_SLICE}
            if large:
                found.setdefault(field, {})[value] = large
    return found


def _slice(
    measured: MeasuredTask, answered: Answered, places: Any, headline: str, sampling: Sampling
) -> dict[str, Any]:
    if len(places) < SMALLEST_SLICE:
        return {"n": len(places)}
    figures = intervals(answered.on(places), measured.groups(places), sampling, [headline])
    return {**figures[headline].plain(), "n": len(places)}


def by_label(measured: MeasuredTask) -> dict[str, Any] | None:
    """System -> label -> its figures and counts; None for texts."""
    if isinstance(measured.task, GenerateTask):
        return None
    return {
        system: {
            label: {name: _count_or_figure(name, number) for name, number in figures.items()}
            for label, figures in label_figures(answered.tally, measured.labels).items()
        }
        for system, answered in measured.answered.items()
    }


def _count_or_figure(name: str, number: float) -> float | int | None:
    return defined(number) if name in ("precision", "recall", "f1") else int(number)


def confusions(measured: MeasuredTask) -> dict[str, Any] | None:
    """System -> which label was answered for which; None for texts and for several labels an item."""
    if isinstance(measured.task, GenerateTask) or measured.task.multi_label:
        return None
    found = {}
    for system, answered in measured.answered.items():
        truths = [measured.examples[place].target.labels or () for place in answered.places]
        names, counts = confusion(truths, [p.labels for p in answered.predictions], measured.labels)
        found[system] = {"labels": names, "counts": counts.tolist()}
    return found


def ceiling(measured: MeasuredTask, sampling: Sampling) -> dict[str, Any] | None:
    """How far the reference agrees with another right text of the same item, over the items that have one.

    Two people who both answer rightly choose different words; no system can be asked to agree with one of them more.
    """
    twice = [example for example in measured.examples if example.alternatives]
    if not isinstance(measured.task, GenerateTask) or not twice:
        return None
    tally = rouge_tally(
        [example.target.text or "" for example in twice],
        [example.alternatives[0] for example in twice],
        use_stemmer=USE_STEMMER,
    )
    figures = intervals(tally, [example.group for example in twice], sampling, list(tally.figures))
    return {metric: figure.plain() for metric, figure in figures.items()}
