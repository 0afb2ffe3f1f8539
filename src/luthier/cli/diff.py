"""`luthier diff`: what changed between two versions of the curated data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from luthier.cli.options import AsJson, ProjectFolder

_HELP = "A version's key, or the beginning of one; previous and current are the last two."


def diff(
    one: Annotated[str, typer.Argument(metavar="A", help=_HELP)] = "previous",
    other: Annotated[str, typer.Argument(metavar="B", help=_HELP)] = "current",
    project: ProjectFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Says what changed between two versions of the curated data.

    Records that were added, removed or changed, examples that moved to another split, findings by reason.

    \b
      luthier diff previous current --project mybank
    """
    from luthier.cli.output import show, table
    from luthier.curate.difference import render
    from luthier.project import Project

    found = Project(project).diff(one, other)
    lines = ["nothing changed"] if found.nothing else table(render(found))
    show(found, lines, as_json=as_json)
