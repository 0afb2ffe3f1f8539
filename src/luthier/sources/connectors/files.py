"""Files on disk: what a source's `path` (a file, a folder, or a glob) means in a project.

A folder stands for every file below it, a glob for the files it matches; `**` stands for any number of folders. Names
that begin with a dot are the system's own and are passed over. Links are followed to files inside the project only:
a link must not bring in what nobody named. A path that `luthier.yaml` itself names may lie anywhere.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from luthier.config import Source
from luthier.errors import RequestError
from luthier.records import Refusal
from luthier.sources.raw import SourceFile

MAGIC = frozenset("*?[")


def find_files(source: Source, root: Path) -> list[SourceFile | Refusal]:
    """The source's files in the order of their names, and a refusal for each thing that is there but cannot be read.

    Raises `RequestError` when the path matches nothing.
    """
    root = Path(os.path.normpath(root.absolute()))
    base, pattern = _split_path(source.path or "", root)
    found = [_entry(source, path, problem, base, root) for path, problem in _matches(base, pattern)]
    if not found:
        raise RequestError(
            f"source '{source.name}': the path '{source.path}' matches no file",
            where="luthier.yaml",
            fix="Correct sources.path; it is relative to the folder that holds luthier.yaml",
        )
    return sorted(found, key=lambda entry: entry.name if isinstance(entry, SourceFile) else entry.file)


def _split_path(path: str, root: Path) -> tuple[Path, tuple[str, ...]]:
    """The part of a path without wildcards, and the pattern below it. A file whose name has brackets is that file."""
    whole = root / path
    if os.path.lexists(whole):
        return whole, ()
    parts = Path(path).parts
    first = next((n for n, part in enumerate(parts) if MAGIC & set(part)), len(parts))
    return root.joinpath(*parts[:first]), parts[first:]


def _matches(base: Path, pattern: tuple[str, ...]) -> Iterator[tuple[Path, str | None]]:
    if base.is_dir():
        yield from _walk(base, (), pattern or ("**",))
    elif not pattern and os.path.lexists(base):
        yield base, None


def _walk(folder: Path, parts: tuple[str, ...], pattern: Sequence[str]) -> Iterator[tuple[Path, str | None]]:
    try:
        with os.scandir(folder) as scan:
            entries = list(scan)
    except OSError as error:
        yield folder, f"the folder cannot be read: {error.strerror}"
        return
    for entry in entries:
        below = (*parts, entry.name)
        if entry.name.startswith(".") and not _named(entry.name, pattern):
            continue
        if not Path(entry.path).is_dir():
            if _fits(below, pattern):
                yield Path(entry.path), None
        elif _leads_on(below, pattern):
            if entry.is_symlink():
                yield Path(entry.path), "it is a link to a folder, and those are not followed"
            else:
                yield from _walk(Path(entry.path), below, pattern)


def _named(name: str, pattern: Sequence[str]) -> bool:
    """Whether the pattern itself asks for names that begin with a dot."""
    return any(part.startswith(".") and fnmatch.fnmatchcase(name, part) for part in pattern)


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a path matches a pattern in which `**` stands for any number of folders (and, at the end, files)."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return len(pattern) == 1 or any(_fits(parts[skip:], pattern[1:]) for skip in range(len(parts)))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def _leads_on(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether something below this folder could match."""
    for part, wanted in zip(parts, pattern, strict=False):
        if wanted == "**":
            return True
        if not fnmatch.fnmatchcase(part, wanted):
            return False
    return len(parts) < len(pattern)


def _entry(source: Source, path: Path, problem: str | None, base: Path, root: Path) -> SourceFile | Refusal:
    file = SourceFile(source=source, path=path, name=_name(path, root))
    if problem is not None:
        return file.refuse("folder.unreadable", problem, fix="Give access to it, or name the real folder as a source")
    if _leads_out(path, base, root):
        fix = "Copy the file into the project, or name its real path in luthier.yaml"
        return file.refuse("path.outside", "it is a link that leads out of the project", fix=fix)
    try:
        path.stat()
        regular = path.is_file()
    except OSError as error:
        reason = f"it cannot be looked at: {error.strerror}"
        return file.refuse("file.unreadable", reason, fix="Repair the link or the file's permissions, or remove it")
    if not regular:
        return file.refuse("file.unreadable", "it is not a regular file", fix="Remove it from the source's path")
    return file


def _leads_out(path: Path, base: Path, root: Path) -> bool:
    """Whether a link takes the path out of the project, or out of the folder elsewhere that `luthier.yaml` names."""
    lexical = Path(os.path.normpath(path))
    if lexical.is_relative_to(root):
        home = root
    elif base.is_dir():
        home = base
    else:
        return False
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(home))


def _name(path: Path, root: Path) -> str:
    """The path relative to the project; bytes that are no UTF-8 become escapes, for tables hold text."""
    relative = os.fsencode(os.path.relpath(path, root))
    return relative.decode("utf-8", "backslashreplace").replace(os.sep, "/")
