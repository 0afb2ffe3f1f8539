"""The generic model, asked as well as one can ask it: `zero_shot`, and `few_shot` with worked examples in the prompt.

Every answer's meaning is listed in the instruction. Label answers are scored by the likelihood of their words, so that
no answer is lost to spelling; a generic model has strong habits about which words it likes, so each label's score can
be taken less its mean over dev's inputs (contextual calibration, Zhao et al. 2021), and dev says which is better.
Thresholds for label sets are fitted on dev, as for every other system. Worked examples come from training alone; every
number of them in `evaluate.few_shot.k` is tried on dev and the best kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from luthier import base_models
from luthier.chat_template import OMITTED, ChatTemplate, Prompt
from luthier.config import Config
from luthier.errors import RefusedError
from luthier.inference.engine import Engine
from luthier.inference.label_answers import word_confidences, word_scores
from luthier.inference.shots import choose_shots
from luthier.inference.systems.system import by_task
from luthier.inference.systems.words import generated, labelled, mean_rouge
from luthier.inference.thresholds import Floats, judge_on_dev
from luthier.progress import Meter, say
from luthier.records import Example, Prediction
from luthier.statistics.draw import draw
from luthier.tasks import Classify, Task, build, labels_of


@dataclass(frozen=True, slots=True)
class _Way:
    """How one task is asked, as dev chose it."""

    shots: tuple[Example, ...]
    bias: Floats  # per answer, taken off its score
    thresholds: Mapping[str, float] = field(default_factory=dict)
    dev_figure: float | None = None


class Prompted:
    """The base model without any tuning."""

    def __init__(
        self,
        name: str,
        config: Config,
        root: Path,
        train: Sequence[Example],
        dev: Sequence[Example],
        *,
        worked_examples: bool,
    ) -> None:
        base = base_models.resolve(config.base_model, root=root)
        device = base_models.this_device()
        precision = base_models.precision_for(config.tune.precision, device)
        model = base_models.load_model(base, dtype=getattr(torch, precision)).to(device)  # type: ignore[arg-type]
        self.name, self.config, self._worked_examples = name, config, worked_examples
        self.tasks = build(config, labels_of(config, train))
        self.template = ChatTemplate(base_models.load_tokenizer(base))
        self.engine = Engine(model, row_tokens=config.tune.row_tokens)
        self.max_tokens = model.config.max_position_embeddings
        counts = config.evaluate.few_shot.k if worked_examples else [0]
        self._ways = {task: self._choose(task, counts, train, dev) for task in self.tasks}

    @property
    def choices(self) -> Mapping[str, Mapping[str, Any]]:
        return {
            task: {
                "worked_examples": len(way.shots),
                "dev_figure": way.dev_figure,
                "calibrated": bool(np.any(way.bias)),
                "thresholds": dict(way.thresholds),
            }
            for task, way in self._ways.items()
        }

    def answer(self, examples: Sequence[Example]) -> Iterator[Prediction]:
        for name, own in by_task(examples).items():
            task, way = self.tasks[name], self._ways[name]
            prompts = self._prompts(task, own, way.shots)
            if not isinstance(task, Classify):
                yield from generated(self.name, self.engine, self.template, task, own, prompts)
                continue
            started = time.monotonic()
            scores = self._scores(task, prompts) - way.bias
            yield from labelled(
                self.name,
                task,
                own,
                _confidences(scores, task),
                way.thresholds,
                seconds=time.monotonic() - started,
                prompts=prompts,
            )

    def _choose(self, name: str, counts: Sequence[int], train: Sequence[Example], dev: Sequence[Example]) -> _Way:
        task = self.tasks[name]
        own_train = [example for example in train if example.task == name]
        own_dev = draw(
            [example for example in dev if example.task == name],
            self.config.evaluate.few_shot.dev_items,
            self.config.seed,
        )
        best: _Way | None = None
        for count in counts:
            shots = choose_shots(own_train, count, seed=self.config.seed, task=task)
            if not self._fits(task, shots):
                say(f"{self.name}, {name}: {len(shots)} worked examples do not fit into {self.max_tokens} tokens")
                continue
            way = self._try(task, shots, own_dev, alone=len(counts) == 1)
            if best is None or (way.dev_figure or 0.0) > (best.dev_figure or 0.0):
                best = way
        if best is None:
            raise RefusedError(
                f"no prompt of '{name}' fits into the {self.max_tokens} tokens that {self.config.base_model} reads",
                where=self.name,
                fix="Shorten the instruction, its labels' meanings or max_target_tokens"
                + (", or give evaluate.few_shot.k a smaller number" if self._worked_examples else ""),
            )
        if len(counts) > 1:
            say(f"{self.name}, {name}: {len(best.shots)} worked examples did best on dev")
        return best

    def _try(self, task: Task, shots: tuple[Example, ...], dev: Sequence[Example], *, alone: bool) -> _Way:
        """One number of worked examples, judged on dev. `alone`: there is no other, so a text needs no judging."""
        nothing = np.zeros(1)
        if not isinstance(task, Classify):
            if alone or not dev:
                return _Way(shots, nothing)
            answers = generated(self.name, self.engine, self.template, task, dev, self._prompts(task, dev, shots))
            return _Way(shots, nothing, dev_figure=mean_rouge(dev, [answer.text for answer in answers]))
        if not dev:
            return _Way(shots, nothing, judge_on_dev(task, dev, np.zeros((0, len(task.labels)))).thresholds)
        scores = self._scores(task, self._prompts(task, dev, shots))
        judged = [
            (judge_on_dev(task, dev, _confidences(scores - bias, task)), bias)
            for bias in (nothing, scores.mean(axis=0))
        ]
        best, bias = max(judged, key=lambda pair: pair[0].rank)
        return _Way(shots, bias, best.thresholds, best.figure)

    def _fits(self, task: Task, shots: tuple[Example, ...]) -> bool:
        """Whether an input can be asked about behind these worked examples, however long it is."""
        long = dict.fromkeys(task.fields, 2 * OMITTED)
        try:
            self._prompt(task, long, shots)
        except RefusedError:
            return False
        return True

    def _prompts(self, task: Task, examples: Sequence[Example], shots: tuple[Example, ...]) -> list[Prompt]:
        return [self._prompt(task, example.inputs, shots) for example in examples]

    def _prompt(self, task: Task, inputs: Mapping[str, str], shots: tuple[Example, ...]) -> Prompt:
        return self.template.prompt(task, inputs, shots=shots, explain_labels=True, max_tokens=self.max_tokens)

    def _scores(self, task: Classify, prompts: Sequence[Prompt]) -> Floats:
        """Log-probabilities of shape (prompts, answers)."""
        with Meter(f"Scoring labels ({self.name}, {task.name})", len(prompts)) as meter:
            scores = word_scores(self.engine, self.template, task, [prompt.ids for prompt in prompts], meter.advance)
        return scores.double().numpy()


def _confidences(scores: Floats, task: Classify) -> Floats:
    return word_confidences(torch.from_numpy(scores), task).numpy()
