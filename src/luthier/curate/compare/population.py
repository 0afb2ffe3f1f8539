"""Whom the specialist will serve: the shares of profile cells that the firm declares.

A cell is a value of a profile field (segment=retail), or of several fields together (segment=retail, region=north).
What is declared of several together holds for each part of them too.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from luthier.config.curation.coverage import Coverage as Settings
from luthier.curate.compare.named_tables import read_table
from luthier.errors import RequestError

Cell = tuple[tuple[str, str], ...]  # (field, value) pairs, by field
Fields = tuple[str, ...]
Shares = Mapping[Cell, float]
CLOSE = 0.01  # how far declared shares may be from adding up, or from agreeing
FIX = "Give it columns field, value and share, or a column for each profile field and one for share, adding up to 1"


class Population:
    """Declared shares by the fields they are of.

    Raises `RequestError` where shares do not add up to 1, or the same field is declared twice and differently.

    Args:
        declared: fields -> cell -> share.
        where: what the shares were read from, for errors.
    """

    def __init__(self, declared: Mapping[Fields, Shares], where: str = "luthier.yaml, curate.coverage") -> None:
        for fields, shares in declared.items():
            total = sum(shares.values())
            if not math.isclose(total, 1, abs_tol=CLOSE):
                what = f"the shares of {_named(fields)} add up to {total:g}, not to 1"
                raise RequestError(what, where=where, fix=FIX)
        self.declared = {fields: dict(shares) for fields, shares in sorted(declared.items())}
        self.shares: dict[Fields, dict[Cell, float]] = {}
        for fields in sorted(self.declared, key=lambda fields: (-len(fields), fields)):
            self._add(fields, self.declared[fields], where)

    def _add(self, fields: Fields, shares: Shares, where: str) -> None:
        for size in range(1, len(fields) + 1):
            for part in combinations(fields, size):
                summed: dict[Cell, float] = defaultdict(float)
                for cell, share in shares.items():
                    summed[tuple(pair for pair in cell if pair[0] in part)] += share
                known = self.shares.setdefault(part, dict(summed))
                if any(abs(known.get(cell, 0.0) - summed.get(cell, 0.0)) > CLOSE for cell in {*known, *summed}):
                    what = f"the shares of {_named(part)} are declared twice, and differ"
                    raise RequestError(what, where=where, fix="Declare them once: what holds together holds alone")

    @property
    def fields(self) -> list[Fields]:
        """The fields, and sets of fields, whose shares are known."""
        return sorted(self.shares, key=lambda fields: (len(fields), fields))

    def margins(self) -> list[Fields]:
        """What weights must reach: what was declared, without what follows from the rest of it."""
        return [fields for fields in self.declared if not any(set(fields) < set(other) for other in self.declared)]

    def share(self, cell: Cell) -> float | None:
        """The declared share of a cell: 0 if its fields are declared and it is not, None if they are not."""
        shares = self.shares.get(tuple(field for field, _ in cell))
        return None if shares is None else shares.get(cell, 0.0)

    def plain(self) -> list[tuple[str, float]]:
        """Every declared share by its cell in words, as a key can be made of."""
        return [(in_words(cell), share) for shares in self.declared.values() for cell, share in sorted(shares.items())]


def read_population(settings: Settings, root: Path) -> Population:
    """The declared shares, from the settings and from their file.

    Raises `RequestError` where the file is missing or unreadable, lacks a column, has another share than from 0 to 1,
    or shares do not add up to 1 or differ.
    """
    declared: dict[Fields, dict[Cell, float]] = {}
    for field, values in settings.population.items():
        declared[(field,)] = {((field, value),): share for value, share in values.items()}
    for each in settings.cells:
        cell = tuple(sorted(each.of.items()))
        declared.setdefault(_fields(cell), {})[cell] = each.share
    if settings.population_file is None:
        return Population({fields: shares for fields, shares in declared.items() if shares})
    columns, rows = read_table(root, settings.population_file, "the population file", FIX)
    for number, row in enumerate(rows, start=1):
        read = _row(columns, row)
        if read is None:
            where = f"{settings.population_file}, row {number}"
            raise RequestError("a share could not be read", where=where, fix=FIX)
        cell, share = read
        declared.setdefault(_fields(cell), {})[cell] = share
    return Population(declared, settings.population_file)


def _row(columns: Iterable[str], row: Mapping[str, Any]) -> tuple[Cell, float] | None:
    """A row of the population file as a cell and its share."""
    if "field" in columns and "value" in columns:
        pairs = [(row["field"], row["value"])]
    else:
        pairs = [(column, row[column]) for column in columns if column != "share"]
    try:
        share = float(row["share"])
    except (KeyError, TypeError, ValueError):
        return None
    known = all(field and value for field, value in pairs)
    return (tuple(sorted(pairs)), share) if pairs and known and 0 <= share <= 1 else None


def in_words(cell: Cell) -> str:
    """A cell as people write it: `segment=retail, region=north`."""
    return ", ".join(f"{field}={value}" for field, value in cell)


def _fields(cell: Cell) -> Fields:
    return tuple(field for field, _ in cell)


def _named(fields: Fields) -> str:
    return " × ".join(f"'{field}'" for field in fields)
