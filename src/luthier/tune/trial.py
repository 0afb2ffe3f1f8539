"""A share of the training examples, for trials and learning curves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from luthier.records import Example
from luthier.store.artefacts import content_key


def share_of(examples: Sequence[Example], share: float, seed: int, draw: int = 0) -> list[Example]:
    """About that share of the training examples, whole groups at a time, in their own order; other splits untouched.

    Smaller shares of the same seed and draw lie within larger ones. As long as there is room every label of every task
    stays: groups come in an order drawn from the seed, but the first to hold a label before all others.
    """
    if share >= 1:
        return list(examples)
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if example.split == "train":
            groups[example.group].append(example)
    drawn = sorted(groups, key=lambda group: (content_key(seed, "share", draw, group), group))
    seen: set[tuple[str, str]] = set()
    first: list[str] = []
    for group in drawn:
        held = {(example.task, label) for example in groups[group] for label in example.target.labels or ()}
        if held - seen:
            first.append(group)
            seen |= held
    wanted = max(1, round(share * sum(map(len, groups.values()))))
    kept: set[str] = set()
    for group in dict.fromkeys([*first, *drawn]):
        if wanted <= 0:
            break
        kept.add(group)
        wanted -= len(groups[group])
    return [example for example in examples if example.split != "train" or example.group in kept]
