"""What a person sees of a run while it runs: a bar in the terminal, and the curve in the project.

The bar has the newest loss, tokens and target tokens a second, dev's score and the time left; the same goes, a line
every few steps, into `live.jsonl` (`luthier.store.live_log`), which `luthier status` reads.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState

from luthier.progress import Meter
from luthier.store.live_log import append_live

DEV = "eval_"
"""Begins the names of dev's figures in the log, as trackers expect: `eval_TASK/METRIC`."""


class LiveLog(TrainerCallback):
    """Shows and writes down what the Trainer logs.

    Args:
        folder: the run's; None: only the bar.
        total: the run's steps.
        what: what is being done, before the bar.
    """

    def __init__(self, folder: Path | None, total: int, what: str = "Tuning") -> None:
        self.folder, self.total, self.what = folder, total, what
        self._meter: Meter | None = None
        self._note: dict[str, str] = {}
        self._began = (0, 0.0)

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.close()
        self._began = (state.global_step, time.monotonic())
        self._meter = Meter(self.what, self.total, done=state.global_step).__enter__()

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self._meter is not None:
            self._meter.advance(note=" ".join(self._note.values()))

    def on_log(self, args: Any, state: TrainerState, control: TrainerControl, **keywords: Any) -> None:
        logs: Mapping[str, Any] = keywords.get("logs") or {}
        dev = dev_figures(logs)
        if "loss" not in logs and not dev:
            return
        line = {"step": state.global_step, "steps": self.total, "seconds_left": self._seconds_left(state.global_step)}
        if dev:
            self._note["dev"] = "dev " + " ".join(f"{v:.3f}" for own in dev.values() for v in own.values())
            self.tell({**line, "dev": dev})
            return
        seconds = logs["seconds"] or 1e-9
        rates = {
            "tokens_per_second": logs["tokens"] / seconds,
            "target_tokens_per_second": logs["target_tokens"] / seconds,
        }
        self._note["loss"] = f"loss {logs['loss']:.3f}"
        self._note["rate"] = "{:,.0f} tokens/s ({:,.0f} target)".format(*rates.values())
        kept = {name: logs[name] for name in ("loss", "learning_rate", "epoch", "seconds") if name in logs}
        self.tell({**line, **kept, **rates})

    def tell(self, line: Mapping[str, Any]) -> None:
        """Writes a line down, where a folder was given."""
        if self.folder is not None:
            append_live(self.folder, line)

    def close(self) -> None:
        """Takes the bar away."""
        if self._meter is not None:
            self._meter.__exit__(None, None, None)
            self._meter = None

    def _seconds_left(self, step: int) -> float | None:
        """By the steps of this process alone; None before it has done one."""
        first, started = self._began
        if step <= first:
            return None
        return (time.monotonic() - started) / (step - first) * (self.total - step)


def dev_figures(logs: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Task -> metric -> value, of a line of the log."""
    found: dict[str, dict[str, float]] = {}
    for name, value in logs.items():
        if name.startswith(DEV) and "/" in name:
            task, metric = name.removeprefix(DEV).rsplit("/", 1)
            found.setdefault(task, {})[metric] = value
    return found


def as_logged(figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """What `dev_figures` reads, as the log has it."""
    return {f"{DEV}{task}/{metric}": value for task, own in figures.items() for metric, value in own.items()}
