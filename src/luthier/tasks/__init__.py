"""What a specialist does: each task kind renders its fields, writes and reads answers, and names its metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from luthier.config import Config, GenerateTask
from luthier.errors import RefusedError
from luthier.records import Example
from luthier.tasks.classify import Classify
from luthier.tasks.generate import Generate
from luthier.tasks.task import Task

__all__ = ["Classify", "Generate", "Task", "build", "labels_of"]


def labels_of(config: Config, train: Iterable[Example]) -> dict[str, tuple[str, ...]]:
    """`classify` task -> its labels in order: those its settings list, or else those that training examples carry."""
    seen: dict[str, set[str]] = {}
    for example in train:
        seen.setdefault(example.task, set()).update(example.target.labels or ())
    return {
        name: tuple(task.labels) or tuple(sorted(seen.get(name, ())))
        for name, task in config.tasks.items()
        if not isinstance(task, GenerateTask)
    }


def build(config: Config, labels: Mapping[str, Sequence[str]] | None = None) -> dict[str, Task]:
    """The project's tasks by name.

    Args:
        labels: task -> its labels in order, as `labels_of` finds them or a tuned model learnt them; without it, those
            that the settings list.

    Raises `RefusedError` for a `classify` task that leaves nothing to choose between.
    """
    known = labels_of(config, ()) if labels is None else labels
    tasks: dict[str, Task] = {}
    for name, settings in config.tasks.items():
        if isinstance(settings, GenerateTask):
            tasks[name] = Generate(name, settings)
        else:
            tasks[name] = Classify(name, settings, tuple(known[name]))
            _refuse_without_choice(name, tuple(known[name]), settings.multi_label)
    return tasks


def _refuse_without_choice(name: str, labels: tuple[str, ...], multi_label: bool) -> None:
    if len(labels) >= (1 if multi_label else 2):
        return
    found = f"only one label, '{labels[0]}'" if labels else "no labels: none is listed, and no training example has any"
    raise RefusedError(
        f"there is nothing to choose between: it has {found}",
        where=f"task '{name}'",
        fix="List its labels in luthier.yaml, add examples of others"
        + ("" if multi_label else ", or set multi_label: true if an item may carry none"),
    )
