"""Checkpoints that are not what was written, and disks that are full."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from surviving import Runs, at_steps, killed, same, weights

from luthier.errors import LuthierError, RefusedError
from luthier.tune import live_log
from luthier.tune.checkpoints import WEIGHTS, all_checkpoints, damage, newest_checkpoint, progress_of, seal, step_of
from luthier.tune.disk_space import in_bytes, is_disk_full, stops_when_full

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def stopped(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of 15 steps that was killed in its 11th: checkpoints of 6 and 9 steps."""
    with monkeypatch.context() as once:
        at_steps({10}, killed, once)
        with pytest.raises(KeyboardInterrupt):
            runs.go_on()
    return runs.folder("run")


def truncated(checkpoint: Path) -> None:
    path = checkpoint / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])


def one_bit_other(checkpoint: Path) -> None:
    path = checkpoint / "optimizer.pt"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def without_a_file(checkpoint: Path) -> None:
    (checkpoint / "scheduler.pt").unlink()


def unfinished(checkpoint: Path) -> None:
    (checkpoint / "manifest.json").unlink()


def with_half_a_manifest(checkpoint: Path) -> None:
    (checkpoint / "manifest.json").write_text('{"trained.safe')


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (truncated, "trained.safetensors is not what was written"),
        (one_bit_other, "optimizer.pt is not what was written"),
        (without_a_file, "scheduler.pt is missing"),
        (unfinished, "it was not finished"),
        (with_half_a_manifest, "manifest.json cannot be read"),
    ],
)
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(
    runs: Runs, stopped: Path, capsys: pytest.CaptureFixture[str], break_it: Callable[[Path], None], said: str
) -> None:
    assert [step_of(path) for path in all_checkpoints(stopped)] == [6, 9]
    break_it(stopped / "checkpoint-9")
    assert damage(stopped / "checkpoint-9") == said
    found = newest_checkpoint(stopped)
    assert found == stopped / "checkpoint-6"
    assert f"The checkpoint of step 9 is of no use ({said}): taking the one before it" in capsys.readouterr().err


def test_a_run_that_goes_on_from_the_one_before_ends_as_it_would_have(runs: Runs, stopped: Path) -> None:
    truncated(stopped / "checkpoint-9")
    assert same(weights(runs.go_on().module), runs.by_hand())


def test_with_no_whole_checkpoint_the_run_begins_anew(runs: Runs, stopped: Path) -> None:
    for checkpoint in all_checkpoints(stopped):
        truncated(checkpoint)
    assert newest_checkpoint(stopped) is None
    assert same(weights(runs.go_on().module), runs.by_hand())


def test_what_the_torch_files_hold_is_never_run(runs: Runs, stopped: Path, tmp_path: Path) -> None:
    """Even where whoever put it there has sealed it: they are read as weights, and nothing else."""
    marker = tmp_path / "ran"

    class Evil:
        def __reduce__(self):  # type: ignore[no-untyped-def]
            return os.mkdir, (str(marker),)

    (stopped / "checkpoint-9" / "manifest.json").unlink()
    torch.save({"state": Evil()}, stopped / "checkpoint-9" / "optimizer.pt")
    seal(stopped / "checkpoint-9")
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        runs.go_on()
    assert not marker.exists()


def test_two_checkpoints_are_held(runs: Runs) -> None:
    trainer = runs.go_on()
    assert [step_of(path) for path in all_checkpoints(trainer.folder)] == [12, 15]
    assert progress_of(trainer.folder / "checkpoint-15")["tokens"] == trainer.tokens_done


def test_a_disk_that_fills_up_stops_the_run_with_its_last_checkpoint_whole(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, calls = torch.save, []

    def full(content, path, *more):  # type: ignore[no-untyped-def]
        if "checkpoint-9" in str(path):
            calls.append(path)
            raise FULL
        save(content, path, *more)

    with monkeypatch.context() as once:
        once.setattr(torch, "save", full)
        with pytest.raises(LuthierError, match=r"the disk is full: .* are free and .* are needed; the last") as stopped:
            runs.go_on()
    folder = runs.folder("run")
    assert stopped.value.where == str(folder) and stopped.value.exit_code == 1
    assert "run the same command again: it goes on from there" in str(stopped.value)
    assert [step_of(path) for path in all_checkpoints(folder)] == [3, 6]
    assert damage(folder / "checkpoint-6") is None
    assert same(weights(runs.go_on().module), runs.by_hand())


def test_a_disk_too_full_for_the_training_curve_stops_it_as_cleanly(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = live_log.append_live

    def full(folder, line):  # type: ignore[no-untyped-def]
        if line["step"] == 10:
            raise FULL
        append(folder, line)

    monkeypatch.setattr(live_log, "append_live", full)
    with pytest.raises(LuthierError, match="the disk is full"):
        runs.go_on()
    assert newest_checkpoint(runs.folder("run")) == runs.folder("run") / "checkpoint-9"


def test_a_run_that_will_not_fit_on_the_disk_is_refused_before_its_first_step(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1000))
    with pytest.raises(RefusedError, match=r"1.0 kB are free on this disk, and the run will write .*Free \d+ MB on it"):
        runs.go_on()
    assert not all_checkpoints(runs.folder("run"))


def test_what_a_run_needs_on_disk_is_what_it_writes(runs: Runs) -> None:
    """Three checkpoints at once and the result: within the room for file headers of what lies there in the end."""
    trainer = runs.new()
    needed = trainer.bytes_needed
    trainer.train()
    one = sum(file.stat().st_size for file in (trainer.folder / "checkpoint-15").iterdir())
    assert 0.7 * needed < 3 * one + trainer.bytes_of_result < 1.5 * needed


def test_every_way_of_saying_that_a_disk_is_full_is_understood(tmp_path: Path) -> None:
    for count in (10, 100_000):  # what fits into a buffer fails when it is closed
        with pytest.raises(RuntimeError) as by_torch:
            torch.save({"weights": torch.zeros(count)}, "/dev/full")
        assert is_disk_full(by_torch.value)
    with pytest.raises(OSError) as by_the_system, Path("/dev/full").open("w") as stream:
        stream.write("x" * 100_000)
    assert is_disk_full(by_the_system.value)
    assert is_disk_full(RuntimeError("I/O error: No space left on device (os error 28)"))  # safetensors
    wrapped = ValueError("could not save")
    wrapped.__cause__ = FULL
    assert is_disk_full(wrapped) and not is_disk_full(ValueError("could not save"))
    with pytest.raises(LuthierError, match="the disk is full"), stops_when_full(tmp_path, 10, "all is well"):
        raise by_torch.value
    with pytest.raises(KeyError), stops_when_full(tmp_path, 10, "all is well"):
        raise KeyError("other")


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (999, "999 B"), (74_000, "74 kB"), (1_234_567, "1.2 MB"), (2_500_000_000, "2.5 GB")]
)
def test_bytes_are_said_in_three_figures_at_most(count: int, said: str) -> None:
    assert in_bytes(count) == said
