"""A tuning run that has not ended: how far it is, its curve, and what it went through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from luthier.progress import duration
from luthier.report import plots, wording
from luthier.report.drawing import Plot
from luthier.report.shapes import LogLine


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What the page shows of it. `written` is when it last wrote of itself (UTC); `events` a line each."""

    said: str
    written: str
    curve: Plot
    events: tuple[str, ...]


def under_way(lines: Sequence[Mapping[str, Any]]) -> UnderWay | None:
    """A run from what it wrote of itself; None where it has not done a step."""
    steps = [line for line in lines if "event" not in line]
    with_loss = [line for line in steps if "loss" in line]
    if not with_loss:
        return None
    newest = with_loss[-1]
    left = newest["seconds_left"]
    said = (
        f"Step {wording.count(newest['step'])} of {wording.count(newest['steps'])}: loss {newest['loss']:.3f}, "
        f"{newest['tokens_per_second']:,.0f} tokens a second, of which {newest['target_tokens_per_second']:,.0f} are "
        f"learned" + (f", {duration(left)} left" if left is not None else "")
    )
    log = [
        LogLine(
            step=line["step"],
            epoch=line.get("epoch", 0.0),
            loss=line.get("loss"),
            learning_rate=line.get("learning_rate"),
            seconds=line.get("seconds", 0.0),
            tokens_per_second=line.get("tokens_per_second"),
            dev=line.get("dev", {}),
        )
        for line in steps
    ]
    events = tuple(_event(line) for line in lines if "event" in line)
    return UnderWay(said, lines[-1]["written"], plots.training(log, {}), events)


def _event(line: Mapping[str, Any]) -> str:
    if line["event"] == "memory":
        return f"Out of memory at step {line['step']}: rows of {line['row_tokens']} tokens at most since"
    steps = ", ".join(str(step) for step in line["steps"])
    return f"{line['why'].capitalize()} at step {line['steps'][-1]}: back to step {line['back_to']}, without {steps}"
