"""A run's checkpoints: which are whole, which the run goes on from, and which may go.

    .luthier/work/tune-KEY/checkpoint-120/
      trained.safetensors   what tuning changes
      optimizer.pt, scheduler.pt, rng_state.pth, trainer_state.json   as the Trainer writes them
      progress.json         what the run itself has to know: time and tokens spent, recent losses, dev's figures
      manifest.json         the SHA-256 of each file above, written last

A checkpoint without a manifest was not finished; one whose files are not those of its manifest is damaged. Neither is
used. The torch files are read with `weights_only`, so nothing in them can run.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from luthier.errors import RefusedError
from luthier.progress import say
from luthier.store.artefacts import file_hash, flush_folder, write_whole

WEIGHTS = "trained.safetensors"
PROGRESS = "progress.json"
MANIFEST = "manifest.json"
KEPT = 2
"""Newest checkpoints that are held: one to go on from, and one before it, should that be damaged."""


def step_of(checkpoint: Path) -> int:
    """How many steps were done when a checkpoint was written."""
    return int(checkpoint.name.rsplit("-", 1)[1])


def at_step(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies, or would lie."""
    return folder / f"checkpoint-{step}"


def all_checkpoints(folder: Path) -> list[Path]:
    """Every checkpoint of a run's folder, whole or not, oldest first."""
    return sorted(folder.glob("checkpoint-*"), key=step_of)


def seal(checkpoint: Path) -> None:
    """Makes a checkpoint whole: its files reach the disk, then the manifest that vouches for them."""
    flush_folder(checkpoint)
    hashes = {path.name: file_hash(path) for path in sorted(checkpoint.iterdir()) if path.is_file()}
    write_whole(checkpoint / MANIFEST, json.dumps(hashes, indent=1))
    flush_folder(checkpoint)


def damage(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint, in words; None where it is whole."""
    try:
        hashes: dict[str, str] = json.loads((checkpoint / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "it was not finished"
    except (OSError, ValueError):
        return f"{MANIFEST} cannot be read"
    for name, wanted in hashes.items():
        path = checkpoint / name
        if not path.is_file():
            return f"{name} is missing"
        if file_hash(path) != wanted:
            return f"{name} is not what was written"
    return None


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint of a run's folder. Those after it that are not whole are named and removed."""
    for checkpoint in reversed(all_checkpoints(folder)):
        wrong = damage(checkpoint)
        if wrong is None:
            return checkpoint
        say(f"The checkpoint of step {step_of(checkpoint)} is of no use ({wrong}): taking the one before it")
        shutil.rmtree(checkpoint)
    return None


def write_weights(checkpoint: Path, weights: Mapping[str, Tensor]) -> None:
    """Writes what tuning changes, as safetensors."""
    checkpoint.mkdir(parents=True, exist_ok=True)
    save_file({name: weight.detach().cpu().contiguous() for name, weight in weights.items()}, checkpoint / WEIGHTS)


@torch.no_grad()
def read_weights(checkpoint: Path, weights: Mapping[str, Tensor]) -> None:
    """Sets weights, by their names, to what a checkpoint holds of them."""
    with safe_open(checkpoint / WEIGHTS, "pt") as held:
        for name, weight in weights.items():
            weight.copy_(held.get_tensor(name))


def progress_of(checkpoint: Path) -> dict[str, Any]:
    """What `progress.json` of a checkpoint says."""
    said: dict[str, Any] = json.loads((checkpoint / PROGRESS).read_text(encoding="utf-8"))
    return said


def tidy(folder: Path, best_until: Callable[[int], int | None]) -> None:
    """Removes all checkpoints but the `KEPT` newest, and of each of these the best one until then.

    Args:
        best_until: the step that dev says was the best one up to a step.
    """
    found = all_checkpoints(folder)
    best = {best_until(step_of(checkpoint)) for checkpoint in found[-KEPT:]}
    for checkpoint in found[:-KEPT]:
        if step_of(checkpoint) not in best:
            shutil.rmtree(checkpoint)


def refuse_damaged(checkpoint: Path) -> None:
    """Raises `RefusedError` where a checkpoint that is needed is not whole."""
    wrong = damage(checkpoint)
    if wrong is not None:
        raise RefusedError(
            f"the best checkpoint is of no use: {wrong}", where=str(checkpoint), fix="Run `luthier tune --fresh`"
        )


def remove_after(folder: Path, step: int) -> None:
    """Removes the checkpoints of later steps than `step`."""
    for checkpoint in all_checkpoints(folder):
        if step_of(checkpoint) > step:
            shutil.rmtree(checkpoint)


@contextmanager
def silent_about_file_times() -> Iterator[None]:
    """Keeps a notice of the Trainer's quiet: checkpoints of small models come within a second of one another, and are
    then told apart by their numbers."""
    notices = logging.getLogger("transformers.trainer_utils")
    notices.addFilter(_not_about_file_times)
    try:
        yield
    finally:
        notices.removeFilter(_not_about_file_times)


def _not_about_file_times(record: logging.LogRecord) -> bool:
    return "mtime may not be reliable" not in record.getMessage()
