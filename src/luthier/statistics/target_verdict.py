"""A figure against a target: met, missed, or undecided and how many more items would settle it."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from luthier.statistics.intervals import Interval

State = Literal["met", "missed", "undecided"]
Direction = Literal["at_least", "at_most"]


MOST_NEEDED = 10_000
"""More items than this are not counted out: so near to its target, a figure will sooner move than be settled."""


class TargetVerdict(NamedTuple):
    """`needed` is how many more items an undecided verdict asks for, at most `MOST_NEEDED`, which says "that many or
    more"; None where it is settled, or nothing would do."""

    state: State
    needed: int | None


def judge(interval: Interval, target: float, direction: Direction, n: int) -> TargetVerdict:
    """Whether a figure measured on `n` items reaches a target.

    `met` when the whole interval is on the right side of the target (its end may touch it), `missed` when the whole
    interval is beyond it on the wrong side, else `undecided`.

    An interval's half-width shrinks as 1/√n. If the figure stays at `value`, a distance d from the target, the half
    that reaches towards the target, now w wide, must shrink to d: that takes n (w/d)² items, so n ((w/d)² - 1) more,
    rounded up, and `MOST_NEEDED` where it is more than that. With items in groups, n items of like groups. A figure
    exactly on its target has d = 0, and no number of items settles it; nor is there a number where the interval is
    undefined.
    """
    if not all(math.isfinite(end) for end in interval):
        return TargetVerdict("undecided", None)
    sign = 1 if direction == "at_least" else -1
    ends = sorted((sign * (interval.low - target), sign * (interval.high - target)))
    if ends[0] >= 0:
        return TargetVerdict("met", None)
    if ends[1] < 0:
        return TargetVerdict("missed", None)
    distance = abs(interval.value - target)
    if distance == 0:
        return TargetVerdict("undecided", None)
    towards = interval.value - interval.low if interval.value > target else interval.high - interval.value
    if towards / distance > MOST_NEEDED:  # squared, it need not be a number any more
        return TargetVerdict("undecided", MOST_NEEDED)
    more = round(n * ((towards / distance) ** 2 - 1), 6)  # so that 300.0000000001 is not 301
    # An end that touches the target asks for one more.
    return TargetVerdict("undecided", min(MOST_NEEDED, max(1, math.ceil(more))))


def in_words(needed: int) -> str:
    """`about 1 more item`, `about 300 more items`, `10,000 more items or more`."""
    if needed >= MOST_NEEDED:
        return f"{MOST_NEEDED:,} more items or more"
    return f"about {needed:,} more item{'' if needed == 1 else 's'}"
