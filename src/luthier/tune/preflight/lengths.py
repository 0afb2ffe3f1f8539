"""What is cut, what is left to learn, and which examples are far longer than the rest."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from luthier.tune.preflight.check import NAMED, Check, Material, by_share, percent

SHOWN_PERCENTILES = (50, 90, 99, 100)


def length_checks(material: Material) -> list[Check]:
    """Truncated inputs and targets, examples without a target, end of turn, outliers."""
    return [
        _truncated_inputs(material),
        _truncated_targets(material),
        _without_target(material),
        _end_of_turn(material),
        _outliers(material),
    ]


def _truncated_inputs(material: Material) -> Check:
    encoded = material.encoded
    fits_all = max(
        (
            encoded.lengths[example.id][0] + material.tasks[example.task].max_target_tokens + 1
            for example in material.train
            if example.id in encoded.lengths
        ),
        default=0,
    )
    return by_share(
        "truncated inputs",
        encoded.truncated_inputs,
        len(encoded.items),
        material.max_truncated,
        setting="tune.max_truncated",
        found="training examples would be cut ({share}, the limit is {limit}): their inputs do not fit tune.max_tokens",
        fix=f"Raise tune.max_tokens to {fits_all}, which fits all, shorten the fields, or raise tune.max_truncated",
        fine=f"every input fits the {material.settings.max_tokens} tokens of tune.max_tokens whole",
        detail={"max_tokens_that_fit_all": fits_all, "prompt_tokens": _percentiles(material, 0)},
    )


def _truncated_targets(material: Material) -> Check:
    encoded = material.encoded
    cut = set(encoded.truncated_targets)
    longest = max((encoded.lengths[number][1] - 1 for number in cut if number in encoded.lengths), default=0)
    return by_share(
        "truncated targets",
        encoded.truncated_targets,
        len(encoded.items),
        material.max_truncated,
        setting="tune.max_truncated",
        found="training examples would be cut ({share}, the limit is {limit}): their targets are longer than their "
        "task's max_target_tokens",
        fix=f"Raise max_target_tokens to {longest}, which fits all, shorten the targets, or raise tune.max_truncated",
        fine="every target is taught whole",
        detail={"target_tokens": _percentiles(material, 1)},
    )


def _percentiles(material: Material, which: int) -> dict[str, dict[str, int]]:
    """Task -> percentile -> tokens, before anything was cut."""
    found: dict[str, list[int]] = defaultdict(list)
    for example in material.train:
        if example.id in material.encoded.lengths:
            found[example.task].append(material.encoded.lengths[example.id][which])
    return {
        task: {f"p{level}": int(np.percentile(lengths, level)) for level in SHOWN_PERCENTILES}
        for task, lengths in found.items()
    }


def _without_target(material: Material) -> Check:
    """Nothing to learn: no label, and no target or one of the end of turn alone, which says nothing in no words."""
    end = material.template.end_of_turn
    empty = [item.example_id for item in material.encoded.items if item.labels is None and item.target in ((), (end,))]
    return by_share(
        "examples without a target",
        empty,
        len(material.encoded.items),
        material.limits.max_without_target,
        setting="tune.preflight.max_without_target",
        found="training examples have no token or label to learn ({share}, the limit is {limit})",
        fix="Give them a target, take them out of the training data, or correct the column that `target` names",
        fine="every example has something to learn",
    )


def _end_of_turn(material: Material) -> Check:
    written = [item for item in material.encoded.items if item.target]
    end = material.template.end_of_turn
    open_ended = [item.example_id for item in written if item.target[-1] != end]
    token = material.template.tokenizer.convert_ids_to_tokens(end)
    return by_share(
        "end of turn",
        open_ended,
        len(written),
        material.limits.max_without_end_of_turn,
        setting="tune.preflight.max_without_end_of_turn",
        found=f"written targets do not end with {token} ({{share}}, the limit is {{limit}}): the model would not learn "
        "to stop",
        fix="Raise the task's max_target_tokens, or shorten the targets",
        fine=f"every written target ends with {token}" if written else "no target is written: label heads answer",
    )


def _outliers(material: Material) -> Check:
    by_task: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for item in material.encoded.items:
        by_task[item.task].append((len(item.prompt) + len(item.target), item.example_id))
    found: list[tuple[int, str]] = []
    detail: dict[str, Any] = {}
    for task, lengths in by_task.items():
        median = statistics.median(length for length, _ in lengths)
        own = [one for one in lengths if one[0] > material.limits.outlier_factor * median]
        detail[task] = {"median_tokens": median, "longest_tokens": max(length for length, _ in lengths)}
        found += own
    return _warn_of(sorted(found, reverse=True), len(material.encoded.items), material, detail)


def _warn_of(found: Sequence[tuple[int, str]], total: int, material: Material, detail: dict[str, Any]) -> Check:
    factor = material.limits.outlier_factor
    share = len(found) / max(1, total)
    what = f"no example is more than {factor:g} times as long as the median of its task"
    if found:
        what = f"{len(found)} of {total} training examples ({percent(share)}) are more than {factor:g} times as long "
        what += f"as the median of their task, the longest {found[0][0]} tokens"
    return Check(
        name="length outliers",
        state="warn" if found else "ok",
        what=what,
        figure=share,
        limit=factor,
        setting="tune.preflight.outlier_factor",
        fix="Look at them: a parsing mistake often shows as one very long text" if found else None,
        examples=tuple(example_id for _, example_id in found[:NAMED]),
        detail=detail,
    )
