"""`luthier status`: where a project stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luthier.cli.options import AsJson, ProjectFolder
from luthier.progress import duration

if TYPE_CHECKING:
    from luthier.project import StageStatus


def status(project: ProjectFolder = Path(), as_json: AsJson = False) -> None:
    """Says where each stage stands.

    When it was made, whether something it was made from is newer by now, and whether a stopped run waits.

    \b
      luthier status --project mybank
    """
    from luthier.cli.output import show, table
    from luthier.project import Project

    found = Project(project).status()
    rows = [[stage.stage, stage.key or "-", (stage.created or "-")[:19], _remark(stage)] for stage in found.stages]
    lines = [f"{found.name} ({found.base_model})", *table([["stage", "artefact", "made (UTC)", ""], *rows])]
    show(found, [*lines, f"report: {found.report or 'none yet'}"], as_json=as_json)


def _remark(stage: StageStatus) -> str:
    if stage.newest is not None:
        return _how_far(stage.newest)
    if stage.unfinished:
        return f"a stopped run waits: `luthier {_command(stage.stage)}` goes on with it"
    if stage.made_from_older:
        return f"made from an older {' and '.join(stage.made_from_older)}: run `luthier {_command(stage.stage)}`"
    return "" if stage.key else "not run yet"


def _command(stage: str) -> str:
    """The command that runs a stage."""
    return "tune" if stage == "pretrain" else stage


def _how_far(newest: Mapping[str, Any]) -> str:
    """Where a run was when it last wrote of itself. Whether it still runs, only its age can say."""
    age = (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(newest["written"])).total_seconds()
    left = f", {duration(newest['seconds_left'])} left" if newest["seconds_left"] is not None else ""
    where = f"step {newest['step']} of {newest['steps']}, loss {newest['loss']:.3f}{left}"
    return f"{where}, written {duration(age)} ago; if it was stopped, `luthier tune` goes on with it"
