"""Processes that take turns: each holds a trainer that stands still until it is told how many steps to take.

Whatever a side needs (its libraries, its copy of the model, its optimiser) lies in a process of its own, so the memory
that the system counts for that process is that side's. While one side works the others sleep in a read.
"""

from __future__ import annotations

import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from functools import cache
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from transformers import TrainerCallback


class Block(NamedTuple):
    """What some consecutive optimiser steps took."""

    steps: int
    wall_seconds: float
    processor_seconds: float


class Paced(TrainerCallback):
    """Lets a `Trainer` take steps only when it is asked to, and reports what they took."""

    def __init__(self, to_parent: Connection) -> None:
        self.to_parent = to_parent
        self.asked = self.left = 0
        self.wall = self.processor = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        forget_peak_memory()
        self.to_parent.send("ready")
        self._wait(control)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            wall, processor = time.perf_counter() - self.wall, time.process_time() - self.processor
            self.to_parent.send(Block(self.asked, wall, processor))
            self._wait(control)

    def _wait(self, control: Any) -> None:
        self.asked = self.left = self.to_parent.recv()
        control.should_training_stop = self.asked == 0
        self.wall, self.processor = time.perf_counter(), time.process_time()


class Gone(Exception):  # noqa: N818
    """A side's process ended by itself."""


class Side:
    """A trainer in a process of its own. `build(*arguments, callback)` makes it there and returns its `Trainer`.

    The process starts at once; whoever asks it for something waits until it is ready. Every question raises `Gone`
    where the process has ended, as one does that the system takes memory from.
    """

    def __init__(self, name: str, build: Callable[..., Any], *arguments: Any) -> None:
        self.name, self._ready = name, False
        context = _context()
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_run, args=(theirs, build, arguments), daemon=True)
        self.process.start()
        theirs.close()

    def ready(self) -> None:
        """Waits until the trainer stands before its first step."""
        if not self._ready:
            self._ready = self._expect() == "ready"

    def block(self, steps: int) -> Block:
        """Takes so many steps and returns what they took."""
        self.ready()
        self.pipe.send(steps)
        found = self._expect()
        assert isinstance(found, Block)
        return found

    def finish(self) -> tuple[float, int]:
        """Ends the process. Returns the loss of its first step and the most memory it held in training, in bytes."""
        self.ready()
        self.pipe.send(0)
        loss, memory = self._expect()
        self.process.join()
        return float(loss), int(memory)

    def _expect(self) -> Any:
        try:
            return self.pipe.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            raise Gone(f"the process of '{self.name}' ended with {self.process.exitcode}") from None


@cache
def _context() -> Any:
    """Processes that begin with what every side needs already imported, where the system can; it takes a while."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)  # for the server, which does not take the path otherwise
    context.set_forkserver_preload(["tuning.sides"])
    return context


def _run(to_parent: Connection, build: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1))
    if sys.platform == "linux":  # where memory runs out, it is this process that goes, and no other of the machine's
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    warnings.simplefilter("ignore")  # the peer's are of no use to who reads the table
    trainer = build(*arguments, Paced(to_parent))
    trainer.train()
    losses = [float(line["loss"]) for line in trainer.state.log_history if "loss" in line]
    to_parent.send((losses[0], peak_memory()))


def forget_peak_memory() -> None:
    """Lets the system count this process's peak anew, where it can (Linux)."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_memory() -> int:
    """The most resident memory since `forget_peak_memory`, in bytes; since the start where the system is no Linux."""
    if sys.platform == "linux":
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
