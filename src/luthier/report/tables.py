"""A table as both the page and the model card print it, and the cells it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from luthier.report import wording
from luthier.report.shapes import Interval


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place. `note` is smaller print: an interval, or why there is no figure."""

    text: str
    note: str = ""
    number: bool = False
    state: str = ""  # met, missed, undecided: shown as a badge

    @property
    def missing(self) -> bool:
        return self.text == wording.NONE


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under named columns; the first cell of a row names it.

    `wide` keeps rows as rows on a phone (the table scrolls) instead of setting each row as a block of its own; `tall`
    gives the table a window to scroll in.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    wide: bool = False
    tall: bool = False

    def numeric(self, column: int) -> bool:
        """Whether a column holds figures only, and stands to the right."""
        return bool(self.rows) and all(row[column].number for row in self.rows)


def table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, wide: bool = False, tall: bool = False
) -> Table:
    """A `Table`; raises `ValueError` where a row has more or fewer cells than there are columns."""
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"'{caption}': {len(row)} cells under {len(columns)} columns")
    return Table(caption, tuple(columns), tuple(tuple(row) for row in rows), wide, tall)


def text(content: str, note: str = "") -> Cell:
    return Cell(content, note)


def nothing(why: str) -> Cell:
    """A figure that is not there, and why."""
    return Cell(wording.NONE, why, number=True)


def number(value: float | None, why: str = "not recorded") -> Cell:
    """A count, or a dash with the reason."""
    return nothing(why) if value is None else Cell(wording.count(value), number=True)


def score(value: float | None, why: str) -> Cell:
    """A figure without an interval."""
    return nothing(why) if value is None else Cell(wording.score(value), number=True)


def interval(figure: Interval, why: str = "undefined on these items") -> Cell:
    """A figure with its interval as small print."""
    if figure.value is None:
        return nothing(why)
    if figure.low is None or figure.high is None:
        return Cell(wording.score(figure.value), "no interval", number=True)
    return Cell(wording.score(figure.value), wording.between(figure.low, figure.high), number=True)


def difference(value: float | None, low: float | None, high: float | None) -> Cell:
    """A signed difference with its interval as small print."""
    if value is None:
        return nothing("undefined on these items")
    note = "no interval" if low is None or high is None else wording.between(low, high, sign=True)
    return Cell(wording.signed(value), note, number=True)


def badge(state: str) -> Cell:
    return Cell(wording.STATES[state], state=state)
