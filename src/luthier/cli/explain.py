"""`luthier explain`: what became of one record, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from luthier.cli.options import AsJson, ProjectFolder


def explain(
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help="A record's id, or its place: notes.csv:12 is row 12 of that file.")
    ],
    project: ProjectFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Says what became of one record, and why.

    Every rule that touched it, in order, what people decided about it, and where it is now.

    \b
      luthier explain data/messages.csv:12 --project mybank
    """
    from luthier.cli.output import show
    from luthier.curate.explain import render
    from luthier.project import Project

    life = Project(project).explain(record)
    show(life, [render(life)], as_json=as_json)
