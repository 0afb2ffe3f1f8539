"""Files inside files: an archive's members and a message's attachments are read as if they lay beside it.

Each is copied to a temporary file that is gone once it is read, never to a place that it names itself. How deep they
may lie, how many they may be and how much they may unpack is limited for each file of a source as a whole.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO

from luthier.records import Refusal
from luthier.sources.raw import Allowance, RawRecord, SourceFile

Parse = Callable[[SourceFile], Iterator[RawRecord | Refusal]]

DEPTH_LIMIT = 3  # an archive attached to a message in an archive; deeper ones are hardly work
FILES_LIMIT = 100_000
UNPACKED_LIMIT = 8 * 2**30  # bytes
COPY_BYTES = 2**20


def allowance_of(file: SourceFile) -> Allowance:
    """What a file that holds others may still unpack: its own share of what the file around it may."""
    return file.allowance or Allowance(FILES_LIMIT, UNPACKED_LIMIT)


def too_deep(file: SourceFile) -> Refusal | None:
    """The refusal of a container that lies too deep in others; None for one that can be opened."""
    if file.depth < DEPTH_LIMIT:
        return None
    reason = f"it lies inside {file.depth} other files, and what it holds is not opened"
    return file.refuse("contained.too_deep", reason, fix="Unpack it and name the folder as a source")


def parse_contained(
    file: SourceFile, allowance: Allowance, name: str, content: IO[bytes], parse: Parse
) -> Iterator[RawRecord | Refusal]:
    """Everything in a file inside `file`. Its format goes by its ending.

    Args:
        name: as `SourceFile.inside` gives it.
        content: its bytes, read to the end. What goes wrong while reading is the caller's to catch.
    """
    with tempfile.TemporaryDirectory(prefix="luthier-") as folder:
        path = Path(folder) / ("contained" + PurePosixPath(name).suffix.lower()[:16])
        with path.open("wb") as copy:
            while chunk := content.read(COPY_BYTES):
                copy.write(chunk)
        source = file.source.model_copy(update={"format": "auto"})
        inner = SourceFile(source=source, path=path, name=name, depth=file.depth + 1, allowance=allowance)
        for item in parse(inner):
            yield item if isinstance(item, Refusal) or item.name is not None else replace(item, name=name)
