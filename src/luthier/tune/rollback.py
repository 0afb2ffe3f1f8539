"""When training goes wrong, and how the run goes back to where it was right.

Wrong is a loss, a gradient or a weight that is infinite or no number, and a loss that shoots up and stays. The run
then goes on from its newest checkpoint before that, and leaves the steps at fault out: their examples are seen in
other epochs or not at all. That is the remedy of Chowdhery et al. 2022, "PaLM", section 5.1, who found that the same
data do not spike from other weights, nor other data from the same. Where the same stretch fails again, it is begun a
checkpoint earlier with half the learning rate. Everything follows from the order of the data, never from a clock.
"""

from __future__ import annotations

import json
import math
import statistics
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from luthier.errors import RefusedError
from luthier.progress import say
from luthier.store.artefacts import write_whole
from luthier.tune.checkpoints import all_checkpoints, damage, remove_after, step_of

NAME = "rollbacks.json"
FIRST_STEPS = 16
"""Nothing is a spike before so many losses were seen: the rate is still rising, and there is nothing to compare with.
Their median is the loss of a model that has learned next to nothing."""
WINDOW = 64
"""Losses that say what is usual by now: enough that a few hard batches do not move their median."""
DEVIATIONS = 8.0
"""A loss is high where it lies so many standard deviations above the usual, as the median absolute deviation estimates
them, and above the loss that the run began with. A hard batch of a model that knows its task is the first and hardly
ever the second; a model that has come apart is both."""
SPIKE_STEPS = 3
"""So many high losses on end are a spike. Batches are drawn independently, so hard ones do not come in rows; a model
that has come apart stays so."""
ENORMOUS = 10.0
"""One loss this many times the one the run began with is enough: no batch is as bad as that by itself."""
MOST_ROLLBACKS = 5
SLOWER = 0.5
NORMAL = 1.4826  # a standard deviation in median absolute deviations, where errors are normal


class Unstable(Exception):  # noqa: N818  it is caught and mended, not shown
    """Training went wrong.

    Args:
        steps: the numbers, from 0, of the steps at fault, the first of them first.
        why: what was seen, such as `the loss is nan`.
    """

    def __init__(self, steps: Sequence[int], why: str) -> None:
        self.steps, self.why = tuple(steps), why
        super().__init__(why)


class LossWatch:
    """Sees every step's loss, and raises `Unstable` at one that should not be learned from."""

    def __init__(self) -> None:
        self._first: list[float] = []
        self._usual: deque[float] = deque(maxlen=WINDOW)
        self._high: list[tuple[int, float]] = []

    def see(self, step: int, loss: float) -> None:
        """Takes the loss of a step, before the weights change by it."""
        if not math.isfinite(loss):
            raise Unstable([step], f"the loss is {loss}")
        bar = self.bar
        if bar is not None and loss > bar:
            self._high.append((step, loss))
            if len(self._high) >= SPIKE_STEPS or loss > ENORMOUS * self.began_with:
                usual = statistics.median(self._usual)
                steps = [number for number, _ in self._high]
                raise Unstable(steps, f"the loss went from {usual:.3g} to {loss:.3g}, the bar being {bar:.3g}")
            return
        self._high.clear()
        self._usual.append(loss)
        if len(self._first) < FIRST_STEPS:
            self._first.append(loss)

    @property
    def began_with(self) -> float:
        """The median of the first losses."""
        return statistics.median(self._first)

    @property
    def bar(self) -> float | None:
        """Above which a loss is high; None in the first steps."""
        if len(self._first) < FIRST_STEPS:
            return None
        usual = statistics.median(self._usual)
        deviation = NORMAL * statistics.median(abs(loss - usual) for loss in self._usual)
        return max(usual + DEVIATIONS * deviation, self.began_with)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {"first": self._first, "usual": list(self._usual), "high": self._high}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Becomes what `state` was taken of."""
        self._first = list(state["first"])
        self._usual = deque(state["usual"], maxlen=WINDOW)
        self._high = [(step, loss) for step, loss in state["high"]]


class Rollbacks:
    """What went wrong in a run so far, and what follows from it. Written down before the run goes back.

    Attributes:
        events: a dictionary a time: `steps` (from 1), `why`, `back_to`, `learning_rate_factor`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self._path = folder, folder / NAME
        self.events: list[dict[str, Any]] = []
        if self._path.exists():
            self.events = json.loads(self._path.read_text(encoding="utf-8"))

    @property
    def skipped(self) -> frozenset[int]:
        """The numbers, from 0, of the steps that are left out."""
        return frozenset(step - 1 for event in self.events for step in event["steps"])

    @property
    def factor(self) -> float:
        """By which the learning rate is multiplied."""
        return float(self.events[-1]["learning_rate_factor"]) if self.events else 1.0

    def go_back(self, fault: Unstable, learning_rate: float, examples: Sequence[str]) -> Path:
        """The checkpoint to go on from; later ones are removed.

        Args:
            learning_rate: what the run was asked to use, for the advice.
            examples: ids of the examples of the steps at fault.

        Raises `RefusedError` after `MOST_ROLLBACKS`, and where there is no checkpoint.
        """
        whole = [path for path in all_checkpoints(self.folder) if damage(path) is None]
        good = [path for path in whole if step_of(path) <= fault.steps[0]] or whole[:1]
        if len(self.events) >= MOST_ROLLBACKS or not good:
            raise self._given_up(fault, learning_rate, examples)
        factor = self.factor
        if self.events and step_of(good[-1]) <= self.events[-1]["back_to"]:  # no new checkpoint since the last time
            factor *= SLOWER
            good = good[:-1] or good
        back_to = step_of(good[-1])
        self.events.append(
            {
                "steps": [step + 1 for step in fault.steps],
                "why": fault.why,
                "back_to": back_to,
                "learning_rate_factor": factor,
                "examples": list(examples),
            }
        )
        write_whole(self._path, json.dumps(self.events, indent=1))
        remove_after(self.folder, back_to)
        slower = f", with {factor:g} times the learning rate" if factor != 1 else ""
        say(f"Step {fault.steps[-1] + 1}: {fault.why}. Going back to step {back_to}, without {_named(fault)}{slower}")
        return good[-1]

    def _given_up(self, fault: Unstable, learning_rate: float, examples: Sequence[str]) -> RefusedError:
        tried = f", {learning_rate * self.factor:g} at the end" if self.factor != 1 else ""
        return RefusedError(
            f"training does not become stable: {fault.why}, after going back {len(self.events)} times",
            where=f"step {fault.steps[-1] + 1}",
            fix=f"Lower tune.learning_rate (it was {learning_rate:g}{tried}), or look at the examples of that step, "
            f"such as {', '.join(examples[:3])}",
        )


def set_rates(optimizer: Any, scheduler: Any, rates: Sequence[float]) -> None:
    """Lets a restored schedule go on from other rates, one a group, than those it was saved with."""
    if scheduler.base_lrs == list(rates):
        return
    scheduler.base_lrs = list(rates)
    for group, rate, share in zip(optimizer.param_groups, rates, scheduler.lr_lambdas, strict=True):
        group["initial_lr"], group["lr"] = rate, rate * share(scheduler.last_epoch)


def _named(fault: Unstable) -> str:
    """The steps that are left out, in words."""
    numbers = [str(step + 1) for step in fault.steps]
    return f"step {numbers[0]}" if len(numbers) == 1 else f"steps {', '.join(numbers)}"
