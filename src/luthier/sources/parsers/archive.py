"""ZIP archives: each member is read like a file that lies beside the archive, and refused by its name.

Against archives made to harm: no member is written where its name says, a name that leads elsewhere or a link is
refused, and so is a member that unpacks to more than `RATIO_LIMIT` times its size or over what is left of the limits
on number, size and depth (`contained`). Names that begin with a dot and what macOS adds are passed over.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath

from luthier.records import Refusal
from luthier.sources.parsers.contained import Parse, allowance_of, parse_contained, too_deep
from luthier.sources.parsers.signatures import ARCHIVE_ERRORS, ZIP, mismatch, signature
from luthier.sources.raw import Allowance, RawRecord, SourceFile

RATIO_LIMIT = 200  # text packs 3 to 20 times, logs up to 100; a bomb's zeros a thousand times
RATIO_FREE_BYTES = 2**20  # a small member harms nobody, however well it packs
EMPTY_ZIP = b"PK\x05\x06"
ENCRYPTED = 0x1
FOREIGN = frozenset({"__MACOSX"})
BROKEN_FIX = "Fetch or pack the archive again"


def read_zip(file: SourceFile, parse: Parse) -> Iterator[RawRecord | Refusal]:
    """What the archive's members hold, in their order."""
    refusal = _not_zip(file) or too_deep(file)
    if refusal is not None:
        yield refusal
        return
    try:
        with zipfile.ZipFile(file.path) as archive:
            members = [member for member in archive.infolist() if not _passed_over(member)]
            yield from _members(file, archive, members, parse)
    except ARCHIVE_ERRORS as error:
        reason = f"the archive is damaged: {str(error) or type(error).__name__}"
        yield file.refuse("archive.broken", reason, fix=BROKEN_FIX)


def _not_zip(file: SourceFile) -> Refusal | None:
    with file.path.open("rb") as stream:
        start = stream.read(4)
    if start == EMPTY_ZIP:
        return file.refuse("file.empty", "the archive is empty", fix="Fill it or remove it")
    if not start:
        return file.refuse("file.empty", "it holds nothing", fix="Fill the file or remove it")
    return None if start == ZIP else mismatch(file, signature(file.path) or "something else", "a ZIP archive")


def _passed_over(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    hidden = any(part.startswith(".") for part in parts) and not _leads_elsewhere(member.filename)
    return member.is_dir() or hidden or bool(FOREIGN & set(parts))


def _members(
    file: SourceFile, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], parse: Parse
) -> Iterator[RawRecord | Refusal]:
    if not members:
        yield file.refuse("file.empty", "the archive holds no files", fix="Fill it or remove it")
        return
    allowance = allowance_of(file)
    if len(members) > allowance.files:
        reason = f"it holds {len(members)} files, and {allowance.files} more may be read"
        yield file.refuse("archive.too_many", reason, fix="Unpack it and name the folder as a source")
        return
    allowance.files -= len(members)
    seen: set[str] = set()
    for member in members:
        place = SourceFile(source=file.source, path=file.path, name=file.inside(member.filename))
        refusal = _unwanted(place, member, allowance, seen)
        seen.add(member.filename)
        if refusal is not None:
            yield refusal
            continue
        allowance.unpacked_bytes -= member.file_size
        yield from _member(file, place, archive, member, allowance, parse)


def _unwanted(place: SourceFile, member: zipfile.ZipInfo, allowance: Allowance, seen: set[str]) -> Refusal | None:
    """The refusal of a member that is not unpacked; None for one that is."""
    if _leads_elsewhere(member.filename):
        reason = "its name leads out of the archive"
        return place.refuse("archive.path", reason, fix="Pack it again with paths below one folder")
    if stat.S_ISLNK(member.external_attr >> 16):
        return place.refuse("archive.link", "it is a link, not a file", fix="Pack the file itself")
    if member.filename in seen:
        return place.refuse("archive.repeated", "the archive holds two files of this name", fix="Rename one of them")
    if member.flag_bits & ENCRYPTED:
        return place.refuse("archive.locked", "it is protected by a password", fix="Pack it without the password")
    return _too_large(place, member, allowance)


def _too_large(place: SourceFile, member: zipfile.ZipInfo, allowance: Allowance) -> Refusal | None:
    ratio = member.file_size / max(1, member.compress_size)
    fix = "Unpack the archive and name the folder as a source, if you trust it"
    if member.file_size > RATIO_FREE_BYTES and ratio > RATIO_LIMIT:
        reason = f"it unpacks to {ratio:.0f} times its size, over the limit of {RATIO_LIMIT}"
        return place.refuse("archive.ratio", reason, fix=fix)
    if member.file_size > allowance.unpacked_bytes:
        reason = f"it unpacks to {_size(member.file_size)}, and {_size(allowance.unpacked_bytes)} more may be unpacked"
        return place.refuse("archive.too_large", reason, fix=fix)
    return None


def _leads_elsewhere(name: str) -> bool:
    """Whether a member's name is absolute, names a drive, or climbs out of its folder, by any system's reading."""
    windows = PureWindowsPath(name)
    return windows.is_absolute() or bool(windows.drive or windows.root) or ".." in windows.parts or name.startswith("/")


def _member(
    file: SourceFile,
    place: SourceFile,
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    allowance: Allowance,
    parse: Parse,
) -> Iterator[RawRecord | Refusal]:
    try:
        with archive.open(member) as content:
            yield from parse_contained(file, allowance, place.name, content, parse)
    except (*ARCHIVE_ERRORS, RuntimeError, EOFError, zlib.error) as error:
        reason = f"it cannot be unpacked: {str(error) or type(error).__name__}"
        yield place.refuse("archive.broken", reason, fix=BROKEN_FIX)


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB"
