"""Fingerprints of a stream of records, kept on disk where they are large.

The sets of a million documents of 200 words take 1.6 GB (four bytes for each word and each run of words) and what
stands for their facts and names. They are looked at in order once and then pair by pair: they lie in unnamed temporary
files, mapped into memory, and vanish with the process.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from luthier.curate.compare.fingerprint import COLUMNS, SETS, Fields, Fingerprints, Sets, fingerprints
from luthier.curate.compare.spelling import SpellingGatherer

BATCH = 256  # records: fewer cost more calls, and more do not fit into a core's cache


class Gatherer:
    """Takes records one by one and gives the fingerprints of all, in the same order.

    Args:
        shingle_words: the length of a shingle.
        folder: where the temporary files go; None is the system's place.
    """

    def __init__(self, shingle_words: int, folder: Path | None = None) -> None:
        self._shingle_words = shingle_words
        self._waiting: list[Fields] = []
        self._columns: dict[str, list[NDArray[Any]]] = {name: [] for name in COLUMNS}
        self._sets = {name: _SetFile(folder) for name in SETS}
        self._spellings = SpellingGatherer()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, fields: Fields) -> None:
        """Takes the named texts of one more record."""
        self._waiting.append(fields)
        self._count += 1
        if len(self._waiting) == BATCH:
            self._read_waiting()

    def finish(self) -> Fingerprints:
        """The fingerprints of all records; nothing can be added after it."""
        if self._waiting or not self._count:
            self._read_waiting()
        columns: dict[str, Any] = {name: np.concatenate(parts) for name, parts in self._columns.items()}
        sets = {name: file.sets() for name, file in self._sets.items()}
        return Fingerprints(**columns | sets, spellings=self._spellings.finish())

    def _read_waiting(self) -> None:
        batch, self._waiting = fingerprints(self._waiting, self._shingle_words, self._spellings), []
        for name, parts in self._columns.items():
            parts.append(getattr(batch, name))
        for name, file in self._sets.items():
            file.append(getattr(batch, name))


class _SetFile:
    """`Sets` in a temporary file, which the operating system caches while there is memory for it."""

    def __init__(self, folder: Path | None) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as the mapping
        self._sizes: list[NDArray[Any]] = []

    def append(self, sets: Sets) -> None:
        self._file.write(sets.values.tobytes())
        self._sizes.append(np.diff(sets.bounds))

    def sets(self) -> Sets:
        bounds = np.concatenate(([0], *self._sizes)).cumsum()
        self._file.flush()
        if not bounds[-1]:
            return Sets(np.zeros(0, dtype=np.uint32), bounds)
        return Sets(np.asarray(np.memmap(self._file, dtype=np.uint32, mode="r")), bounds)
