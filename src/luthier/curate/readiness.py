"""Whether a task's curated data suffice to tune on, and what to collect where they do not.

Two things are asked: is there enough, in all and of each label and kind of client; and would twice as much still help?
`ready`: enough of everything, or so flat a curve that more of the same would add nothing worth collecting; a curve that
never rises above answers which read nothing is not flat but mute.
`not_ready`: something is missing outright, or there is not enough and the curve surely still rises. Else `undecided`.
Enough of something is not a promise of a good model; what is missing is a promise of a poor one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from luthier.config.curation.readiness import Readiness
from luthier.curate.compare.coverage import CollectionRequest
from luthier.curate.learning_curve import FEWEST, LearningCurve, learning_curve
from luthier.records import Example

State = Literal["ready", "not_ready", "undecided"]


@dataclass(frozen=True, slots=True)
class TaskReadiness:
    """The verdict on one task; `reasons` and `collect` are sentences for people, the most pressing first."""

    task: str
    state: State
    examples: int
    training: int
    labels: dict[str, int]
    short_labels: dict[str, int]  # label -> how many more training examples it needs
    curve: LearningCurve | None
    reasons: tuple[str, ...]
    collect: tuple[str, ...]


def judge_readiness(
    task: str,
    examples: Sequence[Example],
    settings: Readiness,
    *,
    labels: Sequence[str] = (),
    multi_label: bool,
    requests: Sequence[CollectionRequest] = (),
    seed: int,
) -> TaskReadiness:
    """The verdict on one task.

    Args:
        examples: the task's kept examples, each with its split. Only train and pool are counted as training; the curve
            is measured on dev. The test split is counted and never read.
        labels: the labels the task should know, besides those seen.
        requests: coverage's, for cells that are short.
    """
    training = [example for example in examples if example.split in ("train", "pool")]
    dev = [example for example in examples if example.split == "dev"]
    counts = Counter(label for example in training for label in example.target.labels or ())
    known = sorted({*labels, *counts})
    short = {label: settings.per_label - counts[label] for label in known if counts[label] < settings.per_label}
    learn = [example for example in training if example.split == "train"]
    curve = learning_curve(learn, dev, settings, multi_label=multi_label, seed=seed) if learn and dev else None
    state, reasons = _state(len(examples), short, curve, settings)
    return TaskReadiness(
        task=task,
        state=state,
        examples=len(examples),
        training=len(training),
        labels={label: counts[label] for label in known},
        short_labels=short,
        curve=curve,
        reasons=tuple(reasons),
        collect=tuple(_collect(len(examples), short, requests, settings, state, no_dev=len(dev) < FEWEST)),
    )


def _state(n: int, short: dict[str, int], curve: LearningCurve | None, settings: Readiness) -> tuple[State, list[str]]:
    reasons = []
    if n < settings.at_least:
        reasons.append(f"{n} examples are fewer than the {settings.at_least} below which nothing can be judged")
    if short:
        labels = "label has" if len(short) == 1 else "labels have"
        reasons.append(f"{len(short)} {labels} fewer than {settings.per_label} training examples")
    rising, flat = _trend(curve, settings)
    if curve is not None and curve.learns:
        gain, low, high = curve.gain_of_doubling
        reasons.append(f"twice the data would add {gain:.3f} ({low:.3f} to {high:.3f}) to {curve.metric} on dev")
    elif curve is not None:
        reasons.append(
            f"a cheap system's {curve.metric} on dev, {curve.figures[-1]:.3f}, is not surely above that of answers "
            f"which read nothing, {curve.blind:.3f}: its curve says nothing of what more data would bring"
        )
    if n < settings.at_least or short:
        return "not_ready", reasons
    if n >= settings.enough:
        return "ready", [f"{n} examples, {settings.enough} or more, which is usually enough", *reasons]
    reasons.insert(0, f"{n} examples, fewer than the {settings.enough} that are usually needed")
    return ("ready" if flat else "not_ready" if rising else "undecided"), reasons


def _trend(curve: LearningCurve | None, settings: Readiness) -> tuple[bool, bool]:
    """Whether twice the data surely adds something worth collecting, and whether it surely does not."""
    if curve is None or not curve.learns:
        return False, False
    _, low, high = curve.gain_of_doubling
    return low > settings.worthwhile_gain, high < settings.worthwhile_gain


def _collect(
    n: int,
    short: dict[str, int],
    requests: Sequence[CollectionRequest],
    settings: Readiness,
    state: State,
    *,
    no_dev: bool,
) -> list[str]:
    wanted = [
        f"{missing} more training examples labelled '{label}'"
        for label, missing in sorted(short.items(), key=lambda item: (-item[1], item[0]))
    ]
    for request in requests:
        cell = ", ".join(f"{field} {value}" for field, value in request.cell)
        wanted.append(f"examples of {request.clients} more clients of {cell}: {request.reason}")
    missing = settings.enough - n
    if state != "ready" and missing > 0:
        wanted.append(f"{missing} more examples in all, to reach {settings.enough}")
    if state == "undecided" and no_dev:
        wanted.append(f"a dev split of at least {FEWEST} examples, without which no learning curve can be measured")
    return wanted
