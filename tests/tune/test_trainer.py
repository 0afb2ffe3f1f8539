"""What the training loop notices, counts and keeps quiet about."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from miniature import two_task_config, two_task_examples
from torch import Tensor
from transformers.utils import logging as transformers_logging

from luthier.errors import RefusedError
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore
from luthier.tune import trainer
from luthier.tune.run import tune

NewProject = Callable[[str], tuple[Path, ArtefactStore]]
CONFIG = two_task_config(epochs=1, batch_size=4)  # 24 training examples: 6 steps, a checkpoint at each


@pytest.fixture
def new_project(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> NewProject:
    def make(name: str) -> tuple[Path, ArtefactStore]:
        write_tiny_model(tmp_path / name / "tiny")
        store = ArtefactStore(tmp_path / name / ".luthier")
        with store.write("curate", "c", {}) as writer:
            writer.records("examples", Example, two_task_examples(16))
        return tmp_path / name, store

    return make


def at_row(number: int, what: Callable[[Tensor], Tensor], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lets something happen to the losses of that row, and counts the rows."""
    rows: list[int] = []
    right = trainer.row_losses

    def losses(module, row):  # type: ignore[no-untyped-def]
        rows.append(len(rows) + 1)
        words, heads = right(module, row)
        return (what(words), heads) if len(rows) == number else (words, heads)

    monkeypatch.setattr(trainer, "row_losses", losses)
    return rows


def killed(loss: Tensor) -> Tensor:
    raise KeyboardInterrupt


def test_a_loss_that_becomes_undefined_refuses_the_run_within_its_step(
    new_project: NewProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, store = new_project("a")
    rows = at_row(4, lambda loss: loss * float("nan"), monkeypatch)  # a step has at most one row a task
    with pytest.raises(RefusedError, match=r"the loss became undefined during training\. Lower tune.learning_rate"):
        tune(CONFIG, root, store)
    assert len(rows) <= 5
    assert store.current("tune") is None and not store.keys("tune")


def test_weights_that_the_last_step_made_undefined_refuse_the_run(
    new_project: NewProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sqrt(0 loss) is 0 with an infinite slope, and the slope's product with 0 is undefined: so is the gradient."""
    root, store = new_project("a")
    at_row(1, lambda loss: loss + 0 * torch.sqrt(0 * loss), monkeypatch)
    with pytest.raises(RefusedError, match="undefined"):
        tune(two_task_config(epochs=1, batch_size=24), root, store)
    assert not store.keys("tune")


def test_a_killed_run_counts_every_token_it_read(new_project: NewProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of the log are five steps apart; the checkpoint a run goes on from lies between them."""
    root, store = new_project("whole")
    whole = tune(CONFIG, root, store).json("summary")
    root, store = new_project("killed")
    with monkeypatch.context() as once:
        at_row(8, killed, once)  # in the fourth or fifth step
        with pytest.raises(KeyboardInterrupt):
            tune(CONFIG, root, store)
    assert tune(CONFIG, root, store).json("summary")["tokens"] == whole["tokens"]


@pytest.fixture
def notices() -> Iterator[list[str]]:
    """What the module that sorts checkpoints says. It says a thing once a process, so that memory is cleared."""
    said: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    transformers_logging.warning_once.cache_clear()
    logger, collect = logging.getLogger("transformers.trainer_utils"), Collect()
    logger.addHandler(collect)
    yield said
    logger.removeHandler(collect)


def test_nothing_is_said_of_file_times(new_project: NewProject, notices: list[str]) -> None:
    tune(CONFIG, *new_project("a"))
    assert notices == []
