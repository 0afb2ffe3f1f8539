"""The scorecard: systems by metrics by slices with intervals, paired differences, targets, what it cost, on what data.

A pure function of what was measured. `report/scorecard.json` is this, unchanged; scripts rely on its names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from luthier import __version__
from luthier.config import Config
from luthier.evaluate.answers import Answers
from luthier.evaluate.measure import sampling_of
from luthier.evaluate.measured_task import measured_task
from luthier.evaluate.task_card import task_card
from luthier.metrics.task_metrics import known_labels
from luthier.records import Example, Split
from luthier.store.seal import Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a scorecard says besides figures.

    `created` is in ISO 8601, UTC; `data` is curation's summary; `train_seconds` is None where nothing tuned was
    measured.
    """

    cycle: int
    split: Split
    created: str
    openings: Sequence[Opening]
    train_seconds: float | None
    data: Mapping[str, Any]


def build_scorecard(
    config: Config,
    items: Mapping[str, Sequence[Example]],
    train: Sequence[Example],
    answers: Sequence[Answers],
    circumstances: Circumstances,
) -> dict[str, Any]:
    """The scorecard as JSON holds it; an undefined figure is None.

    Args:
        items: task -> its examples on the measured split.
        train: the training examples, for the labels they know.
        answers: one for each system, in the order in which they are shown.
    """
    sampling = sampling_of(config)
    tasks: dict[str, Any] = {}
    for name, examples in items.items():
        task = config.tasks[name]
        known = known_labels(task, [example for example in (*train, *examples) if example.task == name])
        measured = measured_task(name, task, known, examples, answers)
        targets = [target for target in config.evaluate.targets if target.task == name]
        tasks[name] = {
            **task_card(measured, targets, sampling),
            "choices": {own.system: dict(own.choices.get(name, {})) for own in answers},
        }
    return {
        "cycle": circumstances.cycle,
        "split": circumstances.split,
        "created": circumstances.created,
        "luthier": __version__,
        "name": config.name,
        "confidence": sampling.confidence,
        "draws": sampling.draws,
        "seal": {
            "opened": [{"when": o.when, "who": o.who, "cycle": o.cycle} for o in circumstances.openings],
        },
        "tasks": tasks,
        "cost": _cost(config, answers, circumstances.train_seconds),
        "data": circumstances.data,
    }


def _cost(config: Config, answers: Sequence[Answers], train_seconds: float | None) -> dict[str, Any]:
    """Seconds, and money where an hour of the machine has a price."""
    seconds = {own.system: own.seconds for own in answers}
    rate = config.report.hourly_rate
    hours = ((train_seconds or 0.0) + sum(seconds.values())) / 3600
    return {
        "train_seconds": train_seconds,
        "evaluate_seconds": seconds,
        "hourly_rate": rate,
        "currency": config.report.currency,
        "money": hours * rate if rate else None,
    }
