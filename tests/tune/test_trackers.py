"""Trackers are told by name, and nobody else is."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from surviving import Runs

from luthier.errors import RequestError
from luthier.tune.trackers import PACKAGES, Trackers, refuse_missing


def trackers(*names: str, folder: Path) -> Trackers:
    return Trackers(names, folder, "Miniature", "tiny 01234567", {"method": "lora", "learning_rate": 0.001})


def test_tensorboard_gets_the_curve_the_name_and_the_settings(runs: Runs, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    runs.go_on(trackers=trackers("tensorboard", folder=tmp_path))
    events = EventAccumulator(str(tmp_path / "tensorboard" / "tiny 01234567"))
    events.Reload()
    assert [event.step for event in events.Scalars("train/loss")] == [1, 5, 10, 15]
    settings = events.Tensors("args/text_summary")[0].tensor_proto.string_val[0].decode()
    assert '"learning_rate": 0.001' in settings and "per_device_train_batch_size" not in settings
    assert "TENSORBOARD_LOGGING_DIR" not in os.environ


def test_trackio_keeps_the_curve_on_this_machine(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing outside is asked for, and what it prints is kept off standard output, where a command's result goes."""
    monkeypatch.setattr("trackio.utils.TRACKIO_DIR", tmp_path / "trackio")
    monkeypatch.setattr("trackio.sqlite_storage.TRACKIO_DIR", tmp_path / "trackio")
    connect, asked = socket.socket.connect, []

    def recording(self, address):  # type: ignore[no-untyped-def]
        asked.append(address[0] if isinstance(address, tuple) else address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", recording)
    runs.go_on(trackers=trackers("trackio", folder=tmp_path))
    assert not [host for host in asked if host not in ("127.0.0.1", "::1", "localhost")]
    with closing(sqlite3.connect(tmp_path / "trackio" / "Miniature.db")) as kept:
        rows = [json.loads(row[0]) for row in kept.execute("select metrics from metrics order by step")]
    assert sum("train/loss" in row for row in rows) == 4
    assert capsys.readouterr().out == ""


def test_nothing_is_told_to_anybody_who_was_not_named(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where a tracker is installed and set up by its own variables."""
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(runs.folder("tensorboard")))
    trainer = runs.go_on()
    assert trainer.args.report_to == []
    assert {type(callback).__name__ for callback in trainer.callback_handler.callbacks} == {
        "DefaultFlowCallback",
        "LiveLog",
    }
    assert not any(runs.folder("tensorboard").iterdir())


@pytest.mark.parametrize("name", ["mlflow", "wandb"])
def test_a_tracker_that_is_not_installed_is_named_with_its_package(name: str) -> None:
    """Neither is among what the tests install."""
    with pytest.raises(RequestError) as missing:
        refuse_missing(["tensorboard", name])
    assert str(missing.value) == (
        f"luthier.yaml, tune.trackers: {name} is not installed. "
        f"Run `pip install {PACKAGES[name]}`, or take it out of tune.trackers"
    )


def test_a_variable_that_a_person_has_set_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WANDB_PROJECT", "ours")
    with trackers("wandb", folder=tmp_path).environment():
        assert os.environ["WANDB_PROJECT"] == "ours"
        assert os.environ["MLFLOW_EXPERIMENT_NAME"] == "Miniature"
    assert os.environ["WANDB_PROJECT"] == "ours" and "MLFLOW_EXPERIMENT_NAME" not in os.environ
