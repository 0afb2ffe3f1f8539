"""One task, its items, and every system's answers to them, ready to be measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luthier.config import Task
from luthier.evaluate.answers import Answers
from luthier.metrics.tally import Tally
from luthier.metrics.task_metrics import task_tally
from luthier.records import Example, Prediction

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """A system's answers: which of the task's items they belong to (ascending), as given, and as numbers."""

    places: Places
    predictions: tuple[Prediction, ...]
    tally: Tally

    def on(self, places: Places) -> Tally:
        """The tally of those of the task's items at `places`, all of which the system answered."""
        return self.tally.take(np.searchsorted(self.places, places))


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredTask:
    """A task with its examples on the measured split, and system -> its answers, in the settings' order.

    `labels` is what the task knows, empty for texts.
    """

    name: str
    task: Task
    labels: tuple[str, ...]
    examples: tuple[Example, ...]
    answered: Mapping[str, Answered]

    def groups(self, places: Iterable[int]) -> list[str]:
        """The groups of the items at `places`."""
        return [self.examples[place].group for place in places]


def measured_task(
    name: str, task: Task, labels: Sequence[str], examples: Sequence[Example], answers: Sequence[Answers]
) -> MeasuredTask:
    """Brings every system's answers to this task beside its examples, by id."""
    place_of = {example.id: place for place, example in enumerate(examples)}
    answered: dict[str, Answered] = {}
    for system in answers:
        own = sorted(
            (prediction for prediction in system.predictions if prediction.task == name),
            key=lambda prediction: place_of[prediction.example_id],
        )
        places = np.array([place_of[prediction.example_id] for prediction in own], dtype=np.intp)
        tally = task_tally(task, labels, [examples[place] for place in places], own)
        answered[system.system] = Answered(places, tuple(own), tally)
    return MeasuredTask(name, task, tuple(labels), tuple(examples), answered)
