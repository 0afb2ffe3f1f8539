"""Examples as training items, and what that cost them: nothing is cut without being counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from luthier.chat_template import ChatTemplate
from luthier.errors import RefusedError
from luthier.records import Example
from luthier.tasks import Classify, Task
from luthier.tune.batching import Item
from luthier.tune.settings import Resolved


@dataclass(frozen=True, slots=True)
class Encoded:
    """Training items, and the ids of the examples that lost something on the way."""

    items: list[Item]
    truncated_inputs: list[str]
    truncated_targets: list[str]


def encode(
    examples: Iterable[Example], tasks: Mapping[str, Task], template: ChatTemplate, settings: Resolved
) -> Encoded:
    """Examples as items of at most `settings.max_tokens` ids."""
    items: list[Item] = []
    truncated_inputs: list[str] = []
    truncated_targets: list[str] = []
    for example in examples:
        task = tasks[example.task]
        by_head, by_words = answered_by(task, settings.label_head)
        target = template.target(task.write(example.target)) if by_words else ()
        if len(target) > task.max_target_tokens + 1:  # the end of turn comes on top
            truncated_targets.append(example.id)
            target = target[: task.max_target_tokens]
        prompt = template.prompt(task, example.inputs, max_tokens=settings.max_tokens)
        if prompt.truncated:
            truncated_inputs.append(example.id)
        labels = None
        if by_head and isinstance(task, Classify):
            labels = tuple(float(label in (example.target.labels or ())) for label in task.labels)
        multi_label = isinstance(task, Classify) and task.multi_label
        items.append(
            Item(example.id, example.task, prompt.ids, target, labels, multi_label, template.own_from(task, prompt.ids))
        )
    return Encoded(items, truncated_inputs, truncated_targets)


def answered_by(task: Task, label_head: str) -> tuple[bool, bool]:
    """Whether a task's label head and whether its words are trained."""
    if not isinstance(task, Classify):
        return False, True
    return label_head != "never", label_head != "always"


def refuse_if_cut(encoded: Encoded, limit: float) -> None:
    """Raises `RefusedError` where more than `limit` of the examples lost part of their input or target."""
    for what, ids, setting in (
        ("inputs do not fit tune.max_tokens", encoded.truncated_inputs, "tune.max_tokens"),
        ("targets are longer than their task's max_target_tokens", encoded.truncated_targets, "max_target_tokens"),
    ):
        share = len(ids) / max(1, len(encoded.items))
        if share > limit:
            raise RefusedError(
                f"{len(ids)} of {len(encoded.items)} training examples would be cut ({share:.0%}, the limit is "
                f"{limit:.0%}): their {what}; the first is {ids[0]}",
                fix=f"Raise {setting}, shorten the fields, or raise tune.max_truncated",
            )


def refuse_if_unseen(examples: Sequence[Example], tasks: Mapping[str, Task]) -> None:
    """Raises `RefusedError` where a task has no training example, or a label of it has none."""
    for name, task in tasks.items():
        own = [example for example in examples if example.task == name]
        if not own:
            raise RefusedError(f"task '{name}' has no training examples", fix="Check its sources and the split")
        if isinstance(task, Classify):
            seen = {label for example in own for label in example.target.labels or ()}
            unseen = [label for label in task.labels if label not in seen]
            if unseen:
                raise RefusedError(
                    f"no training example of '{name}' carries the label '{unseen[0]}'"
                    + (f" (nor {len(unseen) - 1} more)" if len(unseen) > 1 else ""),
                    fix="Collect examples of it, or take it out of the task's labels",
                )
