"""What a specialist does: each task kind renders its fields, writes and reads answers, and names its metrics."""

from __future__ import annotations

from luthier.config import Config, GenerateTask
from luthier.tasks.classify import Classify
from luthier.tasks.generate import Generate
from luthier.tasks.task import Task

__all__ = ["Classify", "Generate", "Task", "build"]


def build(config: Config, labels_seen: dict[str, list[str]] | None = None) -> dict[str, Task]:
    """The project's tasks by name.

    Args:
        labels_seen: task -> the labels of its training examples, for tasks whose settings list none.
    """
    seen = labels_seen or {}
    tasks: dict[str, Task] = {}
    for name, settings in config.tasks.items():
        if isinstance(settings, GenerateTask):
            tasks[name] = Generate(name, settings)
        else:
            tasks[name] = Classify(name, settings, tuple(settings.labels) or tuple(sorted(seen.get(name, []))))
    return tasks
