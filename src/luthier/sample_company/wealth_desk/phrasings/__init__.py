"""How the firm's twenty offices write. An office is a phrasing family: it words every fact in its own way.

The wordings lie in TOML files beside this module, one a subject. Each of their entries is a text of twenty lines, the
first office's wordings on the first line and so on, with alternatives between bars; a line that begins with a bar goes
on with the office above it. A statement has no alternatives, for some offices print bars.
"""

from __future__ import annotations

import calendar
import functools
import re
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
    """The wordings of one subject: fact -> family -> alternatives. Raises as `by_family` does."""
    content = tomllib.loads((resources.files(__name__) / f"{subject}.toml").read_text(encoding="utf-8"))
    between = None if subject == "statement" else " | "
    return {fact: by_family(block, between, where=f"{subject}.toml, {fact}") for fact, block in content.items()}


def by_family(block: str, between: str | None, where: str) -> dict[str, tuple[str, ...]]:
    """A block of twenty lines as family -> alternatives; None as `between` takes every line as one wording.

    Raises `LuthierError` naming `where` if there is not one line for each family.
    """
    lines = [line.strip() for line in re.sub(r"\n *\| ", " | ", block).strip().splitlines()]
    if len(lines) != len(FAMILIES):
        raise LuthierError(f"{len(lines)} lines for {len(FAMILIES)} families", where=where)
    alternatives = [tuple(line.split(between)) if between else (line,) for line in lines]
    return dict(zip(FAMILIES, alternatives, strict=True))
