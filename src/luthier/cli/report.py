"""`luthier report`: what was found, as one page for its owner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from luthier.cli.options import AsJson, ProjectFolder


def report(
    project: ProjectFolder = Path(),
    data: Annotated[
        bool, typer.Option("--data", help="Only the page on the data, report/data.html; curating is enough for it.")
    ] = False,
    tuning: Annotated[
        bool,
        typer.Option("--tuning", help="Only the page on tuning, report/tuning.html; a run under way is enough for it."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Writes the report for the project's owner.

    report/index.html, report/scorecard.json and report/model_card.md, from what the stages made last. The page is one
    file that loads nothing from elsewhere: it can be mailed and opened anywhere.

    \b
      luthier report --project mybank
      luthier report --data
      luthier report --tuning                  the curve of a run that goes on at this moment
    """
    from luthier.cli.output import show
    from luthier.project import Project

    opened = Project(project)
    page = opened.data_report() if data else opened.tuning_report() if tuning else opened.report()
    show({"report": page}, [str(page)], as_json=as_json)
