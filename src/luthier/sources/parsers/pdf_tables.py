"""Tables in a PDF page: a row on one line, as in every other format.

A PDF has no tables, only words at places. pypdf can set a page's words on a grid of characters ("layout" text), on
which a table shows as lines with wide gaps at the same columns. Where such lines follow one another, their cells are
looked for in the page's plain text, one after the other, and joined to a line there. Words are therefore never moved,
added or lost: a table that is not recognised stays as it was.

Not recognised are a table of one row, cells of several lines (their row stays apart), columns set closer than
`GAP_SPACES`, and rows whose cells the file does not hold side by side. Two columns of prose are told from a table by
the length of their lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from luthier.sources.parsers.table_lines import row_line

GAP_SPACES = 3
SHIFT = 2  # characters by which a column's cells may stand apart and still be one column
PROSE_CHARACTERS = 32  # a median cell longer than this is a line of prose
CELL = re.compile(rf"\S+(?: {{1,{GAP_SPACES - 1}}}\S+)*")


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    end: int
    text: str


def join_rows(plain: str, layout: str) -> str:
    """A page's plain text, with the rows of the tables that its layout text shows each on one line."""
    lines = plain.split("\n")
    bare = [_bare(line) for line in lines]
    joined, at = [], 0
    for row in _rows(layout):
        whole = "".join(_bare(cell) for cell in row)
        found = _find(bare, whole, at)
        if found is not None:
            first, last = found
            joined += [*lines[at:first], row_line(row)]
            at = last
    return "\n".join([*joined, *lines[at:]])


def _find(bare: list[str], whole: str, at: int) -> tuple[int, int] | None:
    """The lines, from `at` on, that hold exactly the characters of `whole`: the first, and the one after the last."""
    for first in range(at, len(bare)):
        if not bare[first] or not whole.startswith(bare[first]):
            continue
        length, last = 0, first
        while last < len(bare) and length < len(whole) and whole.startswith(bare[last], length):
            length, last = length + len(bare[last]), last + 1
        if length == len(whole):
            return first, last
    return None


def _bare(text: str) -> str:
    return "".join(text.split())


def _rows(layout: str) -> Iterator[list[str]]:
    """The rows of every table on the page, each with a cell for every column of its table."""
    block: list[list[_Cell]] = []
    for line in [*layout.split("\n"), ""]:
        cells = [_Cell(m.start(), m.end(), m.group()) for m in CELL.finditer(line)]
        if len(cells) > 1 and (not block or _share_columns(block[-1], cells)):
            block.append(cells)
        elif line.strip() or block:
            yield from _table(block)
            block = [cells] if len(cells) > 1 else []


def _share_columns(above: list[_Cell], below: list[_Cell]) -> bool:
    """Whether at least two cells of the shorter row stand under cells of the other."""
    return sum(any(_one_column(cell, other) for other in above) for cell in below) >= 2


def _one_column(a: _Cell, b: _Cell) -> bool:
    """Whether two cells are set flush left, flush right or centred in one column."""
    middles = abs((a.start + a.end) - (b.start + b.end)) / 2
    return min(abs(a.start - b.start), abs(a.end - b.end), middles) <= SHIFT


def _table(block: list[list[_Cell]]) -> Iterator[list[str]]:
    lengths = sorted(len(cell.text) for row in block for cell in row)
    if len(block) < 2 or lengths[len(lengths) // 2] > PROSE_CHARACTERS:
        return
    widest = max(block, key=len)
    for row in block:
        cells = [""] * len(widest)
        taken = -1
        for cell in row:
            free = range(taken + 1, len(widest))
            fits = [n for n in free if _one_column(widest[n], cell)]
            taken = fits[0] if fits else min(free, key=lambda n: abs(widest[n].start - cell.start), default=-1)
            if taken < 0:
                break
            cells[taken] = cell.text
        yield cells if taken >= 0 else [cell.text for cell in row]
