"""Out of memory becomes smaller rows, and the run goes on.

A row's length decides what a pass needs, and nothing of what is learned depends on it: a step's losses are divided by
the counts of the whole step, so its examples in more and shorter rows give the same gradient. So where memory does not
do, the step is made anew from clean gradients with rows of half the length, down to one example a row; after that the
model remembers only what each layer was given and computes the rest again on the way back (Chen et al. 2016, "Training
Deep Nets with Sublinear Memory Cost"). What was found is written down, and a resumed run begins with it.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from luthier.errors import RefusedError
from luthier.progress import say
from luthier.store.artefacts import write_whole

NAME = "memory.json"
SAID_OF_MEMORY = (
    "can't allocate memory",  # PyTorch's allocator on a CPU
    "not enough memory",  # the same on Windows
    "out of memory",  # CUDA, MPS, ROCm
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
)

SMALLEST_SHARE = 1 / 64
Result = TypeVar("Result")


def memory_error(error: BaseException) -> str | None:
    """The first line of what an error says, where it says that memory, of the machine or of a GPU, did not do."""
    said = next(iter(str(error).splitlines()), type(error).__name__)
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return said
    found = isinstance(error, RuntimeError) and any(words in str(error).lower() for words in SAID_OF_MEMORY)
    return said if found else None


class RowSize:
    """How long a run's rows may be on this machine, as far as it has found out.

    Args:
        folder: the run's, in which what was found out is remembered.
        row_tokens: the size that was asked for.

    Attributes:
        row_tokens: tokens a row may hold; a row of one example may hold more.
        recompute: whether layers compute again on the way back what they did not keep.
        events: what happened, a dictionary a time: `step`, `row_tokens`, `recompute`, `said`.
    """

    def __init__(self, folder: Path, row_tokens: int) -> None:
        self._path = folder / NAME
        self.row_tokens, self.recompute = row_tokens, False
        self.events: list[dict[str, Any]] = []
        if self._path.exists():
            held = json.loads(self._path.read_text(encoding="utf-8"))
            self.row_tokens, self.recompute, self.events = held["row_tokens"], held["recompute"], held["events"]

    def shrink(self, step: int, longest: int, *, one_example_a_row: bool, said: str) -> None:
        """Takes the next smaller size after a step did not fit, says so in a line and writes it down.

        Args:
            longest: tokens of the longest row of that step; rows that were shorter than allowed need a size below it.
            one_example_a_row: no row of that step can be divided any more.

        Raises `RefusedError` where there is nothing smaller.
        """
        if one_example_a_row and self.recompute:
            raise RefusedError(
                f"memory does not do for one example of {longest} tokens, its layers computed twice to save some",
                where=f"step {step + 1}",
                fix="Set a smaller tune.max_tokens or base_model, or use a machine with more memory",
            )
        if one_example_a_row:
            self.recompute = True
            what = "one example a row already, so its layers are computed twice"
        else:
            self.row_tokens = max(1, min(self.row_tokens, longest) // 2)
            what = f"rows of {self.row_tokens} tokens at most"
        say(f"Out of memory at step {step + 1}: {what} from here on; every step keeps its examples and its gradient")
        self.events.append({"step": step + 1, "row_tokens": self.row_tokens, "recompute": self.recompute, "said": said})
        held = {"row_tokens": self.row_tokens, "recompute": self.recompute, "events": self.events}
        write_whole(self._path, json.dumps(held, indent=1))


def with_less_memory(doing: str, work: Callable[[float], Result]) -> Result:
    """What `work` gives when it is told which share of the usual sizes to take: half of them after each memory error.

    For what gives the same whatever the sizes. Nothing is remembered, as this needs less than training does.
    """
    share = 1.0
    while True:
        try:
            return work(share)
        except (RuntimeError, MemoryError) as error:
            if memory_error(error) is None or share <= SMALLEST_SHARE:
                raise
        free_memory()
        share /= 2
        say(f"Out of memory while {doing}: once more in pieces of {share:.0%} the size")


def free_memory() -> None:
    """Gives back what a failed pass still holds."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def random_state_now() -> tuple[Tensor, list[Tensor]]:
    """Where the generators that dropout draws from stand."""
    return torch.get_rng_state(), torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []


def set_random_state(state: tuple[Tensor, list[Tensor]]) -> None:
    """Sets the generators back to where they stood, so that a step that is made anew draws what it would have."""
    torch.set_rng_state(state[0])
    if state[1]:
        torch.cuda.set_rng_state_all(state[1])
