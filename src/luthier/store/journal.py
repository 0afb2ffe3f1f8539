"""Files that are only ever appended to: what people did or decided, one JSON object a line.

Lines end with "\\n" alone. Text of people may hold other characters that end a line to some readers, such as U+2028.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import getpass
import json
import os
from pathlib import Path
from typing import Any, TypeVar

from luthier.errors import LuthierError

Entry = TypeVar("Entry")


def append(path: Path, entry: Any) -> None:
    """Adds an entry, a dataclass of plain values; it is on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="\n") as stream:
        stream.write(json.dumps(dataclasses.asdict(entry), ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def entries(path: Path, noun: type[Entry], *, what: str, fix: str) -> list[Entry]:
    """All entries, oldest first; none where there is no file.

    Args:
        what, fix: of the `LuthierError` that is raised for a line that is no `noun`.
    """
    if not path.exists():
        return []
    found = []
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                found.append(noun(**json.loads(line)))
            except (TypeError, ValueError) as error:
                raise LuthierError(what, where=f"{path}, line {number}", fix=fix) from error
    return found


def utc_now() -> str:
    """The time in ISO 8601, UTC, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def this_user() -> str:
    """The login name; some containers have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
