"""Tables that settings name: the firm's population, its catalogue of products."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from luthier.errors import RequestError


def read_table(root: Path, file: str, name: str, fix: str) -> tuple[Sequence[str], list[dict[str, Any]]]:
    """The columns, and the rows by column, of a CSV file in UTF-8; a cell that a row is too short for is None.

    Args:
        file: the file, relative to `root`, as the settings have it.
        name: what it is, for errors.
        fix: what to do where it is not there.

    Raises `RequestError` where it is not there or cannot be read.
    """
    path = root / file
    if not path.is_file():
        raise RequestError(f"{name} is not there", where=file, fix=fix)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            return rows.fieldnames or (), list(rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RequestError(f"{name} cannot be read: {error}", where=file, fix="Save it as CSV in UTF-8") from error
