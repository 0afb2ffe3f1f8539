"""A few packed rows of the real plan, timed forward and back, and what all of the plan holds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from luthier.inference.specialist import SpecialistModel
from luthier.tune.batching import PackedRow
from luthier.tune.estimate.cost_model import Contents, RowCost, arithmetic_of, fit_row_cost
from luthier.tune.estimate.energy import EnergyMeter
from luthier.tune.estimate.machine import PeakWatch
from luthier.tune.row_loss import row_losses
from luthier.tune.settings import Resolved
from luthier.tune.steps import Steps

PACKED_STEPS = 100
"""Steps, evenly drawn from the plan, that are packed to know what the plan holds; a longer plan is scaled from them."""
MOST_ROWS = 12
SHARE = 0.03
"""Of the run: probing rows ends before it takes more. The rest of the probe brings it to under 5%."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What the whole plan holds, and rows of it to be timed.

    `packing_seconds` is what packing one step takes, `several_rows` whether any step has more than one row.
    """

    total: Contents
    rows: tuple[PackedRow, ...]
    packing_seconds: float
    several_rows: bool


@dataclass(frozen=True, slots=True)
class RowTimes:
    """What timing rows gave.

    Attributes:
        peak_bytes: the most memory held in the longest row's pass, before any gradient was there.
        gradient_bytes: what a step's later rows meet of the earlier ones' gradients; nothing where steps have one row.
        watts: the power drawn meanwhile, None where no counter can be read.
        trained: the weights that got a gradient.
    """

    cost: RowCost
    rows: int
    peak_bytes: int
    gradient_bytes: int
    watts: float | None
    trained: tuple[str, ...]


def look_ahead(steps: Steps, module: SpecialistModel) -> Planned:
    """Packs up to `PACKED_STEPS` steps of the plan, and scales what they hold to all of them."""
    count = min(len(steps), PACKED_STEPS)
    started = time.perf_counter()
    packed = [steps[number * len(steps) // count] for number in range(count)]
    packing_seconds = (time.perf_counter() - started) / max(1, count)
    rows = tuple(row for step in packed for row in step.rows)
    sample = Contents(0, 0, 0, 0)
    for row in rows:
        sample += contents_of(row, module)
    return Planned(
        sample.times(len(steps) / max(1, count)),
        rows,
        packing_seconds,
        any(len(step.rows) > 1 for step in packed),
    )


def contents_of(row: PackedRow, module: SpecialistModel) -> Contents:
    """What a row holds; where only a label head reads it, the pass ends below the top, and so much less counts."""
    if len(row.target_ids):
        return Contents.of(row)
    depth = module.head_layers / module.model.config.num_hidden_layers
    return Contents(1, depth * len(row.row), 0, depth * row.row.attended)


def time_rows(module: SpecialistModel, planned: Planned, settings: Resolved) -> RowTimes:
    """Times rows of spanning lengths until they took their share of the run, two at least.

    The shortest row wakes the machine up and does not count; the longest comes next, to see what memory it takes.
    """
    module.train()
    arithmetic, meter = arithmetic_of(module), EnergyMeter(settings.device)
    order = _spanning(planned.rows)
    started = time.perf_counter()
    _seconds_of(module, order[1], settings.device)
    module.zero_grad(set_to_none=True)
    joules, since = meter.joules(), time.perf_counter()
    with PeakWatch(settings.device) as watch:
        measured = [(contents_of(order[0], module), _seconds_of(module, order[0], settings.device))]
    for row in order[1:]:
        measured.append((contents_of(row, module), _seconds_of(module, row, settings.device)))
        cost = fit_row_cost(measured, arithmetic)
        if _is_enough(started, measured[-1][1], cost.seconds(planned.total)):
            break
    watts = None if joules is None else ((meter.joules() or 0) - joules) / (time.perf_counter() - since)
    meter.close()
    trained = {name: weight for name, weight in module.trainable().items() if weight.grad is not None}
    gathered = sum(weight.numel() * weight.element_size() for weight in trained.values()) * planned.several_rows
    return RowTimes(cost, len(measured), watch.peak, gathered, watts, tuple(trained))


def _is_enough(started: float, last: float, whole: float) -> bool:
    return time.perf_counter() - started + last > SHARE * whole


def _spanning(rows: Sequence[PackedRow]) -> list[PackedRow]:
    """Up to `MOST_ROWS` rows: the longest, the shortest, then ever finer in between, by length and by targets."""
    by_length = sorted(rows, key=lambda row: (len(row.row), len(row.target_ids)))
    by_targets = sorted(rows, key=lambda row: (len(row.target_ids), len(row.row)))
    last = len(rows) - 1
    chosen = [by_length[-1], by_length[0]]
    for order, share in (
        (by_length, 0.5),
        (by_targets, 0.98),
        (by_length, 0.25),
        (by_length, 0.75),
        (by_targets, 0.1),
        (by_length, 0.4),
        (by_length, 0.6),
        (by_length, 0.9),
        (by_length, 0.15),
        (by_targets, 0.6),
    ):
        chosen.append(order[round(share * last)])
    return chosen[:MOST_ROWS]


def _seconds_of(module: SpecialistModel, row: PackedRow, device: str) -> float:
    """One row forward and back."""
    started = time.perf_counter()
    words, heads = row_losses(module, row)
    (words / max(1, len(row.target_ids)) + heads / max(1, len(row.heads_at))).backward()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started
