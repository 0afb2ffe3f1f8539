"""`luthier tune`: the base model becomes a specialist."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from luthier.cli.options import AsJson, ProjectFolder


def tune(
    project: ProjectFolder = Path(),
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Go on from a stopped run's last checkpoint, or throw that away.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Trains the specialist on the training split, by LoRA or as tune.method says.

    Prints every setting it uses and where that came from, then the time left. Stopped, by Ctrl-C or by a power cut, it
    goes on from its last checkpoint when run again. A finished specialist is not trained again while data and settings
    stay the same.

    \b
      luthier tune --project mybank
      luthier tune --project mybank --fresh    throw a stopped run away and begin anew
    """
    from luthier.cli.output import run_stage, show
    from luthier.progress import duration
    from luthier.project import Project

    opened = Project(project)
    artefact, result, line = run_stage(opened, "tune", lambda: opened.tune(resume=resume))
    summary = artefact.json("summary")
    trained = f"{summary['base_model']}: {summary['examples']} examples, {summary['steps']} steps"
    show(
        {**result, "summary": summary},
        [f"{trained}, {duration(summary['seconds'])} of training", line],
        as_json=as_json,
    )
