"""Progress with time left, on standard error, for every wait of more than two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Item = TypeVar("Item")
LOG_EVERY_SECONDS = 30.0  # into a log file, a line at a time


def track(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """The same items, with a bar on a terminal and now and then a line in a log.

    Args:
        what: what is being done, such as `Answering (zero_shot)`.
        total: how many there are, where `items` has no length.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    return _bar(items, what, total) if sys.stderr.isatty() else _lines(items, what, total)


def say(line: str) -> None:
    """One line about what is happening, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(line, markup=False)


def duration(seconds: float) -> str:
    """Seconds as a person says them: `48 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _bar(items: Iterable[Item], what: str, total: int | None) -> Iterator[Item]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield from progress.track(items, total=total, description=what)


def _lines(items: Iterable[Item], what: str, total: int | None) -> Iterator[Item]:
    started = spoken = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if done and now - spoken > LOG_EVERY_SECONDS:
            spoken = now
            left = f", {duration((now - started) / done * (total - done))} left" if total else ""
            print(f"{what}: {done}/{total or '?'}{left}", file=sys.stderr, flush=True)
        yield item
