"""How a command shows its result: as lines for a person, or as one JSON document for a script."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from luthier.project import Project
from luthier.store.artefacts import Artefact


def show(result: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """Prints `result` as JSON, or else `lines`, on standard output."""
    if as_json:
        print(json.dumps(result, indent=1, ensure_ascii=False, default=_plain))
    else:
        for line in lines:
            print(line)


def run_stage(project: Project, stage: str, work: Callable[[], Artefact]) -> tuple[Artefact, dict[str, Any], str]:
    """Runs a stage; gives its artefact, that as a result to print, and a line that says whether it was there before."""
    before = project.store.keys(stage)
    artefact = work()
    reused = artefact.key in before
    result = {"stage": stage, "key": artefact.key, "folder": artefact.folder, "reused": reused}
    done = "as before: nothing it depends on has changed" if reused else "done"
    return artefact, result, f"{stage} {artefact.key}: {done}"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns: the first left, numbers and words alike; the first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, Path):
        return value.as_posix()
    raise TypeError(f"{type(value).__name__} has no JSON form")
