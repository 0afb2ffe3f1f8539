"""Which worked examples a prompt shows: a small set that covers the answers, the same for every item.

The same examples for all items keep the prompt's shared beginning long, so that it is encoded once.
"""

from __future__ import annotations

from collections.abc import Sequence

from luthier.records import Example
from luthier.statistics.draw import in_drawn_order
from luthier.tasks import Task


def choose_shots(train: Sequence[Example], count: int, *, seed: int, task: Task) -> tuple[Example, ...]:
    """`count` training examples: each next one adds the answers least shown so far, then the shorter half first.

    Ties fall by a hash of seed and id, so the choice does not depend on the order of `train`.
    """
    drawn = in_drawn_order(train, seed)
    lengths = sorted(len(task.request(example.inputs)) for example in drawn)
    middle = lengths[len(lengths) // 2] if lengths else 0
    candidates = [example for example in drawn if len(task.request(example.inputs)) <= middle]
    chosen: list[Example] = []
    shown: dict[str, int] = {}
    while candidates and len(chosen) < count:
        best = min(candidates, key=lambda example: sum(shown.get(answer, 0) for answer in _answers(example)))
        candidates.remove(best)
        chosen.append(best)
        for answer in _answers(best):
            shown[answer] = shown.get(answer, 0) + 1
    return tuple(chosen)


def _answers(example: Example) -> tuple[str, ...]:
    """What an example shows: its labels, or for a text (and an empty label set) one stand-in."""
    return example.target.labels or ("",)
