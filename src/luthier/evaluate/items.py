"""Which items are measured, and which of them a system is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from luthier.config import Config, GenerateTask, SystemName, Task
from luthier.errors import RefusedError
from luthier.records import Example, Split
from luthier.statistics.draw import draw


def items_of(config: Config, examples: Sequence[Example], split: Split) -> dict[str, list[Example]]:
    """Task -> the split's examples of it, for every task of the project.

    Raises `RefusedError` for a task without examples there, and for an example without the right answer its task
    needs: a text, or labels, exactly one where an item has one.
    """
    items: dict[str, list[Example]] = {name: [] for name in config.tasks}
    for example in examples:
        if example.split == split and example.task in items:
            _refuse_unanswered(config.tasks[example.task], example)
            items[example.task].append(example)
    for name, own in items.items():
        if not own:
            raise RefusedError(
                f"'{name}' has no examples in the {split} split", fix="Change `split` or add sources, then curate again"
            )
    return items


def asked(config: Config, system: SystemName, items: Mapping[str, Sequence[Example]]) -> list[Example]:
    """The examples a system is asked, task after task: all, or `evaluate.max_items` of each task drawn at random.

    Of two systems with different limits the one is asked a part of what the other is.
    """
    most = config.evaluate.max_items.get(system)
    return [example for own in items.values() for example in draw(own, most, config.seed)]


def _refuse_unanswered(task: Task, example: Example) -> None:
    labels = example.target.labels
    if isinstance(task, GenerateTask):
        wrong = "no text as its right answer" if not (example.target.text or "").strip() else None
    elif labels is None:
        wrong = "no labels as its right answer"
    else:
        wrong = (
            f"{len(labels)} labels, and '{example.task}' wants one"
            if not task.multi_label and len(labels) != 1
            else None
        )
    if wrong:
        raise RefusedError(f"example {example.id} has {wrong}", where=str(example.source), fix="Correct the source")
