"""`luthier sweep` and `luthier learning-curve`: which settings, and how much data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from luthier.cli.options import AsJson, ProjectFolder


def sweep(
    project: ProjectFolder = Path(),
    trials: Annotated[
        int | None, typer.Option(min=1, help="Runs at most, all together. Without it: sweep.trials.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Minutes at most, all together. Without it: sweep.minutes.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tries other settings of `tune`, and says which do best on dev.

    What is tried stands in luthier.yaml under `sweep`. The first trial is the settings as they are. Runs that stand
    below the others are stopped early; a sweep that was stopped, or is given more trials or time, goes on. The results
    are in report/tuning.html.

    \b
      luthier sweep --project mybank --minutes 120
      luthier sweep --trials 40
    """
    from luthier.cli.output import run_stage, show
    from luthier.progress import duration
    from luthier.project import Project
    from luthier.report.tuning_page import as_yaml

    opened = Project(project)
    given = {name: value for name, value in (("trials", trials), ("minutes", minutes)) if value is not None}
    asked = opened.config.sweep.model_copy(update=given)
    opened.config = opened.config.model_copy(update={"sweep": asked})
    artefact, result, line = run_stage(opened, "sweep", opened.sweep)
    page = opened.tuning_report()
    found = artefact.json("sweep")
    best = next(trial for trial in found["trials"] if trial["number"] == found["best"])
    own = next((trial for trial in found["trials"] if not trial["settings"] and trial["state"] == "finished"), None)
    lines = [f"{len(found['trials'])} trials in {duration(found['seconds'])}; the best on dev: {best['figure']:.3f}"]
    if own is not None:
        lines[0] += f", the settings as they are: {own['figure']:.3f}"
    lines += as_yaml(best["settings"]).splitlines() or [
        "Nothing that was tried is better than the settings as they are"
    ]
    show({**result, "report": page, **found}, [*lines, line, str(page)], as_json=as_json)


def learning_curve(project: ProjectFolder = Path(), as_json: AsJson = False) -> None:
    """Tunes on 10, 25, 50 and 100% of the data, and forecasts what more would bring.

    The shares stand in luthier.yaml under `learning_curve`. Runs that were made before are not repeated. The curve is
    in report/tuning.html.

    \b
      luthier learning-curve --project mybank
    """
    from luthier.cli.output import run_stage, show
    from luthier.project import Project
    from luthier.report import wording
    from luthier.report.tuning_shapes import CurveOfTask

    opened = Project(project)
    artefact, result, line = run_stage(opened, "learning_curve", opened.learning_curve)
    page = opened.tuning_report()
    content = artefact.json("learning_curve")
    lines = []
    for task, plain in content.items():
        curve = CurveOfTask.model_validate(plain)
        name = wording.metric_name(curve.metric)
        lines += [f"{task}, {p.examples:,} examples: {name} {wording.measured(p.figure)}" for p in curve.points]
        lines += [f"{task}, {f.examples:,} examples: {wording.measured(f.figure)} expected" for f in curve.forecast]
    show({**result, "report": page, "tasks": content}, [*lines, line, str(page)], as_json=as_json)
