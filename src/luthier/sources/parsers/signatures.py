"""What a file's first bytes say it is, whatever its name says."""

from __future__ import annotations

import zipfile
from pathlib import Path

from luthier.records import Refusal
from luthier.sources.raw import SourceFile

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
SIGNATURES: dict[bytes, str] = {
    OLE2: "an old Office document or a password-protected one",
    ZIP: "a ZIP archive",
    b"%PDF-": "a PDF",
    b"PAR1": "a Parquet table",
    b"\x1f\x8b": "gzip-compressed",
    b"BZh": "bzip2-compressed",
    b"\xfd7zXZ\x00": "xz-compressed",
    b"\x28\xb5\x2f\xfd": "zstd-compressed",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"{\\rtf": "an RTF document",
    b"SQLite format 3\x00": "an SQLite database",
}
ARCHIVE_ERRORS = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError)  # from a damaged archive
ZIP_CONTENTS = {"xl/": "an Excel workbook", "word/": "a Word document", "ppt/": "a PowerPoint presentation"}


def signature(path: Path) -> str | None:
    """What the file is by its first bytes, such as `an Excel workbook`; None where they say nothing."""
    with path.open("rb") as stream:
        start = stream.read(16)
    known = next((name for magic, name in SIGNATURES.items() if start.startswith(magic)), None)
    return _archive_content(path) or known if start.startswith(ZIP) else known


def is_encrypted_office(path: Path) -> bool:
    """Whether a file is an Office document behind a password: an OLE2 container with an encrypted package in it."""
    with path.open("rb") as stream:
        if stream.read(len(OLE2)) != OLE2:
            return False
        directory = stream.read(2**20)  # writers put the directory first or last
        stream.seek(max(0, path.stat().st_size - 2**20))
        return "EncryptedPackage".encode("utf-16-le") in directory + stream.read(2**20)


def mismatch(file: SourceFile, actual: str, expected: str) -> Refusal:
    """The refusal of a file that is something else than its format says."""
    fix = "Save it in that format, or give it its true ending and format"
    return file.refuse("format.mismatch", f"it is {actual}, not {expected}", fix=fix)


def _archive_content(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except ARCHIVE_ERRORS:
        return None
    return next((what for prefix, what in ZIP_CONTENTS.items() if any(n.startswith(prefix) for n in names)), None)
