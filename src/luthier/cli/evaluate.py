"""`luthier evaluate`: every system answers the same items and is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from luthier.cli.options import AsJson, ProjectFolder

OpenTest = Annotated[
    bool,
    typer.Option("--open-test", help="Measure on the sealed test split. Who opened it, and when, is in every report."),
]


def evaluate(project: ProjectFolder = Path(), open_test: OpenTest = False, as_json: AsJson = False) -> None:
    """Measures the specialist against generic and cheap systems.

    All answer the same items of the dev split, which may be looked at as often as you like. When the choices are
    made, --open-test measures on the test split, which nothing was chosen on. Every figure has an interval, every
    comparison is paired.

    \b
      luthier evaluate --project mybank
      luthier evaluate --project mybank --open-test
    """
    from luthier.cli.output import run_stage, show
    from luthier.project import Project

    opened = Project(project)
    artefact, result, line = run_stage(opened, "evaluate", lambda: opened.evaluate(open_test=open_test))
    scorecard = artefact.json("scorecard")
    show({**result, "scorecard": scorecard}, [*scorecard_lines(scorecard), line], as_json=as_json)


def scorecard_lines(scorecard: Mapping[str, Any]) -> Iterator[str]:
    """Each task's systems by its headline metric, its verdict, and its targets."""
    from luthier.cli.output import table
    from luthier.cycle.loop import target_line

    for name, card in scorecard["tasks"].items():
        metric = card["headline"]
        yield f"{name}: {metric} on {card['n']} {scorecard['split']} items"
        rows = [["  system", metric, "interval"]]
        rows += [[f"  {system}", *_interval(figures[metric])] for system, figures in card["systems"].items()]
        yield from table(rows)
        yield f"  {card['verdict']}"
        for target in card["targets"]:
            yield f"  target {target_line(name, target)}"


def _interval(figure: Mapping[str, float | None]) -> tuple[str, str]:
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return "undefined", ""
    return f"{value:.3f}", "" if low is None or high is None else f"{low:.3f} to {high:.3f}"
