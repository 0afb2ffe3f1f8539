"""Sweeps and learning curves over real runs of a tiny model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from miniature import two_task_config, two_task_examples

from luthier.config import Config
from luthier.config.sweeping import LearningCurve, Sweep, with_settings
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore
from luthier.tune.learning_curve import learning_curve
from luthier.tune.run import tune
from luthier.tune.sweep import sweep
from luthier.tune.trial import StoppedEarly, Trial
from luthier.tune.tuned_trials import TunedTrials


@pytest.fixture
def project(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> tuple[Path, ArtefactStore]:
    write_tiny_model(tmp_path / "tiny")
    store = ArtefactStore(tmp_path / ".luthier")
    with store.write("curate", "one", {}) as writer:
        writer.records("examples", Example, two_task_examples(80))
    return tmp_path, store


def asking(**sections: object) -> Config:
    config = two_task_config(epochs=1, learning_rate=5e-3, batch_size=8, label_head="always")
    return config.model_copy(update=sections)


def test_what_a_sweep_found_has_been_tuned_already(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    space = {"learning_rate": {"low": 1e-4, "high": 1e-2}}
    config = asking(sweep=Sweep.model_validate({"search": space, "trials": 3, "prune": False}))
    found = sweep(config, root, store, TunedTrials(root, store).figure).json("sweep")
    assert [trial["state"] for trial in found["trials"]] == ["finished"] * 3
    assert all(set(trial["by_task"]) == {"colour", "sum"} for trial in found["trials"])
    assert store.current("tune") is None  # trials are not what was asked to be tuned
    before = store.keys("tune")
    assert tune(config, root, store).key in before and len(before) == 3


def test_a_learning_curve_tunes_on_shares(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    config = asking(learning_curve=LearningCurve(shares=[0.3, 0.6, 1.0]))
    found = learning_curve(config, root, store, TunedTrials(root, store).tallies).json("learning_curve")
    assert [point["examples"] for point in found["sum"]["points"]] == [18, 36, 60]
    assert len(store.keys("tune")) == 3


def test_a_trial_that_is_stopped_leaves_nothing_behind(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    seen = []

    def stop(progress: float, figure: float) -> None:
        seen.append((progress, figure))
        raise StoppedEarly("enough")

    config = asking()
    scored = with_settings(config.tune, {"early_stopping.max_cost": 0.5, "epochs": 20})
    config = config.model_copy(update={"tune": scored})
    with pytest.raises(StoppedEarly):
        tune(config, root, store, trial=Trial(on_dev=stop))
    assert len(seen) == 1 and 0 < seen[0][0] < 1 and 0 <= seen[0][1] <= 1
    assert store.keys("tune") == set() and not any((root / ".luthier" / "work").iterdir())
