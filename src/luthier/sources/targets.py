"""The right answer of an example: a text, or labels.

A cell with several labels separates them with the source's `label_separator`; a list in JSON or Parquet is taken as it
is. Labels are stripped and otherwise kept as written. For a task with `multi_label`, an empty text, an empty list and
the task's `none_label` say that the item carries no label; null, which says nothing, is a missing target.
"""

from __future__ import annotations

from luthier.config import ClassifyTask, GenerateTask
from luthier.config.nearest import nearest
from luthier.records import Target
from luthier.sources.cells import CellError, text_of
from luthier.sources.raw import quoted


def target_of(value: object, task: GenerateTask | ClassifyTask, column: str, separator: str) -> Target:
    """The target that a cell holds. Raises `CellError`, with the nearest valid label for one that is unknown."""
    if isinstance(task, GenerateTask):
        text = text_of(value, column)
        if text is None or not text.strip():
            raise _missing(column)
        return Target(text=text)
    written = _written(value, task, column, separator)
    labels = tuple(dict.fromkeys(label for label in written if label))
    return Target(labels=_several(labels, task, column) if task.multi_label else _one(labels, task, column))


def _written(value: object, task: ClassifyTask, column: str, separator: str) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [(text_of(item, column) or "").strip() for item in value]
    text = text_of(value, column)
    if text is None:
        raise _missing(column)
    if not separator or text.strip() in task.labels:  # a label may hold the separator
        return [text.strip()]
    return [part.strip() for part in text.split(separator)]


def _several(labels: tuple[str, ...], task: ClassifyTask, column: str) -> tuple[str, ...]:
    if labels == (task.none_label,):
        return ()
    if task.none_label in labels:
        reason = f"{quoted(task.none_label)} stands beside other labels"
        raise CellError("label.contradiction", reason, column=column, fix="Keep the one or the others")
    return _known(labels, task, column)


def _one(labels: tuple[str, ...], task: ClassifyTask, column: str) -> tuple[str, ...]:
    if not labels:
        raise _missing(column)
    if len(labels) > 1:
        reason = f"there are {len(labels)} labels where the task takes one: {', '.join(map(quoted, labels[:5]))}"
        fix = "Keep one, set the task's multi_label, or set a fields.label_separator that no label holds"
        raise CellError("label.several", reason, column=column, fix=fix)
    return _known(labels, task, column)


def _known(labels: tuple[str, ...], task: ClassifyTask, column: str) -> tuple[str, ...]:
    for label in labels:
        if task.labels and label not in task.labels:
            near = nearest(label, task.labels)
            fix = f"Write {quoted(near)}, if that is meant" if near else f"Write one of {', '.join(task.labels)}"
            raise CellError("label.unknown", f"the task has no label {quoted(label)}", column=column, fix=fix)
    return labels


def _missing(column: str) -> CellError:
    return CellError("target.missing", "there is no target", column=column, fix="Fill it in, or leave the row out")
