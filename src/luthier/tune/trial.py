"""A tuning run that is tried: on a share of the training examples, watched, and ended where it is not worth more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from luthier.records import Example
from luthier.store.artefacts import content_key

OnDev = Callable[[float, float], None]


class StoppedEarly(Exception):  # noqa: N818 - not an error: the trial has told what it could
    """Raised out of a trial's training when it is not worth finishing, or the budget is spent."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How a run that is tried differs from one that is meant.

    Attributes:
        share, draw: of the training examples; see `share_of`.
        on_dev: called whenever dev was scored on the way, with how far the run is (0 to 1) and the mean of the tasks'
            figures; it may raise `StoppedEarly`.
    """

    share: float = 1.0
    draw: int = 0
    on_dev: OnDev | None = None


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
