"""Answers to `classify` tasks: from label heads, or from the likelihood of each label's words.

Both give every label a confidence in [0, 1], so that thresholds, calibration and reports do not ask which it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from luthier.chat_template import ChatTemplate
from luthier.inference.engine import Done, Engine, Ids, ignore
from luthier.inference.label_heads import probabilities
from luthier.inference.specialist import SpecialistModel
from luthier.tasks import Classify


def head_confidences(
    engine: Engine,
    module: SpecialistModel,
    template: ChatTemplate,
    task: Classify,
    prompts: Sequence[Ids],
    done: Done = ignore,
) -> Tensor:
    """Confidences of shape (prompts, labels) from the task's label head."""
    own_from = [template.own_from(task, prompt) for prompt in prompts]
    logits = torch.empty(len(prompts), len(task.labels))
    for numbers, states in engine.states(prompts, own_from, module.head_layers, done):
        with torch.inference_mode():
            logits[numbers] = module.heads(task.name, states).cpu()
    return probabilities(logits, multi_label=task.multi_label)


def word_scores(
    engine: Engine, template: ChatTemplate, task: Classify, prompts: Sequence[Ids], done: Done = ignore
) -> Tensor:
    """Log-probabilities of shape (prompts, answers) of each of `task.answers()` as the whole answer."""
    answers = [template.target(answer) for answer in task.answers()]
    return engine.continuation_log_probs(prompts, answers, done)


def word_confidences(scores: Tensor, task: Classify) -> Tensor:
    """Confidences of shape (prompts, labels) from `word_scores`.

    For single labels, the share of the probability that the labels have among them. For label sets, each label against
    the answer that says none applies.
    """
    if not task.multi_label:
        return torch.softmax(scores, dim=1)
    return torch.sigmoid(scores[:, :-1] - scores[:, -1:])
