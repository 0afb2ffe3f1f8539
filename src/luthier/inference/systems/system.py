"""The protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from luthier.records import Example, Prediction


class System(Protocol):
    """Anything that answers examples."""

    @property
    def name(self) -> str: ...

    @property
    def choices(self) -> Mapping[str, Mapping[str, Any]]:
        """Task -> what the system chose for itself on dev, for the report."""
        ...

    def answer(self, examples: Sequence[Example]) -> Iterator[Prediction]:
        """One prediction for each example, in any order."""
        ...


def by_task(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Examples grouped by their task, in order."""
    groups: dict[str, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.task, []).append(example)
    return groups
