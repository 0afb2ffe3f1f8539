"""The learning curve of a tuned model, with runs whose figures follow a known law."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from miniature import two_task_config, two_task_examples

from luthier.config import Config
from luthier.errors import RefusedError
from luthier.metrics.tally import Tally
from luthier.records import Example
from luthier.statistics.intervals import Interval
from luthier.store.artefacts import ArtefactStore
from luthier.tune.learning_curve import Point, forecasts, learning_curve
from luthier.tune.trial import Trial, share_of

COUNT = 400


@pytest.fixture
def project(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> tuple[Path, ArtefactStore]:
    write_tiny_model(tmp_path / "tiny")
    store = ArtefactStore(tmp_path / ".luthier")
    with store.write("curate", "one", {}) as writer:
        writer.records("examples", Example, two_task_examples(COUNT))
    return tmp_path, store


class ByLaw:
    """Dev items that are right at random, with the error 2 n^-1/2 for a share of 300 training examples a task."""

    def __init__(self) -> None:
        self.runs: list[tuple[float, int]] = []

    def __call__(self, config: Config, trial: Trial) -> Mapping[str, Tally]:
        self.runs.append((trial.share, trial.draw))
        generator = np.random.default_rng(5)
        right = generator.random(COUNT // 4) > 2 * (trial.share * 300) ** -0.5
        sums = np.stack([right, np.ones_like(right)], axis=1).astype(float)
        figures = {name: lambda sums: sums[..., 0] / sums[..., 1] for name in ("f1_macro", "rougeL")}
        return dict.fromkeys(config.tasks, Tally(sums, figures))


def test_figures_at_each_share_and_a_forecast(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    train = ByLaw()
    found = learning_curve(two_task_config(), root, store, train).json("learning_curve")
    assert train.runs == [(0.1, 0), (0.25, 0), (0.5, 0), (1.0, 0)]
    assert [point["examples"] for point in found["sum"]["points"]] == [30, 75, 150, 300]
    figures = [point["figure"]["value"] for point in found["sum"]["points"]]
    assert figures == sorted(figures) and figures[-1] > figures[0]
    twice, four = found["colour"]["forecast"]
    assert (twice["examples"], four["examples"]) == (600, 1200)
    assert four["figure"]["value"] >= twice["figure"]["value"] >= figures[-1] - 0.02
    assert twice["gain"]["low"] <= twice["gain"]["value"] <= twice["gain"]["high"]


def test_it_is_not_repeated_and_repeats_draw_other_examples(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    train = ByLaw()
    config = two_task_config()
    config = config.model_copy(update={"learning_curve": config.learning_curve.model_copy(update={"repeats": 2})})
    one = learning_curve(config, root, store, train)
    assert train.runs == [(0.1, 0), (0.1, 1), (0.25, 0), (0.25, 1), (0.5, 0), (0.5, 1), (1.0, 0)]
    assert learning_curve(config, root, store, train).key == one.key and len(train.runs) == 7


def test_two_shares_are_refused(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    with pytest.raises(RefusedError, match="three shares"):
        learning_curve(two_task_config(), root, store, ByLaw(), shares=[0.5, 1.0])


def test_a_forecast_reads_the_law_and_its_interval_holds_it() -> None:
    """Error .1 + 2 n^-1/2: .3 at 100, .2 at 400, .15 at 1,600, and .1 + 2/80 = .125 at 6,400."""
    sizes = np.array([100, 400, 1600])
    points = [Point(1.0, 0, int(n), Interval(1 - e, 0.0, 1.0)) for n, e in zip(sizes, (0.3, 0.2, 0.15), strict=True)]
    noise = np.random.default_rng(1).normal(0, 0.01, size=(200, 3))
    (found,) = forecasts(sizes, points, np.array([0.7, 0.8, 0.85]) + noise, [4.0], 0.9)
    assert found.examples == 6400
    assert found.figure.value == pytest.approx(0.875, abs=0.005)
    assert found.figure.low < 0.875 < found.figure.high
    assert found.gain.value == pytest.approx(0.025, abs=0.005)


def test_a_share_keeps_groups_whole_lies_within_larger_ones_and_leaves_other_splits_alone() -> None:
    examples = two_task_examples(100)
    kept = [{e.id for e in share_of(examples, share, seed=3)} for share in (0.1, 0.3, 1.0)]
    assert all(smaller <= larger for smaller, larger in itertools.pairwise(kept))
    tenth = share_of(examples, 0.1, seed=3)
    assert sum(e.split == "dev" for e in tenth) == sum(e.split == "dev" for e in examples)
    training = [e for e in tenth if e.split == "train"]
    assert len(training) == 16  # a tenth of 150, up to the end of a group of two
    assert set(Counter(e.group for e in training).values()) == {2}
    assert {label for e in training for label in e.target.labels or ()} == {"red", "blue"}
    assert {e.id for e in share_of(examples, 0.1, seed=3, draw=1)} != kept[0]
