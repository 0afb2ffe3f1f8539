"""Targets: checked before anything is measured, judged once everything is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from luthier.config import Config, Target
from luthier.config.nearest import any_of, nearest
from luthier.errors import RequestError
from luthier.metrics.task_metrics import metric_names
from luthier.statistics.intervals import UNDEFINED, Interval
from luthier.statistics.target_verdict import Direction, judge


def check_targets(config: Config) -> None:
    """Raises `RequestError` for a target on a metric its task does not have, with the nearest that it has."""
    for number, target in enumerate(config.evaluate.targets):
        names = metric_names(config.tasks[target.task])
        if target.metric not in names:
            raise RequestError(
                f"'{target.task}' is not measured by '{target.metric}'; {_what_else(target.metric, names)}",
                where=f"luthier.yaml, evaluate.targets.{number}.metric",
            )


def _what_else(metric: str, names: Sequence[str]) -> str:
    found = nearest(metric, names)
    return f"did you mean {found}?" if found else f"it is measured by {any_of(list(names))}"


def judged(
    targets: Sequence[Target], figures: Mapping[str, Mapping[str, Interval]], counts: Mapping[str, int]
) -> list[dict[str, Any]]:
    """One task's targets with what was measured and the verdict, as the scorecard holds them.

    Args:
        targets: of this task.
        figures: system -> metric -> what was measured.
        counts: system -> how many items it answered.
    """
    return [_judged(target, figures, counts) for target in targets]


def _judged(target: Target, figures: Mapping[str, Mapping[str, Interval]], counts: Mapping[str, int]) -> dict[str, Any]:
    interval = figures.get(target.system, {}).get(target.metric, UNDEFINED)
    direction: Direction = "at_least" if target.at_least is not None else "at_most"
    bound = target.at_least if target.at_least is not None else target.at_most
    assert bound is not None  # a target has one bound or the other
    verdict = judge(interval, bound, direction, counts.get(target.system, 0))
    return {
        "system": target.system,
        "metric": target.metric,
        "target": bound,
        "direction": direction,
        **interval._asdict(),
        "state": verdict.state,
        "needed": verdict.needed,
    }
