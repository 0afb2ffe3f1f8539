"""What a run took, held against what was predicted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.progress import duration, say
from luthier.tune.estimate import history
from luthier.tune.estimate.energy import UNREADABLE
from luthier.tune.estimate.estimate import Estimate, gigabytes
from luthier.tune.estimate.machine import machine_name


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One figure as predicted and as it came: `error` is (predicted - actual) / actual, None where one is unknown."""

    predicted: float | None
    actual: float | None

    @property
    def error(self) -> float | None:
        if self.predicted is None or not self.actual:
            return None
        return (self.predicted - self.actual) / self.actual

    def plain(self) -> dict[str, float | None]:
        """The figure as JSON stores it."""
        return {"predicted": self.predicted, "actual": self.actual, "error": self.error}


def reconcile(
    estimate: Estimate,
    *,
    seconds: float,
    memory_bytes: int,
    steps: int,
    joules: float | None,
    project_file: Path,
) -> dict[str, Any]:
    """Compares, says so, and keeps the error for the next estimate.

    Args:
        seconds: of the run, killed parts included.
        steps: optimiser steps taken; a run that stopped early is held against its share of the prediction and not kept.
        joules: drawn by the whole run; None where that is unknown.

    Returns `{"seconds", "memory", "joules", "money"}`, each `{"predicted", "actual", "error"}`, with `estimate`.
    """
    done = steps / max(1, estimate.steps)
    money = estimate.hourly_rate * seconds / 3600 if estimate.hourly_rate else None
    figures = {
        "seconds": Reconciled(_part(estimate, done), seconds),
        "memory": Reconciled(float(estimate.memory_bytes), float(memory_bytes)),
        "joules": Reconciled(estimate.joules, joules),
        "money": Reconciled(estimate.money, money),
    }
    _say(figures)
    if steps == estimate.steps and estimate.circumstances["machine"] == machine_name():
        history.remember(_line(estimate, seconds, memory_bytes), project_file)
    note = UNREADABLE if joules is None else None
    return {name: figure.plain() for name, figure in figures.items()} | {"estimate": estimate.plain(), "energy": note}


def _part(estimate: Estimate, done: float) -> float:
    """The seconds predicted for a run of that share of its steps; what comes before and after is done in any case."""
    fixed = sum(estimate.phases[name] for name in ("head_start", "choosing"))
    return (fixed + done * (estimate.raw_seconds - fixed)) * estimate.corrected_by.seconds


def _line(estimate: Estimate, seconds: float, memory_bytes: int) -> dict[str, Any]:
    """What the next estimate learns from: the uncorrected prediction, or corrections would be corrected again."""
    return {
        "run": uuid.uuid4().hex,
        "when": dt.datetime.now(dt.UTC).isoformat(timespec="microseconds"),
        **estimate.circumstances,
        "seconds": {"predicted": estimate.raw_seconds, "actual": seconds},
        "memory": {"predicted": estimate.raw_memory_bytes, "actual": memory_bytes},
    }


def _say(figures: Mapping[str, Reconciled]) -> None:
    time, memory = figures["seconds"], figures["memory"]
    if time.error is not None and memory.error is not None:
        say(
            f"Estimated {duration(time.predicted or 0)}, took {duration(time.actual or 0)} ({time.error:+.0%}); "
            f"estimated {gigabytes(memory.predicted or 0)}, held {gigabytes(memory.actual or 0)} ({memory.error:+.0%})"
        )
