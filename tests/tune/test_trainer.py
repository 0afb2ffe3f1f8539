"""What the training loop notices, counts and keeps quiet about."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from miniature import two_task_config, two_task_examples
from torch import Tensor
from transformers.utils import logging as transformers_logging

from luthier.errors import RefusedError
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore
from luthier.tune import early_stopping, trainer
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


def test_what_a_run_survived_stands_in_its_summary(new_project: NewProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 2 has no memory, so the first step is done in more rows; row 8 is undefined, in one of the next steps."""

    def wrong(loss: Tensor) -> Tensor:
        if len(rows) == 2:
            raise MemoryError
        return loss * float("nan") if len(rows) == 8 else loss

    rows: list[int] = []
    right = trainer.row_losses

    def losses(module, row):  # type: ignore[no-untyped-def]
        rows.append(len(rows) + 1)
        words, heads = right(module, row)
        return wrong(words), heads

    monkeypatch.setattr(trainer, "row_losses", losses)
    summary = tune(CONFIG, *new_project("a")).json("summary")
    assert [event["step"] for event in summary["memory_errors"]] == [1]
    assert summary["memory_errors"][0]["row_tokens"] == summary["row_tokens"] < 1024
    (rollback,) = summary["rollbacks"]
    assert rollback["why"] == "the loss is nan" and len(rollback["examples"]) == 4
    assert summary["steps"] == summary["taken_from_step"] == 6 and summary["dev_scoring"] is None


def test_a_run_that_cannot_be_made_stable_leaves_no_specialist(
    new_project: NewProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, store = new_project("a")
    right = trainer.row_losses
    monkeypatch.setattr(trainer, "row_losses", lambda module, row: (right(module, row)[0] * float("nan"), 0))
    with pytest.raises(RefusedError, match="training does not become stable: the loss is nan"):
        tune(CONFIG, root, store)
    assert store.current("tune") is None and not store.keys("tune")


def test_dev_is_scored_within_a_run_and_told_in_its_log(
    new_project: NewProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With half of the work to spend, and nothing reckoned for writing answers, even 24 examples pay for it."""
    monkeypatch.setitem(early_stopping.WRITTEN_STEP, "cpu", 0)
    monkeypatch.setattr(early_stopping, "FEWEST_ITEMS", 4)
    monkeypatch.setattr(early_stopping, "TRAINED_TOKEN", 20.0)
    config = two_task_config(epochs=1, batch_size=4, early_stopping={"max_cost": 0.5, "dev_items": 4})
    artefact = tune(config, *new_project("a"))
    lines = [line for line in artefact.json("training_log") if line["dev"]]
    assert lines and lines[-1]["step"] == 6 and set(lines[-1]["dev"]) == {"colour", "sum"}
    assert artefact.json("summary")["dev_scoring"]["items"] == {"colour": 4, "sum": 4}
    assert artefact.json("summary")["dev"]["sum"]["generated"] == lines[-1]["dev"]["sum"]["rougeL"]


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
