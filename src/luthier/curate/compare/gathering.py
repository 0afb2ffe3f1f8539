"""Fingerprints of a stream of records: computed on one process or several, kept on disk where they are large.

The sets of a million documents of 200 words take about 1.8 GB, and are looked at in order once and then pair by pair:
they lie in unnamed temporary files, mapped into memory, and vanish with the process.
"""

from __future__ import annotations

import tempfile
from collections import deque
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from luthier.curate.compare.fingerprint import Fields, Fingerprints, Sets, fingerprints

BATCH = 256  # records: fewer cost more calls, and more do not fit into a core's cache
_COLUMNS = ("same", "form", "facts", "length")
_SETS = ("shingles", "words", "stated", "names")


def process_pool(processes: int) -> Executor | None:
    """A pool of as many processes, or None where the work is done in this one. Close it by `shutdown`."""
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn")) if processes > 1 else None


class Gatherer:
    """Takes records one by one and gives the fingerprints of all, in the same order, whatever the pool.

    Args:
        shingle_words: the length of a shingle.
        pool: where fingerprints are computed; None is this process.
        folder: where the temporary files go; None is the system's place.
    """

    def __init__(self, shingle_words: int, pool: Executor | None = None, folder: Path | None = None) -> None:
        self._shingle_words, self._pool = shingle_words, pool
        self._waiting: list[Fields] = []
        self._running: deque[Future[Fingerprints]] = deque()
        self._columns: dict[str, list[NDArray[Any]]] = {name: [] for name in _COLUMNS}
        self._sets = {name: _SetFile(folder) for name in _SETS}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, fields: Fields) -> None:
        """Takes the named texts of one more record."""
        self._waiting.append(fields)
        self._count += 1
        if len(self._waiting) == BATCH:
            self._send()

    def finish(self) -> Fingerprints:
        """The fingerprints of all records; nothing can be added after it."""
        if self._waiting or not self._count:
            self._send()
        while self._running:
            self._keep(self._running.popleft().result())
        columns = {name: np.concatenate(parts) for name, parts in self._columns.items()}
        sets = {name: file.sets() for name, file in self._sets.items()}
        return Fingerprints(
            same=columns["same"],
            form=columns["form"],
            facts=columns["facts"],
            length=columns["length"],
            shingles=sets["shingles"],
            words=sets["words"],
            stated=sets["stated"],
            names=sets["names"],
        )

    def _send(self) -> None:
        batch, self._waiting = self._waiting, []
        if self._pool is None:
            self._keep(fingerprints(batch, self._shingle_words))
            return
        self._running.append(self._pool.submit(fingerprints, batch, self._shingle_words))
        if len(self._running) > _QUEUE:
            self._keep(self._running.popleft().result())

    def _keep(self, batch: Fingerprints) -> None:
        for name, parts in self._columns.items():
            parts.append(getattr(batch, name))
        for name, file in self._sets.items():
            file.append(getattr(batch, name))


_QUEUE = 64  # batches at work or waiting for their turn: a few MB of text


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
