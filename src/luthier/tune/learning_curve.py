"""The learning curve of a tuned model: its dev figures with less data than there is, and a forecast for more.

Each share of the training examples is tuned on with the same settings and scored on all of dev. Per task the power law
error = a + b n^-c is fitted (`luthier.statistics.power_law`) and read at multiples of today's number; its interval
comes from fitting it again on bootstrap draws of dev's groups. It holds for more data of the same kind, and it says
nothing of the luck of one run: `learning_curve.repeats` draws other examples for each share.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from luthier.config import Config
from luthier.errors import RefusedError
from luthier.metrics.tally import Tally
from luthier.metrics.task_metrics import main_metrics
from luthier.progress import say
from luthier.records import Example
from luthier.statistics.bootstrap import percentile_interval, resample
from luthier.statistics.intervals import Interval
from luthier.statistics.power_law import expected_error, fit_power_law
from luthier.store.artefacts import Artefact, ArtefactStore, content_key
from luthier.tune.pretrain import base_to_tune
from luthier.tune.trial import Trial, share_of

VERSION = 1
STAGE = "learning_curve"
Floats = NDArray[np.float64]


class TrainOn(Protocol):
    """Tunes on that share of the training examples and gives each task's tally of its dev answers.

    A tally's rows are in the order of the task's curated dev examples.
    """

    def __call__(self, config: Config, trial: Trial) -> Mapping[str, Tally]: ...


@dataclass(frozen=True, slots=True)
class Point:
    """One run: the share, how many examples of the task that was, and dev's figure."""

    share: float
    draw: int
    examples: int
    figure: Interval


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a task's figure is expected to be with so many examples."""

    multiple: float
    examples: int
    figure: Interval
    gain: Interval  # over what the law says of today's number


def learning_curve(
    config: Config, root: Path, store: ArtefactStore, train: TrainOn, *, shares: Sequence[float] | None = None
) -> Artefact:
    """Tunes on each share and returns the `learning_curve` artefact. Runs that were made before are not repeated."""
    settings = config.learning_curve
    curated = store.require("curate", "luthier curate")
    examples = list(curated.records("examples", Example))
    wanted = sorted(set(shares or settings.shares))
    if len(wanted) < 3:
        raise RefusedError("a law with three unknowns needs three shares", fix="Give three shares or more")
    runs = [(share, draw) for share in wanted for draw in range(settings.repeats if share < 1 else 1)]
    base, _ = base_to_tune(config, root, store)
    made_from = {
        "version": VERSION,
        "runs": runs,
        "settings": settings.model_dump(),
        "seed": config.seed,
        "draws": config.evaluate.draws,
        "tune": config.tune.model_dump(),
        "tasks": {name: task.model_dump() for name, task in config.tasks.items()},
        "base_model": base.fingerprint,
        "curate": curated.key,
    }
    key = content_key(made_from)
    done = store.find(STAGE, key)
    if done is None:
        tallies = {run: _run(config, run, train) for run in runs}
        found = {task: _curve(config, task, tallies, examples) for task in config.tasks}
        with store.write(STAGE, key, made_from) as writer:
            writer.json("learning_curve", found)
        done = store.require(STAGE, "luthier learning-curve")
    store.point_to(done)
    return done


def _run(config: Config, run: tuple[float, int], train: TrainOn) -> Mapping[str, Tally]:
    share, draw = run
    say(f"Tuning on {share:.0%} of the training examples" + (f", draw {draw + 1}" if draw else ""))
    return train(config, Trial(share, draw))


def _curve(
    config: Config,
    task: str,
    tallies: Mapping[tuple[float, int], Mapping[str, Tally]],
    examples: Sequence[Example],
) -> dict[str, Any]:
    """The points, the law and the forecast of one task, as plain values."""
    settings = config.learning_curve
    metric = main_metrics(config.tasks[task])[0]
    groups = [example.group for example in examples if example.task == task and example.split == "dev"]
    sizes, drawn, points = [], [], []
    for (share, draw), of_tasks in tallies.items():
        tally = of_tasks[task]
        n = _count(share_of(examples, share, config.seed, draw), task)
        figures = tally.figures[metric](resample(tally.sums, groups, config.evaluate.draws, config.seed))
        value = float(tally.figures[metric](tally.sums.sum(axis=0)))
        points.append(Point(share, draw, n, percentile_interval(np.array(value), figures, settings.confidence)))
        sizes.append(n)
        drawn.append(figures)
    numbers = np.array(sizes)
    expectations = forecasts(numbers, points, np.array(drawn).T, settings.forecast, settings.confidence)
    return {
        "metric": metric,
        "points": [_plain(point) for point in points],
        "law": dict(zip("abc", fit_power_law(numbers, 1 - np.array([p.figure.value for p in points])), strict=True)),
        "forecast": [_plain(expected) for expected in expectations],
    }


def forecasts(
    sizes: NDArray[np.int64], points: Sequence[Point], drawn: Floats, multiples: Sequence[float], confidence: float
) -> list[Forecast]:
    """What each multiple of the largest size is expected to give.

    Args:
        sizes: training examples of each run, shape (runs,).
        drawn: dev's figure of each run in each bootstrap draw, shape (draws, runs).
    """
    today = int(sizes.max())
    whole = np.array([point.figure.value for point in points])
    laws = [fit_power_law(sizes, 1 - row) for row in drawn if np.isfinite(row).all()]
    law = fit_power_law(sizes, 1 - whole)
    found = []
    for multiple in multiples:
        n = round(multiple * today)
        figures = np.array([1 - expected_error(each, n) for each in laws])
        gains = figures - np.array([1 - expected_error(each, today) for each in laws])
        value, now = 1 - expected_error(law, n), 1 - expected_error(law, today)
        found.append(
            Forecast(
                multiple,
                n,
                percentile_interval(np.array(value), figures, confidence),
                percentile_interval(np.array(value - now), gains, confidence),
            )
        )
    return found


def _plain(row: Point | Forecast) -> dict[str, Any]:
    values = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    return {name: value.plain() if isinstance(value, Interval) else value for name, value in values.items()}


def _count(examples: Sequence[Example], task: str) -> int:
    return sum(example.task == task and example.split == "train" for example in examples)
