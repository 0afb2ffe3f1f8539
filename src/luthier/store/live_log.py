"""What a long stage says of itself while it runs: a line of JSON at a time, in its work folder, for whoever looks.

Lines are only ever appended. A run that goes back to an earlier step writes those steps again; what it wrote before of
them no longer holds, and `read_live` leaves it out. A line that a kill cut short is no line.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "live.jsonl"


def append_live(folder: Path, line: Mapping[str, Any]) -> None:
    """Adds a line, with the time it was written. A line with a `step` says where the run is."""
    written = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    path = folder / NAME
    text = json.dumps({**line, "written": written}, ensure_ascii=False) + "\n"
    if path.exists() and not _ends_whole(path):
        text = "\n" + text
    with path.open("a", encoding="utf-8") as stream:
        stream.write(text)


def read_live(folder: Path) -> list[dict[str, Any]]:
    """The lines that hold, oldest first; none where nothing was written."""
    path = folder / NAME
    if not path.exists():
        return []
    lines: list[dict[str, Any]] = []
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if "step" in line and "event" not in line:
            lines = [earlier for earlier in lines if "event" in earlier or _comes_before(earlier, line)]
        lines.append(line)
    return lines


def runs_under_way(root: Path, stage: str) -> list[list[dict[str, Any]]]:
    """The lines of a stage's runs that have not finished, below a store's root; the one last heard of comes first."""
    folders = [path.parent for path in (root / "work").glob(f"{stage}-*/{NAME}")]
    folders.sort(key=lambda folder: (folder / NAME).stat().st_mtime, reverse=True)
    return [lines for lines in map(read_live, folders) if lines]


def _comes_before(earlier: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    """Whether both hold: an earlier line is of an earlier step, or of the same step and says something else."""
    step: int = earlier.get("step", -1)
    return step < line["step"] or (step == line["step"] and earlier.keys() != line.keys())


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(0, 2)
        if stream.tell() == 0:
            return True
        stream.seek(-1, 2)
        return stream.read(1) == b"\n"
