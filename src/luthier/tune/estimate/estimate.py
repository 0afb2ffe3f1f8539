"""What a run will take: time, memory, energy and money, from a probe of some rows of its own plan.

    seconds = head start + rows (fitted, see `cost_model`) + optimiser steps + checkpoints + dev scoring + choice on dev
    memory  = the most held while the longest row was probed + optimiser state, which is still to come

each multiplied by what earlier runs on this machine showed the probe to be wrong by (see `history`).
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.config import Config
from luthier.inference.specialist import SpecialistModel
from luthier.progress import duration
from luthier.records import Example
from luthier.tasks import Task
from luthier.tune import head_start
from luthier.tune.estimate import history
from luthier.tune.estimate.energy import UNREADABLE
from luthier.tune.estimate.machine import available_memory, machine_name, memory_now, peak_memory
from luthier.tune.estimate.probe_around import (
    checkpoint_seconds,
    choosing_seconds,
    head_start_seconds,
    optimizer_seconds,
)
from luthier.tune.estimate.probe_rows import RowTimes, look_ahead, time_rows
from luthier.tune.estimate.undisturbed import undisturbed
from luthier.tune.settings import Resolved
from luthier.tune.steps import Steps

ADAM_BYTES = 8
"""Optimiser state of one trained number: two moments in float32."""
MASTER_BYTES = 4
"""More of it where the weight itself is held in 16 bits: its float32 master copy."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run was predicted to take.

    Attributes:
        phases: seconds of each part, before correction.
        seconds: all of them, corrected.
        memory_bytes: the most that will be held, corrected: resident on a CPU, torch's count on a GPU.
        available_bytes: what this machine can give.
        joules: None where no counter can be read.
        money: None where no hourly rate is set.
        circumstances: machine, model, method and precision.
    """

    phases: Mapping[str, float]
    seconds: float
    memory_bytes: int
    raw_memory_bytes: int
    available_bytes: int
    joules: float | None
    money: float | None
    currency: str
    hourly_rate: float
    steps: int
    rows_measured: int
    probe_seconds: float
    corrected_by: history.Correction
    circumstances: Mapping[str, str]

    @property
    def raw_seconds(self) -> float:
        return sum(self.phases.values())

    def plain(self) -> dict[str, Any]:
        """The estimate as JSON stores it."""
        return dataclasses.asdict(self)

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Estimate:
        """The estimate that `plain` made `content` of."""
        return cls(**{**content, "corrected_by": history.Correction(**content["corrected_by"])})

    def lines(self) -> list[str]:
        """The estimate for a person."""
        share = self.probe_seconds / max(self.seconds, 1e-9)
        energy = UNREADABLE if self.joules is None else f"{self.joules / 3.6e6:.3g} kWh"
        lines = [
            f"Estimate: {duration(self.seconds)}, {gigabytes(self.memory_bytes)} of the "
            f"{gigabytes(self.available_bytes)} this machine can give"
            + (f", {self.currency} {self.money:.2f} at {self.hourly_rate:g} an hour" if self.money is not None else ""),
            f"  energy: {energy}",
            f"  from {self.rows_measured} rows of the plan, measured in {self.probe_seconds:.1f} s ({share:.1%} of it)",
        ]
        if self.corrected_by.runs:
            lines.append(
                f"  corrected by {self.corrected_by.seconds:.2f} in time and {self.corrected_by.memory:.2f} in memory, "
                f"from {self.corrected_by.runs} earlier runs like it"
            )
        return lines


def estimate_run(
    config: Config,
    base: ResolvedModel,
    module: SpecialistModel,
    steps: Steps,
    settings: Resolved,
    tasks: Mapping[str, Task],
    dev: Sequence[Example],
    template: ChatTemplate,
    *,
    checkpoints: int,
    folder: Path,
    histories: Sequence[Path],
    scoring_share: float = 0.0,
) -> Estimate:
    """Probes a run that is about to start. The module is left as it was, its random state too.

    Args:
        checkpoints: how many the run will write.
        folder: the run's own, in which a file is written for a moment.
        histories: files of earlier estimates.
        scoring_share: what scoring dev on the way costs, as a part of what the rows do.
    """
    started = time.perf_counter()
    with undisturbed(module):
        planned = look_ahead(steps, module)
        rows = time_rows(module, planned, settings)
        module.zero_grad(set_to_none=True)
        per_step = optimizer_seconds(module, rows.trained, settings) + planned.packing_seconds
        in_rows = rows.cost.seconds(planned.total)
        phases = {
            "head_start": head_start_seconds(module, steps.items, settings),
            "rows": in_rows,
            "optimiser": len(steps) * per_step,
            "checkpoints": checkpoints * checkpoint_seconds(module, rows.trained, folder),
            "dev_scoring": scoring_share * in_rows,
            "choosing": choosing_seconds(module, tasks, dev, template, settings),
        }
        memory = _memory(module, steps, rows, settings)
    circumstances = {
        "machine": machine_name(),
        "model": base.fingerprint,
        "method": settings.method,
        "precision": settings.precision,
    }
    fixed = history.correction(circumstances, histories)
    seconds, rate = sum(phases.values()) * fixed.seconds, config.report.hourly_rate
    return Estimate(
        phases=phases,
        seconds=seconds,
        memory_bytes=round(memory * fixed.memory),
        raw_memory_bytes=memory,
        available_bytes=available_memory(settings.device),
        joules=None if rows.watts is None else rows.watts * seconds,
        money=rate * seconds / 3600 if rate else None,
        currency=config.report.currency,
        hourly_rate=rate,
        steps=len(steps),
        rows_measured=rows.rows,
        probe_seconds=time.perf_counter() - started,
        corrected_by=fixed,
        circumstances=circumstances,
    )


def _memory(module: SpecialistModel, steps: Steps, rows: RowTimes, settings: Resolved) -> int:
    """The most bytes that the run will hold."""
    weights = module.trainable()
    state = sum(
        weights[name].numel() * (ADAM_BYTES + (0 if weights[name].dtype == torch.float32 else MASTER_BYTES))
        for name in rows.trained
    )
    own = sum(len(item.prompt) - item.own_from for item in steps.items if item.labels is not None)
    held = min(head_start.HELD_BYTES, 2 * own * module.model.config.hidden_size) if settings.head_start_steps else 0
    return max(
        peak_memory(settings.device),
        rows.peak_bytes + rows.gradient_bytes + state,
        memory_now(settings.device) + held * (settings.device == "cpu"),
    )


def gigabytes(count: float) -> str:
    """Bytes as a person reads them."""
    return f"{count / 1e9:.2f} GB" if count < 1e10 else f"{count / 1e9:.0f} GB"
