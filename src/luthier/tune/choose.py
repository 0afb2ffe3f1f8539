"""How each `classify` task of a finished specialist answers: dev decides between label head and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from luthier.chat_template import ChatTemplate
from luthier.inference.engine import Engine
from luthier.inference.label_answers import head_confidences, word_confidences, word_scores
from luthier.inference.specialist import AnsweredBy, SpecialistModel, TaskAnswer
from luthier.inference.thresholds import Floats, fit_thresholds, macro_f1, truth
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
        judged = {way: _judge(task, own, scores) for way, scores in ways.items()}
        best: AnsweredBy = max(judged, key=lambda way: judged[way][0])
        answers[name] = TaskAnswer(best, task.labels, judged[best][1])
        shown[name] = {way: figure for way, (figure, _) in judged.items()}
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
        found["label_head"] = head_confidences(engine, module.heads, task, prompts).double().numpy()
    if by_words:
        found["generated"] = word_confidences(word_scores(engine, template, task, prompts), task).double().numpy()
    return found


def _judge(task: Classify, dev: Sequence[Example], scores: Floats) -> tuple[float, dict[str, float]]:
    """The figure dev decides by, and the thresholds that give it (none for single labels)."""
    wanted = truth([example.target.labels or () for example in dev], task.labels)
    if not len(dev):
        return 0.0, dict.fromkeys(task.labels, 0.5) if task.multi_label else {}
    if not task.multi_label:
        return float(np.mean(wanted[np.arange(len(dev)), scores.argmax(axis=1)])), {}
    thresholds = fit_thresholds(scores, wanted)
    return macro_f1(scores >= thresholds, wanted), dict(zip(task.labels, thresholds.tolist(), strict=True))
