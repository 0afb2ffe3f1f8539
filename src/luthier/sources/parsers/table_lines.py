"""A table inside a text: one line a row, the same in every format."""

from __future__ import annotations

from collections.abc import Iterable

SEPARATOR = " | "


def row_line(cells: Iterable[str]) -> str:
    """A row on one line, as `a | b | c`: line breaks in a cell become spaces, empty cells at the end are left off."""
    flat = [" ".join(cell.split()) for cell in cells]
    while flat and not flat[-1]:
        flat.pop()
    return SEPARATOR.join(flat)
