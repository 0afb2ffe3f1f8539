"""Dev is scored while the model is tuned, by the figure that its tasks are judged by: the curve, the best checkpoint,
and an end to a run that gains nothing any more.

A `generate` task's answers are generated and compared by ROUGE-L, a `classify` task's come from its label head, or from
the likelihood of its labels' words where it has none. Scored is a random part of dev, the same every time. Figures of
so few items are noise to a few hundredths, so nothing here hangs on a small difference: a checkpoint is preferred to
the last one only where it is better by `min_improvement`, and patience is counted over many scorings.

What scoring costs is reckoned in tokens before the run starts, and not timed, so that a run that is repeated, or killed
and resumed, scores at the same steps and ends with the same weights.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from luthier.chat_template import ChatTemplate
from luthier.inference.engine import Engine
from luthier.inference.label_answers import head_confidences, word_confidences, word_scores
from luthier.inference.specialist import SpecialistModel
from luthier.inference.thresholds import judge_on_dev
from luthier.metrics.rouge import rouge
from luthier.metrics.task_metrics import USE_STEMMER
from luthier.packing import shared_prefix
from luthier.records import Example
from luthier.tasks import Classify, Task
from luthier.tune.batching import Item
from luthier.tune.encode import answered_by
from luthier.tune.settings import Resolved

Figures = dict[str, dict[str, float]]  # task -> metric -> value

FEWEST_ITEMS = 16
"""A task is scored on no fewer: where even these cost too much, or dev has fewer, dev is not scored."""
FEWEST_SCORINGS = 3
TRAINED_TOKEN = 2.0
"""What a token costs in training, in tokens read: it is read, and sent back through frozen weights."""
WRITTEN_STEP = {"cpu": 150, "cuda": 800}
"""What writing one token of up to `SIDE_BY_SIDE` answers side by side costs, in tokens read in packed rows. For 32
answers 65 were measured on a CPU (SmolLM2-135M, float32, one core). On a GPU, where a step waits for its launch,
nothing was measured, and the figure is meant to be too high."""
SIDE_BY_SIDE = 64
LONGER = 1.25
"""Answers are cut at so many times dev's longest target: a model that has not learned to stop must not cost more."""


@dataclass(frozen=True, slots=True)
class DevTask:
    """One task's share of what is scored, encoded."""

    task: Task
    examples: tuple[Example, ...]
    prompts: tuple[tuple[int, ...], ...]
    longest_answer: int  # tokens, where it is generated
    way: str  # "label_head", "likelihood" or "generated"

    @property
    def metric(self) -> str:
        if self.way == "generated":
            return "rougeL"
        return "f1_macro" if isinstance(self.task, Classify) and self.task.multi_label else "accuracy"

    def cost(self, device: str) -> float:
        """What scoring it once costs, in tokens read."""
        shared = len(shared_prefix(self.prompts))
        read = sum(len(prompt) - shared for prompt in self.prompts)
        if self.way == "generated":
            return read + -(-len(self.prompts) // SIDE_BY_SIDE) * self.longest_answer * WRITTEN_STEP[device]
        return float(read)


@dataclass(frozen=True, slots=True)
class DevScoring:
    """What of dev is scored, and at which steps. `share` is what that costs, as a part of the run's work."""

    tasks: tuple[DevTask, ...]
    at: frozenset[int]
    share: float
    patience: int | None
    min_improvement: float

    def stopping(self) -> EarlyStopping:
        """What keeps the figures of a run that is scored like this."""
        return EarlyStopping(self.patience, self.min_improvement)

    @property
    def said(self) -> str:
        """How dev is scored, in a line."""
        items = " and ".join(f"{len(own.examples)} of {own.task.name} ({own.metric})" for own in self.tasks)
        return f"dev is scored {len(self.at)} times on {items}, about {self.share:.0%} of the work"

    @property
    def items(self) -> dict[str, int]:
        """Task -> items that are scored."""
        return {own.task.name: len(own.examples) for own in self.tasks}

    def score(self, module: SpecialistModel, template: ChatTemplate, row_tokens: int, share: float = 1.0) -> Figures:
        """Each task's figure from the model as it is. Leaves the random state as it was.

        Args:
            share: of the usual sizes of rows and batches, where memory is short.
        """
        module.eval()
        engine = Engine(
            module.model,
            row_tokens=max(1, round(share * row_tokens)),
            batch_size=max(1, round(share * SIDE_BY_SIDE)),
        )
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            return {
                own.task.name: {own.metric: figure}
                for own in self.tasks
                if (figure := _figure(own, engine, module, template)) is not None
            }


def plan_scoring(
    dev: Sequence[Example],
    tasks: Mapping[str, Task],
    template: ChatTemplate,
    settings: Resolved,
    items: Sequence[Item],
    plan: Sequence[Sequence[int]],
    checkpoints: Sequence[int],
) -> DevScoring | None:
    """The most scorings, on the most items, that `settings.dev_max_cost` allows; None where too few are.

    Args:
        items: the training items; `plan` their numbers of every step.
        checkpoints: the steps after which checkpoints are written, the last one being the run's end.
    """
    if not settings.dev_max_cost:
        return None
    budget = settings.dev_max_cost * _training_cost(items, plan)
    count = settings.dev_items
    while count >= FEWEST_ITEMS:
        chosen = tuple(_dev_task(task, dev, template, settings, count) for task in tasks.values())
        if any(len(own.examples) < FEWEST_ITEMS for own in chosen):
            return None
        cost = sum(own.cost(settings.device) for own in chosen)
        times = min(len(checkpoints), int(budget // cost))
        if times >= min(FEWEST_SCORINGS, len(checkpoints)):
            at = frozenset(checkpoints[(number + 1) * len(checkpoints) // times - 1] for number in range(times))
            share = times * cost / _training_cost(items, plan)
            return DevScoring(chosen, at, share, settings.dev_patience, settings.dev_min_improvement)
        count //= 2
    return None


def _training_cost(items: Sequence[Item], plan: Sequence[Sequence[int]]) -> float:
    """What the planned steps cost, in tokens read; what the examples of a task share is not counted."""
    own = [len(item.prompt) - item.own_from + len(item.target) for item in items]
    return TRAINED_TOKEN * sum(own[number] for step in plan for number in step)


def _dev_task(task: Task, dev: Sequence[Example], template: ChatTemplate, settings: Resolved, count: int) -> DevTask:
    """Up to `count` of a task's dev examples, drawn by their ids alone."""
    own = [example for example in dev if example.task == task.name]
    own.sort(key=lambda example: random.Random(f"{settings.seed}:dev:{example.id}").random())
    chosen = tuple(own[:count])
    by_head = answered_by(task, settings.label_head)[0]
    way = ("label_head" if by_head else "likelihood") if isinstance(task, Classify) else "generated"
    longest = max((len(template.target(task.write(example.target))) for example in chosen), default=0)
    return DevTask(
        task=task,
        examples=chosen,
        prompts=tuple(template.prompt(task, example.inputs, max_tokens=settings.max_tokens).ids for example in chosen),
        longest_answer=min(task.max_target_tokens, round(LONGER * longest)),
        way=way,
    )


def _figure(own: DevTask, engine: Engine, module: SpecialistModel, template: ChatTemplate) -> float | None:
    """One task's figure, in [0, 1]."""
    task = own.task
    if not isinstance(task, Classify):
        answers = engine.generate(own.prompts, max_new_tokens=own.longest_answer, end_of_turn=template.end_of_turn)
        wanted = [example.target.text or "" for example in own.examples]
        written = [task.read(template.text(answer.ids)).text or "" for answer in answers]
        pairs = zip(wanted, written, strict=True)
        return sum(rouge(right, given, use_stemmer=USE_STEMMER)[own.metric] for right, given in pairs) / len(wanted)
    if own.way == "label_head":
        scores = head_confidences(engine, module, template, task, own.prompts)
    else:
        scores = word_confidences(word_scores(engine, template, task, own.prompts), task)
    return judge_on_dev(task, own.examples, scores.double().numpy()).figure


class EarlyStopping:
    """The dev figures of a run so far, and what follows from them.

    Args:
        patience: scorings in a row that may bring nothing; None: any number.
        min_improvement: by how much a score must exceed the best to count as better.
    """

    def __init__(self, patience: int | None, min_improvement: float) -> None:
        self.patience, self.min_improvement = patience, min_improvement
        self.history: list[tuple[int, float]] = []  # step, score

    def add(self, step: int, figures: Figures) -> float:
        """Takes the figures of a step and returns its score: the mean over tasks of the figure each is judged by."""
        values = [value for by_metric in figures.values() for value in by_metric.values()]
        score = sum(values) / len(values) if values else 0.0
        self.history.append((step, score))
        return score

    def best_until(self, step: int) -> int | None:
        """The step with the highest score up to `step`, the later of equal ones; None where none was scored."""
        seen = [(score, scored) for scored, score in self.history if scored <= step]
        return max(seen)[1] if seen else None

    @property
    def is_over(self) -> bool:
        """Whether patience has run out."""
        to_beat, waited = float("-inf"), 0
        for _, score in self.history:
            better = score > to_beat + self.min_improvement
            to_beat, waited = (score, 0) if better else (to_beat, waited + 1)
        return self.patience is not None and waited >= self.patience

    @property
    def better_than_last(self) -> int | None:
        """The step to go back to at the end: the best one, where it is clearly better than the last."""
        if not self.history:
            return None
        last, last_score = self.history[-1]
        best = self.best_until(last)
        scores = dict(self.history)
        return best if best is not None and scores[best] > last_score + self.min_improvement else None

    def state(self) -> list[list[Any]]:
        """What a checkpoint keeps of it."""
        return [list(entry) for entry in self.history]

    def restore(self, state: Sequence[Sequence[Any]]) -> None:
        """Becomes what `state` was taken of."""
        self.history = [(int(step), float(score)) for step, score in state]
