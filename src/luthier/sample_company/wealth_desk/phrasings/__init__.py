"""How the firm's twenty offices write. An office is a phrasing family: it words every fact in its own way.

The wordings lie in TOML files beside this module, one a subject. Each of their entries is a text of twenty lines, the
first office's wordings on the first line and so on, with alternatives between bars.
"""

from __future__ import annotations

import calendar
import functools
import tomllib
from dataclasses import dataclass
from importlib import resources

from luthier.errors import LuthierError

FAMILIES = tuple(
    """
    ashby bell corbridge dunmore elswick farrow glendale hollis irwell jarrow
    kelso linden marsden norwood orchard penrith quarry redcar selby tarrant
    """.split()  # noqa: SIM905
)
MONTHS = tuple(calendar.month_name)[1:]  # in English: nothing sets a locale


@dataclass(frozen=True, slots=True)
class Habits:
    """An office's habits beyond its wordings. `date` and `amount` are formats; `between` stands between sentences."""

    date: str
    amount: str
    between: str = " "
    capitals: bool = True


_DATES = ("{name} {year}", "{month:02d}/{year}", "{short} {year}", "{year}-{month:02d}")
_AMOUNTS = ("EUR {0}k", "€{0}k", "{0}k EUR")


def habits(family: str) -> Habits:
    """The habits of an office. Two offices type like a machine: no capitals, their own separators."""
    number = FAMILIES.index(family)
    between = {"farrow": " / ", "orchard": "; "}.get(family)
    return Habits(_DATES[number % 4], _AMOUNTS[number % 3], between or " ", capitals=between is None)


@functools.cache
def wordings(subject: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """The wordings of one subject: fact -> family -> alternatives.

    Raises `LuthierError` where a fact does not have one line for each family.
    """
    content = tomllib.loads((resources.files(__name__) / f"{subject}.toml").read_text(encoding="utf-8"))
    found = {}
    for fact, block in content.items():
        lines = [line for line in block.splitlines() if line.strip()]
        if len(lines) != len(FAMILIES):
            raise LuthierError(f"{len(lines)} lines for {len(FAMILIES)} families", where=f"{subject}.toml, {fact}")
        found[fact] = {
            family: tuple(part.strip() for part in line.split(" | ")) if subject != "statement" else (line.strip(),)
            for family, line in zip(FAMILIES, lines, strict=True)
        }
    return found
