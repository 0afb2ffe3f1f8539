"""Which metrics a task has, and its answers as a tally."""

from __future__ import annotations

import numpy as np
import pytest

from luthier.config import ClassifyTask, GenerateTask, Task
from luthier.metrics.task_metrics import known_labels, main_metrics, metric_names, task_tally
from luthier.records import Example, Prediction, Provenance, Target

SUMMARY = GenerateTask(kind="generate", instruction="Summarise.", inputs={"note": ""})
INTENT = ClassifyTask(kind="classify", instruction="Classify.", inputs={"note": ""}, labels={"b": "", "a": ""})
FLAGS = ClassifyTask(kind="classify", instruction="Flag.", inputs={"note": ""}, multi_label=True)


def example(target: Target) -> Example:
    here = Provenance(source="notes", file="notes.csv")
    return Example(id="1", task="t", inputs={"note": "x"}, target=target, source=here, group="g")


def prediction(text: str | None = None, labels: tuple[str, ...] | None = None) -> Prediction:
    return Prediction(example_id="1", task="t", system="tuned", text=text, labels=labels)


@pytest.mark.parametrize(
    ("task", "headline"), [(SUMMARY, "rougeL"), (INTENT, "accuracy"), (FLAGS, "f1_macro")], ids=["text", "one", "set"]
)
def test_systems_are_compared_on_metrics_the_task_has(task: Task, headline: str) -> None:
    assert main_metrics(task)[0] == headline
    assert set(main_metrics(task)) <= set(metric_names(task))


def test_a_tally_has_the_figures_its_task_is_measured_by() -> None:
    text = task_tally(SUMMARY, (), [example(Target(text="It rose"))], [prediction("it rises")])
    assert set(text.figures) == set(metric_names(SUMMARY))
    one = task_tally(INTENT, ("b", "a"), [example(Target(labels=("a",)))], [prediction(labels=("a",))])
    assert set(one.figures) == set(metric_names(INTENT))
    assert one.value("accuracy") == 1.0
    several = task_tally(FLAGS, ("a", "b"), [example(Target(labels=()))], [prediction(labels=("b",))])
    assert set(several.figures) == set(metric_names(FLAGS))
    assert set(several.proportions) == {"exact_match"}


def test_labels_keep_the_order_of_the_settings_and_none_that_occurs_is_lost() -> None:
    examples = [example(Target(labels=("z",))), example(Target(labels=("a", "c")))]
    assert known_labels(INTENT, examples) == ("b", "a", "c", "z")
    assert known_labels(FLAGS, examples) == ("a", "c", "z")
    assert known_labels(SUMMARY, examples) == ()


def test_part_of_a_tally_is_the_tally_of_that_part() -> None:
    examples = [example(Target(labels=("a",))), example(Target(labels=("b",)))]
    answers = [prediction(labels=("a",)), prediction(labels=("a",))]
    whole = task_tally(INTENT, ("b", "a"), examples, answers)
    assert whole.take(np.array([1])).values() == task_tally(INTENT, ("b", "a"), examples[1:], answers[1:]).values()
