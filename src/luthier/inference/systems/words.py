"""What prompted and tuned systems share: answering a task's prompts with a model's own words."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence

from luthier.chat_template import ChatTemplate, Prompt
from luthier.inference.engine import Engine
from luthier.inference.thresholds import Floats
from luthier.metrics.rouge import rouge
from luthier.progress import Meter
from luthier.records import Example, Prediction
from luthier.tasks import Classify, Task


def generated(
    system: str,
    engine: Engine,
    template: ChatTemplate,
    task: Task,
    examples: Sequence[Example],
    prompts: Sequence[Prompt],
) -> Iterator[Prediction]:
    """Greedy texts. Confidence is the mean probability of a token (the geometric mean, as perplexity has it)."""
    started = time.monotonic()
    with Meter(f"Writing ({system}, {task.name})", len(prompts)) as meter:
        answers = engine.generate(
            [prompt.ids for prompt in prompts],
            max_new_tokens=task.max_target_tokens,
            end_of_turn=template.end_of_turn,
            done=meter.advance,
        )
    seconds = (time.monotonic() - started) / max(1, len(examples))
    for example, prompt, answer in zip(examples, prompts, answers, strict=True):
        spoken = len(answer.ids) + answer.stopped
        yield Prediction(
            example_id=example.id,
            task=task.name,
            system=system,
            text=task.read(template.text(answer.ids)).text,
            confidence=math.exp(answer.log_probability / max(1, spoken)),
            prompt_tokens=len(prompt.ids),
            output_tokens=spoken,
            seconds=seconds,
            truncated_input=prompt.truncated,
            stopped=answer.stopped,
        )


def mean_rouge(examples: Sequence[Example], answers: Sequence[str | None]) -> float | None:
    """Mean ROUGE-L of answers to examples, by which dev chooses among ways to write; None without examples."""
    figures = [
        rouge(example.target.text or "", answer or "")["rougeL"]
        for example, answer in zip(examples, answers, strict=True)
    ]
    return sum(figures) / len(figures) if figures else None


def labelled(
    system: str,
    task: Classify,
    examples: Sequence[Example],
    confidences: Floats,
    thresholds: Mapping[str, float],
    *,
    seconds: float,
    prompts: Sequence[Prompt] | None = None,
) -> Iterator[Prediction]:
    """Predictions from confidences of shape (examples, labels).

    A single-label answer is as sure as its label. A label set is as sure as its least certain decision: the smallest,
    over the labels, of the confidence of one that is given, or one less the confidence of one that is withheld.

    Args:
        seconds: what all the answers took.
    """
    for number, (example, row) in enumerate(zip(examples, confidences.tolist(), strict=True)):
        if task.multi_label:
            given = [score >= thresholds[label] for label, score in zip(task.labels, row, strict=True)]
            labels = tuple(label for label, yes in zip(task.labels, given, strict=True) if yes)
            confidence = min(score if yes else 1 - score for score, yes in zip(row, given, strict=True))
        else:
            confidence = max(row)
            labels = (task.labels[row.index(confidence)],)
        yield Prediction(
            example_id=example.id,
            task=task.name,
            system=system,
            labels=labels,
            scores=dict(zip(task.labels, row, strict=True)),
            confidence=confidence,
            prompt_tokens=len(prompts[number].ids) if prompts else 0,
            seconds=seconds / max(1, len(examples)),
            truncated_input=prompts[number].truncated if prompts else False,
        )
