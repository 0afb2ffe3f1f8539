"""Progress with time left, on standard error, for every wait of more than two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Item = TypeVar("Item")
LOG_EVERY_SECONDS = 30.0  # into a log file, a line at a time


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


def track(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """The same items, counted by a `Meter` as they pass.

    Args:
        what: what is being done, such as `Reading notes.jsonl`.
        total: how many there are, where `items` has no length.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    with Meter(what, total) as meter:
        for item in items:
            yield item
            meter.advance()


class Meter:
    """A bar on a terminal; in a log file a line now and then. Use it as a context.

    Args:
        what: what is being done.
        total: how many steps there are, if known.
        done: how many of them were done before, by a run that this one continues.
    """

    def __init__(self, what: str, total: int | None, done: int = 0) -> None:
        self.what, self.total, self.done, self._at_start = what, total, done, done
        self._started = self._spoken = time.monotonic()
        self._bar = _bar() if sys.stderr.isatty() else None
        self._task = self._bar.add_task(what, total=total, completed=done, note="") if self._bar else None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def advance(self, count: int = 1, note: str = "") -> None:
        """Says that `count` more steps are done, with a word on how it goes."""
        self.done += count
        if self._bar and self._task is not None:
            self._bar.update(self._task, advance=count, note=note)
        elif time.monotonic() - self._spoken > LOG_EVERY_SECONDS:
            self._spoken = time.monotonic()
            print(
                f"{self.what}: {self.done}/{self.total or '?'}{self._left()} {note}".rstrip(),
                file=sys.stderr,
                flush=True,
            )

    def _left(self) -> str:
        now_done = self.done - self._at_start
        if not self.total or not now_done:
            return ""
        seconds = (time.monotonic() - self._started) / now_done * (self.total - self.done)
        return f", {duration(seconds)} left"


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True),
    )
