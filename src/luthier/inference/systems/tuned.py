"""The specialist: the base model with what tuning added."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from luthier import base_models
from luthier.chat_template import ChatTemplate
from luthier.config import Config
from luthier.inference.engine import Engine, Ids
from luthier.inference.label_answers import head_confidences, word_confidences, word_scores
from luthier.inference.specialist import Specialist
from luthier.inference.systems.system import by_task
from luthier.inference.systems.words import generated, labelled
from luthier.progress import Meter, say
from luthier.records import Example, Prediction
from luthier.store.artefacts import Artefact
from luthier.tasks import Classify


class Tuned:
    """Answers as `specialist.json` says: from label heads or in words."""

    name = "tuned"

    def __init__(self, config: Config, root: Path, artefact: Artefact) -> None:
        self.specialist = Specialist.load(artefact, config, root)
        self._say_other_precision(config)
        self.template = ChatTemplate(self.specialist.tokenizer)
        self.engine = Engine(self.specialist.module.model, row_tokens=config.tune.row_tokens)

    @property
    def choices(self) -> Mapping[str, Mapping[str, Any]]:
        return {
            name: {"answered_by": answer.answered_by, "thresholds": dict(answer.thresholds)}
            for name, answer in self.specialist.card.tasks.items()
        }

    def answer(self, examples: Sequence[Example]) -> Iterator[Prediction]:
        for name, own in by_task(examples).items():
            task, card = self.specialist.tasks[name], self.specialist.card
            prompts = [self.template.prompt(task, example.inputs, max_tokens=card.max_tokens) for example in own]
            if not isinstance(task, Classify):
                yield from generated(self.name, self.engine, self.template, task, own, prompts)
                continue
            started = time.monotonic()
            confidences = self._confidences(task, [prompt.ids for prompt in prompts])
            yield from labelled(
                self.name,
                task,
                own,
                confidences.double().numpy(),
                card.tasks[name].thresholds,
                seconds=time.monotonic() - started,
                prompts=prompts,
            )

    def _say_other_precision(self, config: Config) -> None:
        """A specialist answers as it was tuned, also on a machine where the generic model would be held otherwise."""
        tuned_in = self.specialist.card.precision
        generic = base_models.precision_for(config.tune.precision, base_models.this_device())
        if tuned_in != generic:
            say(
                f"The specialist was tuned in {tuned_in}, the generic model answers here in {generic}: "
                f"set tune.precision: {tuned_in} to compare them alike"
            )

    def _confidences(self, task: Classify, prompts: Sequence[Ids]) -> Tensor:
        with Meter(f"Labelling ({self.name}, {task.name})", len(prompts)) as meter:
            if self.specialist.card.tasks[task.name].answered_by == "label_head":
                return head_confidences(
                    self.engine, self.specialist.module, self.template, task, prompts, meter.advance
                )
            return word_confidences(word_scores(self.engine, self.template, task, prompts, meter.advance), task)
