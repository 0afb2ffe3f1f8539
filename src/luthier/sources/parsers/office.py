"""Office files (ECMA-376) are archives of XML parts: whether one can be opened at all, and how much it would unpack.

The libraries that read them hold most parts in memory, and an archive can hold a thousand times its own size.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from luthier.records import Refusal
from luthier.sources.parsers.signatures import ARCHIVE_ERRORS, is_encrypted_office, mismatch, signature
from luthier.sources.raw import SourceFile

HELD_LIMIT = 256 * 2**20  # bytes of XML in memory at once
STREAMED_LIMIT = 4 * 2**30  # bytes of a workbook's sheets, which are read a row at a time
STREAMED = "xl/worksheets/"


def check_office(file: SourceFile, kind: str, expected: str) -> Refusal | None:
    """The refusal of a file that is no such Office file, is locked, damaged or too large; None for one to be read.

    Args:
        kind: what codes begin with: `docx`, `xlsx` or `pptx`.
        expected: as `signatures` says it, such as `a Word document`.
    """
    if file.path.stat().st_size == 0:
        return file.refuse("file.empty", "it holds nothing", fix="Fill the file or remove it")
    if is_encrypted_office(file.path):
        fix = "Save a copy without the password"
        return file.refuse(f"{kind}.locked", f"it is {expected} that is protected by a password", fix=fix)
    actual = signature(file.path)
    if actual not in (expected, "a ZIP archive"):
        return mismatch(file, actual or "something else", expected)
    sizes = _unpacked_bytes(file.path)
    if sizes is None:
        return file.refuse(f"{kind}.broken", "its archive is damaged", fix="Fetch it again, or open and save it")
    for size, limit in zip(sizes, (HELD_LIMIT, STREAMED_LIMIT), strict=True):
        if size > limit:
            reason = f"unpacked it is {size // 2**20} MiB of XML, over the limit of {limit // 2**20}"
            return file.refuse("file.too_large", reason, fix="Split it")
    return None


def _unpacked_bytes(path: Path) -> tuple[int, int] | None:
    """Bytes of the XML parts that are held in memory, and of those that are streamed."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [part for part in archive.infolist() if part.filename.endswith((".xml", ".rels"))]
    except ARCHIVE_ERRORS:
        return None
    streamed = sum(part.file_size for part in parts if part.filename.startswith(STREAMED))
    return sum(part.file_size for part in parts) - streamed, streamed
