"""Whether a disk has room for what a run will write, and a clean end where it runs out all the same."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from luthier.errors import LuthierError, RefusedError

SPARE_BYTES = 32 << 20
"""What is to stay free beside a run's own files: logs, the artefact's tables, other programs' small change."""
FULL = (errno.ENOSPC, errno.EDQUOT)
SAID_OF_FULL = (
    "no space left on device",
    "disk quota exceeded",
    "pytorchstreamwriter failed writing",  # torch.save does not pass on what the system said
    "inline_container.cc",
    "iostream error",
)


def refuse_without_room(folder: Path, needed: int) -> None:
    """Raises `RefusedError` where the disk that holds `folder` has less than `needed` bytes free, and some to spare."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise RefusedError(
            f"{in_bytes(free)} are free on this disk, and the run will write {in_bytes(needed)} of checkpoints and "
            f"results and should leave {in_bytes(SPARE_BYTES)}",
            where=str(folder),
            fix=f"Free {in_bytes(needed + SPARE_BYTES - free)} on it, or move the project to a larger disk",
        )


@contextmanager
def stops_when_full(folder: Path, needed: int, kept: str) -> Iterator[None]:
    """Turns the many ways in which libraries say that a disk is full into one error that names the way out.

    Args:
        folder: where the block writes.
        needed: bytes that it still has to write there, at most.
        kept: what is safe, as a clause.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, LuthierError) or not is_disk_full(error):
            raise
        free = shutil.disk_usage(folder).free
        raise LuthierError(
            f"the disk is full: {in_bytes(free)} are free and {in_bytes(needed)} are needed; {kept}",
            where=str(folder),
            fix="Free space and run the same command again: it goes on from there",
        ) from error


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error, or what it came of, says that a disk or a quota is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        if any(said in str(error).lower() for said in SAID_OF_FULL):
            return True
        error = error.__cause__ or error.__context__
    return False


def in_bytes(count: int) -> str:
    """Bytes as a person says them, in powers of 1000: `0 B`, `74 kB`, `1.2 GB`."""
    size, units = float(max(0, count)), ("B", "kB", "MB", "GB", "TB")
    unit = 0
    while size >= 999.5 and unit < len(units) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.0f} {units[unit]}" if unit == 0 or size >= 9.95 else f"{size:.1f} {units[unit]}"
