"""What is wrong among examples: training that knows the test, repeats itself, contradicts itself, or lacks labels."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from luthier.records import Example
from luthier.tasks import Classify
from luthier.tune.preflight.check import Check, Material, State, by_share

Inputs = tuple[str, ...]


def among_examples(material: Material) -> list[Check]:
    """Examples present, overlap and groups across splits, duplicates, conflicts, labels."""
    return [
        *_missing_tasks(material),
        *(_overlap(material, split) for split in material.measured),
        *(_shared_groups(material, split) for split in material.measured),
        _duplicates(material),
        _conflicts(material),
        *_labels(material),
    ]


def _missing_tasks(material: Material) -> Iterator[Check]:
    taught = {example.task for example in material.train}
    for task in material.tasks:
        if task not in taught:
            yield Check(
                name=f"examples of {task}",
                state="refuse",
                what=f"task '{task}' has no training examples",
                figure=0,
                limit=0,
                fix="Check its sources and the split",
            )


def read_alike(text: str) -> str:
    """A text without what a reader would not call a difference: case, spacing, and Unicode's ways of writing."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _exactly(example: Example, material: Material) -> Inputs:
    return (example.task, *(example.inputs[name] for name in material.tasks[example.task].fields))


def _alike(example: Example, material: Material) -> Inputs:
    return tuple(read_alike(text) for text in _exactly(example, material))


def _overlap(material: Material, split: str) -> Check:
    measured = material.measured[split]
    exact = {_exactly(example, material) for example in material.train}
    alike = {_alike(example, material) for example in material.train}
    same = sum(_exactly(example, material) in exact for example in measured)
    found = [example.id for example in measured if _alike(example, material) in alike]
    return by_share(
        f"overlap of train and {split}",
        found,
        len(measured),
        material.limits.max_overlap,
        setting="tune.preflight.max_overlap",
        found=f"{split} examples have inputs that stand in training too ({{share}}, the limit is {{limit}})",
        fix="Leave curate.remove.leakage on and curate again, or put those rows into one split",
        fine=f"no input of {split} stands in training",
        detail={"exact": same, "normalised": len(found)},
    )


def _shared_groups(material: Material, split: str) -> Check:
    ours = {example.group for example in material.train}
    first: dict[str, str] = {}
    for example in material.measured[split]:
        first.setdefault(example.group, example.id)
    shared = [group for group in first if group in ours]
    return by_share(
        f"groups in train and {split}",
        [first[group] for group in shared],
        len(first),
        material.limits.max_shared_groups,
        setting="tune.preflight.max_shared_groups",
        found=f"groups of {split} are in training too ({{share}}, the limit is {{limit}})",
        fix="Let `luthier curate` cut the splits by group, or take `split` off one of the sources",
        fine=f"no group of {split} is in training",
    )


def _duplicates(material: Material) -> Check:
    seen: set[tuple[Inputs, str]] = set()
    found = []
    for example in material.train:
        key = (_alike(example, material), _answer(example, material))
        if key in seen:
            found.append(example.id)
        seen.add(key)
    return by_share(
        "duplicates in training",
        found,
        len(material.train),
        material.limits.max_duplicates,
        setting="tune.preflight.max_duplicates",
        found="training examples repeat another ({share}, the limit is {limit})",
        fix="Leave curate.remove.duplicates on, and curate again",
        fine="no training example repeats another",
    )


def _conflicts(material: Material) -> Check:
    by_inputs: dict[Inputs, list[Example]] = defaultdict(list)
    for example in material.train:
        by_inputs[_alike(example, material)].append(example)
    found = [
        example.id
        for same in by_inputs.values()
        if len({_answer(example, material) for example in same}) > 1
        for example in same
    ]
    return by_share(
        "conflicting targets",
        found,
        len(material.train),
        material.limits.max_conflicts,
        setting="tune.preflight.max_conflicts",
        found="training examples have the inputs of another and a different target ({share}, the limit is {limit})",
        fix="Decide which target is right (`luthier explain` shows where each came from), and remove the others",
        fine="no two training examples ask the same and teach different answers",
    )


def _answer(example: Example, material: Material) -> str:
    target = example.target
    return read_alike("; ".join(sorted(target.labels)) if target.labels is not None else target.text or "")


def _labels(material: Material) -> Iterator[Check]:
    for name, task in material.tasks.items():
        train = [example for example in material.train if example.task == name]
        if isinstance(task, Classify) and train:
            counts = _counted(train)
            yield _untaught(task, counts)
            yield _unmeasured(task, material)
            yield _balance(task, counts, material)


def _counted(examples: Sequence[Example]) -> Counter[str]:
    return Counter(label for example in examples for label in example.target.labels or ())


def _untaught(task: Classify, counts: Counter[str]) -> Check:
    unseen = [label for label in task.labels if not counts[label]]
    more = f" (nor {len(unseen) - 1} more)" if len(unseen) > 1 else ""
    return Check(
        name=f"labels of {task.name} in train",
        state="refuse" if unseen else "ok",
        what=f"no training example of '{task.name}' carries the label '{unseen[0]}'{more}"
        if unseen
        else f"each of the {len(task.labels)} labels has a training example",
        figure=len(unseen),
        limit=0,
        fix="Collect examples of it, or take it out of the task's labels" if unseen else None,
        detail={"missing": unseen},
    )


def _unmeasured(task: Classify, material: Material) -> Check:
    dev = [example for example in material.measured.get("dev", ()) if example.task == task.name]
    counts = _counted(dev)
    unseen = [label for label in task.labels if not counts[label]]
    return Check(
        name=f"labels of {task.name} in dev",
        state="warn" if unseen else "ok",
        what=f"{len(unseen)} of {len(task.labels)} labels have no dev example, such as '{unseen[0]}': what is chosen "
        "on dev is chosen without them"
        if unseen
        else "each label has a dev example",
        figure=len(unseen),
        limit=0,
        fix="Collect more examples, or raise split.dev" if unseen else None,
        detail={"missing": unseen},
    )


def _balance(task: Classify, counts: Counter[str], material: Material) -> Check:
    """The rarest labels and the imbalance, of labels that occur at all."""
    limits = material.limits
    known = sorted((counts[label], label) for label in task.labels if counts[label])
    if not known:
        return Check(name=f"label balance of {task.name}", state="ok", what="no label occurs")
    (fewest, rarest), (most, commonest) = known[0], known[-1]
    ratio = most / fewest
    rare = [label for count, label in known if count < limits.min_label_examples]
    state: State = "warn" if rare or ratio > limits.max_imbalance else "ok"
    detail: dict[str, Any] = {"rarest": {label: count for count, label in known[:5]}, "most": {commonest: most}}
    return Check(
        name=f"label balance of {task.name}",
        state=state,
        what=f"the rarest label is '{rarest}' with {fewest}, the commonest '{commonest}' with {most} "
        f"({ratio:.1f} times as many)" + (f"; {len(rare)} have under {limits.min_label_examples}" if rare else ""),
        figure=round(ratio, 3),
        limit=limits.max_imbalance,
        setting="tune.preflight.max_imbalance" if not rare else "tune.preflight.min_label_examples",
        fix="Collect more examples of the rarest labels, or merge labels that are hardly told apart"
        if state == "warn"
        else None,
        detail=detail,
    )
