"""What coverage keeps of each record: whose it is, its profile, its labels, and which rule took it away.

A few numbers a record, so that a million of them are some tens of megabytes; what they stand for is kept once.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Mapping
from typing import Any, Generic, TypeVar

import numpy as np
import xxhash
from numpy.typing import NDArray

Profile = tuple[tuple[str, str], ...]  # (field, value) pairs, by field
Ints = NDArray[np.int64]
Value = TypeVar("Value", bound=Hashable)


class ProfileRows:
    """Records, one by one, and then their columns as arrays. Groups are 64 bits of their names' hashes."""

    def __init__(self) -> None:
        self._groups = array("Q")
        self.profiles: Numbered[Profile] = Numbered()
        self.tasks: Numbered[str] = Numbered()
        self.labels: Numbered[tuple[str, ...] | None] = Numbered()
        self.removed_by: Numbered[str | None] = Numbered()
        self.proposed_by: Numbered[str | None] = Numbered()

    def __len__(self) -> int:
        return len(self._groups)

    def add(
        self,
        group: str,
        profile: Mapping[str, str],
        *,
        task: str = "",
        labels: tuple[str, ...] | None = None,
        removed_by: str | None = None,
        proposed_by: str | None = None,
    ) -> None:
        """Takes one record. `proposed_by` is the rule that would have removed it, and was not let."""
        self._groups.append(xxhash.xxh3_64_intdigest(group.encode(errors="surrogatepass")))
        self.profiles.add(tuple(sorted(profile.items())))
        self.tasks.add(task)
        self.labels.add(labels)
        self.removed_by.add(removed_by)
        self.proposed_by.add(proposed_by)

    def groups(self) -> Ints:
        """Each record's group as a number from 0."""
        names = np.frombuffer(self._groups, dtype=np.uint64) if self._groups else np.zeros(0, dtype=np.uint64)
        return np.unique(names, return_inverse=True)[1].astype(np.int64)

    def kept(self, task: str | None = None) -> NDArray[np.bool_]:
        """Which records no rule removed; of one task, or of all."""
        kept = self.removed_by.are(None)
        return kept if task is None else kept & self.tasks.are(task)

    def cells_of(self, fields: tuple[str, ...]) -> tuple[list[Profile], Ints]:
        """The cells of these fields that occur, in order, and of each record the number of its own; -1 without one."""
        own = []
        for profile in self.profiles.values:
            cell = tuple(pair for pair in profile if pair[0] in fields)
            own.append(cell if len(cell) == len(fields) else None)
        cells = sorted({cell for cell in own if cell is not None})
        place = {cell: number for number, cell in enumerate(cells)}
        of_profile = np.array([-1 if cell is None else place[cell] for cell in own], dtype=np.int64)
        return cells, of_profile[self.profiles.column()] if len(self) else np.zeros(0, dtype=np.int64)


class Numbered(Generic[Value]):
    """A column of values that recur, each kept once."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._column = array("i")

    def add(self, value: Value) -> None:
        self._column.append(self._numbers.setdefault(value, len(self._numbers)))

    @property
    def values(self) -> list[Value]:
        """The values that occur, in the order of their numbers."""
        return list(self._numbers)

    def column(self) -> Ints:
        """Each row's value by its number."""
        return np.array(self._column, dtype=np.int64)

    def are(self, value: Value) -> NDArray[np.bool_]:
        """Which rows have this value."""
        return np.equal(self.column(), self._numbers.get(value, -1))
