"""Trials by tuning: what a sweep and a learning curve ask for, done by the tune stage itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from luthier.config import Config
from luthier.inference.systems.tuned import Tuned
from luthier.metrics.tally import Tally
from luthier.metrics.task_metrics import known_labels, main_metrics, task_tally
from luthier.records import Example
from luthier.store.artefacts import Artefact, ArtefactStore
from luthier.tune.run import tune
from luthier.tune.sweep import Trained
from luthier.tune.trial import Trial


class TunedTrials:
    """Tunes in a project, and scores on all of dev."""

    def __init__(self, root: Path, store: ArtefactStore) -> None:
        self.root, self.store = root, store

    def figure(self, config: Config, trial: Trial) -> Trained:
        """The mean of the tasks' headline figures; a task whose figure is undefined on dev is left out of it."""
        artefact = tune(config, self.root, self.store, trial=trial)
        by_task = {}
        for task, tally in self._tallies(config, artefact).items():
            value = tally.value(main_metrics(config.tasks[task])[0])
            if value is not None:
                by_task[task] = value
        return Trained(sum(by_task.values()) / max(1, len(by_task)), by_task, artefact.key)

    def tallies(self, config: Config, trial: Trial) -> Mapping[str, Tally]:
        """Each task's tally of its dev answers, a row an example, in the order of the curated examples."""
        return self._tallies(config, tune(config, self.root, self.store, trial=trial))

    def _tallies(self, config: Config, artefact: Artefact) -> dict[str, Tally]:
        examples = list(self.store.require("curate", "luthier curate").records("examples", Example))
        dev = [example for example in examples if example.split == "dev"]
        answers = {answer.example_id: answer for answer in Tuned(config, self.root, artefact).answer(dev)}
        found = {}
        for name, task in config.tasks.items():
            own = [example for example in dev if example.task == name]
            labels = known_labels(task, [example for example in examples if example.task == name])
            found[name] = task_tally(task, labels, own, [answers[example.id] for example in own])
        return found
