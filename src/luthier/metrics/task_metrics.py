"""Which figures each kind of task is measured by, and a task's answers as a tally."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.config import GenerateTask, Task
from luthier.metrics.classification import label_tally
from luthier.metrics.rouge import rouge_tally
from luthier.metrics.tally import Tally
from luthier.records import Example, Prediction

_AVERAGED = ("precision_micro", "precision_macro", "recall_micro", "recall_macro", "f1_micro", "f1_macro")
USE_STEMMER = True  # of ROUGE; said in every scorecard


def metric_names(task: Task) -> tuple[str, ...]:
    """Every metric of a task. An item with several labels is right as a whole or not: that is `exact_match` alone."""
    if isinstance(task, GenerateTask):
        return ("rouge1", "rouge2", "rougeL", "exact_match")
    return ("exact_match", *_AVERAGED) if task.multi_label else ("accuracy", "exact_match", *_AVERAGED)


def main_metrics(task: Task) -> tuple[str, ...]:
    """The metrics on which systems are compared, the headline first."""
    if isinstance(task, GenerateTask):
        return ("rougeL", "rouge1", "rouge2")
    return ("f1_macro", "f1_micro", "exact_match") if task.multi_label else ("accuracy", "f1_macro")


def task_tally(
    task: Task, labels: Sequence[str], examples: Sequence[Example], predictions: Sequence[Prediction]
) -> Tally:
    """The tally of a task's answers, with the figures of `metric_names`.

    Args:
        labels: of a `classify` task, every label it knows; see `known_labels`.
        examples: with their targets.
        predictions: in the examples' order.
    """
    if isinstance(task, GenerateTask):
        return rouge_tally(
            [example.target.text or "" for example in examples],
            [prediction.text for prediction in predictions],
            use_stemmer=USE_STEMMER,
        )
    whole = label_tally(
        [example.target.labels or () for example in examples],
        [prediction.labels for prediction in predictions],
        labels,
    )
    names = metric_names(task)
    return Tally(
        whole.sums,
        figures={name: whole.figures[name] for name in names},
        proportions={name: column for name, column in whole.proportions.items() if name in names},
    )


def known_labels(task: Task, examples: Sequence[Example]) -> tuple[str, ...]:
    """A `classify` task's labels: those of its settings in their order, then what else `examples` carry, sorted."""
    if isinstance(task, GenerateTask):
        return ()
    seen = {label for example in examples for label in example.target.labels or ()}
    return (*task.labels, *sorted(seen - set(task.labels)))
