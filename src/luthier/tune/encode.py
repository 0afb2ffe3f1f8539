"""Examples as training items, and what that cost them: nothing is cut without being counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from luthier.chat_template import ChatTemplate
from luthier.records import Example
from luthier.tasks import Classify, Task
from luthier.tune.batching import Item
from luthier.tune.settings import Resolved


@dataclass(frozen=True, slots=True)
class Encoded:
    """Training items, and the ids of the examples that lost something on the way.

    `lengths` is example id -> (ids of its prompt, ids of its target with the end of turn), before anything was cut.
    """

    items: list[Item]
    truncated_inputs: list[str]
    truncated_targets: list[str]
    lengths: dict[str, tuple[int, int]] = field(default_factory=dict)


def encode(
    examples: Iterable[Example], tasks: Mapping[str, Task], template: ChatTemplate, settings: Resolved
) -> Encoded:
    """Examples as items of at most `settings.max_tokens` ids."""
    items: list[Item] = []
    truncated_inputs: list[str] = []
    truncated_targets: list[str] = []
    lengths: dict[str, tuple[int, int]] = {}
    for example in examples:
        task = tasks[example.task]
        by_head, by_words = answered_by(task, settings.label_head)
        target = template.target(task.write(example.target)) if by_words else ()
        whole_target = len(target)
        if len(target) > task.max_target_tokens + 1:  # the end of turn comes on top
            truncated_targets.append(example.id)
            target = target[: task.max_target_tokens]
        prompt = template.prompt(task, example.inputs, max_tokens=settings.max_tokens)
        if prompt.truncated:
            truncated_inputs.append(example.id)
        whole_prompt = len(template.prompt(task, example.inputs).ids) if prompt.truncated else len(prompt.ids)
        lengths[example.id] = (whole_prompt, whole_target)
        labels = None
        if by_head and isinstance(task, Classify):
            labels = tuple(float(label in (example.target.labels or ())) for label in task.labels)
        multi_label = isinstance(task, Classify) and task.multi_label
        own_from = template.own_from(task, prompt.ids)
        items.append(Item(example.id, example.task, prompt.ids, target, labels, multi_label, own_from, example.weight))
    return Encoded(items, truncated_inputs, truncated_targets, lengths)


def answered_by(task: Task, label_head: str) -> tuple[bool, bool]:
    """Whether a task's label head and whether its words are trained."""
    if not isinstance(task, Classify):
        return False, True
    return label_head != "never", label_head != "always"
