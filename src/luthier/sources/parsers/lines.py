"""Lines of a text file, of bounded length: a longer one is passed over without ever being held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

LINE_LIMIT = 16 * 2**20  # characters: some 3,000 pages, far above any honest row
SKIP_CHARACTERS = 2**16


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its end. `text` is None where the line is longer than the limit. Numbers count from 1."""

    number: int
    text: str | None


def read_lines(stream: TextIO, limit: int = LINE_LIMIT) -> Iterator[Line]:
    """The stream's lines in order, each of at most `limit` characters or without its text."""
    number = 0
    while text := stream.readline(limit):
        number += 1
        whole = len(text) < limit or text.endswith(("\n", "\r"))
        yield Line(number, text if whole else None)
        if not whole:
            del text
            _skip_line(stream)


def too_long(limit: int = LINE_LIMIT) -> str:
    """The reason a line over the limit is refused for."""
    return f"the line is longer than {limit // 2**20} MiB"


def _skip_line(stream: TextIO) -> None:
    while (piece := stream.readline(SKIP_CHARACTERS)) and not piece.endswith(("\n", "\r")):
        pass
