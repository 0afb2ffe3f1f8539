"""The same work over many pieces, in this process or in several; what comes out, and its order, is the same.

Each process is given the work once, with all that it carries (settings, what was counted), and then piece after piece.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import connection, get_context, parent_process
from typing import Any, TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")

FEW = 20_000  # records below which starting processes takes longer than they save
_AHEAD = 3  # pieces a process that wait for their turn


def processes_for(asked: int | None, records: int) -> int:
    """How many processes to work on: as many as asked for, else one for each core, else, for few records, one."""
    if asked is not None:
        return asked
    return 1 if records < FEW else _cores()


def _cores() -> int:
    """The cores that this process may use; where the system does not tell, all there are."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(work: Callable[[Piece], Result], pieces: Iterable[Piece], processes: int) -> Iterator[Result]:
    """`work` of each piece, in the order of the pieces; with one process in this very one.

    With more, `work` must survive pickling, and no more pieces are read ahead than are soon needed.
    """
    if processes < 2:
        yield from map(work, pieces)
        return
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_take, initargs=(work,))
    waiting: deque[Future[Any]] = deque()
    try:
        for piece in pieces:
            waiting.append(pool.submit(_do, piece))
            if len(waiting) > _AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


_work: Callable[[Any], Any] | None = None  # of a process of the pool: what it was given to do


def _take(work: Callable[[Any], Any]) -> None:
    global _work  # noqa: PLW0603 - one pool, one work: a process has nothing else to keep it in
    _work = work
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _do(piece: Any) -> Any:
    assert _work is not None
    return _work(piece)


def _end_with_parent() -> None:
    """Ends this process when the one that started it is gone, even where that was killed."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
