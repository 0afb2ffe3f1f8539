"""The shapes of what a sweep and a learning curve left, as their page relies on them."""

from __future__ import annotations

from typing import Any

from luthier.report.shapes import Interval, Shape


class SweepTrial(Shape):
    number: int
    state: str
    settings: dict[str, Any]
    figure: float | None
    by_task: dict[str, float]
    seconds: float
    why: str


class SweepFound(Shape):
    """`space` is setting -> what was searched; `best` a trial's number; `share` of the training examples."""

    trials: list[SweepTrial]
    space: dict[str, dict[str, Any]]
    best: int
    importance: dict[str, float]
    share: float
    seconds: float

    @property
    def best_trial(self) -> SweepTrial:
        return next(trial for trial in self.trials if trial.number == self.best)

    @property
    def as_they_are(self) -> SweepTrial | None:
        """The trial of the project's own settings, if it was finished."""
        return next((t for t in self.trials if not t.settings and t.state == "finished"), None)


class CurvePoint(Shape):
    share: float
    draw: int
    examples: int
    figure: Interval


class CurveForecast(Shape):
    multiple: float
    examples: int
    figure: Interval
    gain: Interval


class CurveOfTask(Shape):
    """`law`: a, b and c of error = a + b n^-c."""

    metric: str
    points: list[CurvePoint]
    law: dict[str, float]
    forecast: list[CurveForecast]
