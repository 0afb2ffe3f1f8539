"""`luthier curate` and `luthier explain`: the data made fit to learn from, and what became of one record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from luthier.cli.options import AsJson, ProjectFolder


def curate(project: ProjectFolder = Path(), as_json: AsJson = False) -> None:
    """Cleans the records, merges duplicates, cuts the splits.

    No client falls on two sides of a split. No record is lost: each decision is written down with its reason, and
    `luthier explain` reads it out.

    \b
      luthier curate --project mybank
    """
    from luthier.cli.output import run_stage, show
    from luthier.project import Project

    opened = Project(project)
    artefact, result, line = run_stage(opened, "curate", opened.curate)
    summary = artefact.json("summary")
    show({**result, "summary": summary}, [*_lines(summary), line], as_json=as_json)


def explain(
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help="A record's id, or its place: notes.csv:12 is row 12 of that file.")
    ],
    project: ProjectFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Says what became of one record, and why.

    Every rule that touched it, in order, and where it is now.

    \b
      luthier explain data/messages.csv:12 --project mybank
    """
    from luthier.cli.output import show
    from luthier.curate.explain import render
    from luthier.project import Project

    life = Project(project).explain(record)
    show(life, [render(life)], as_json=as_json)


def _lines(summary: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("documents", "examples"):
        passed = summary[kind]
        if passed["in"]:
            fates = ", ".join(f"{passed[fate]} {fate}" for fate in ("dropped", "merged", "edited") if passed[fate])
            yield f"{kind}: {passed['in']} in, {passed['kept']} kept" + (f", {fates}" if fates else "")
    for task, splits in summary["splits"].items():
        yield f"{task}: {', '.join(f'{split} {count}' for split, count in splits.items())}"
