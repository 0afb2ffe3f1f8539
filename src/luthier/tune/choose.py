"""How each `classify` task of a finished specialist answers: dev decides between label head and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from luthier.chat_template import ChatTemplate
from luthier.inference.engine import Engine
from luthier.inference.label_answers import head_confidences, word_confidences, word_scores
from luthier.inference.specialist import AnsweredBy, SpecialistModel, TaskAnswer
from luthier.inference.thresholds import Floats, judge_on_dev
from luthier.records import Example
from luthier.tasks import Classify, Task
from luthier.tune.encode import answered_by
from luthier.tune.settings import Resolved


def choose(
    module: SpecialistModel,
    tasks: Mapping[str, Task],
    dev: Sequence[Example],
    template: ChatTemplate,
    settings: Resolved,
) -> tuple[dict[str, TaskAnswer], dict[str, Any]]:
    """How each task is answered, with thresholds, and what dev showed: task -> way -> accuracy or macro F1."""
    engine = Engine(module.model, row_tokens=settings.row_tokens)
    answers: dict[str, TaskAnswer] = {}
    shown: dict[str, Any] = {}
    for name, task in tasks.items():
        if not isinstance(task, Classify):
            answers[name] = TaskAnswer("generated")
            continue
        own = [example for example in dev if example.task == name]
        ways = _confidences(engine, module, task, own, template, settings)
        judged = {way: judge_on_dev(task, own, scores) for way, scores in ways.items()}
        best: AnsweredBy = max(judged, key=lambda way: judged[way].rank)
        answers[name] = TaskAnswer(best, task.labels, judged[best].thresholds)
        shown[name] = {way: found.figure for way, found in judged.items()}
    return answers, shown


def _confidences(
    engine: Engine,
    module: SpecialistModel,
    task: Classify,
    dev: Sequence[Example],
    template: ChatTemplate,
    settings: Resolved,
) -> dict[AnsweredBy, Floats]:
    prompts = [template.prompt(task, example.inputs, max_tokens=settings.max_tokens).ids for example in dev]
    by_head, by_words = answered_by(task, settings.label_head)
    found: dict[AnsweredBy, Floats] = {}
    if by_head:
        found["label_head"] = head_confidences(engine, module, template, task, prompts).double().numpy()
    if by_words:
        found["generated"] = word_confidences(word_scores(engine, template, task, prompts), task).double().numpy()
    return found
