"""Artefacts: written whole or not at all, keyed by the hash of what made them, never changed afterwards.

    .luthier/
      artefacts/STAGE/KEY/manifest.json   what made it, when, with which versions, and each file's size
      artefacts/STAGE/KEY/…               Parquet tables and other files
      work/STAGE-KEY/                     a long stage's own scratch (checkpoints), removed once the artefact is whole
      current.json                        the newest artefact of each stage

A stage asks `find` first, so finished work is not repeated. A writer fills a temporary folder beside the final one;
leaving its block flushes every file to disk and renames the folder, so a kill at any moment leaves the artefact either
complete or absent. What a killed writer left is removed when a day later something of its stage is written.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from luthier import __version__
from luthier.errors import LuthierError
from luthier.records import arrow_schema, from_row, to_row

Record = TypeVar("Record")
LEFT_OVER_AFTER = 86_400  # seconds
ROWS_PER_GROUP = 20_000  # one row group's worth is held in memory at a time, on both ways


def content_key(*parts: Any) -> str:
    """A 16-digit hexadecimal name for what `parts` say; mappings count by content, whatever their order."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_hash(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Artefact:
    """A finished artefact: a folder that nobody changes any more."""

    stage: str
    key: str
    folder: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """What made it: `made_from`, `created`, `luthier`, `files`."""
        manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return manifest

    def beside(self, stage: str, key: str) -> Artefact | None:
        """The finished artefact of that stage and key in the same store, if it is there."""
        folder = self.folder.parents[1] / stage / key
        return Artefact(stage, key, folder) if (folder / "manifest.json").exists() else None

    def records(self, name: str, noun: type[Record]) -> Iterator[Record]:
        """The records of table `name`, streamed."""
        with pq.ParquetFile(self.folder / f"{name}.parquet") as table:
            for batch in table.iter_batches(batch_size=ROWS_PER_GROUP):
                for row in batch.to_pylist():
                    yield from_row(noun, row)

    def json(self, name: str) -> Any:
        """The content of `name.json`."""
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))


class ArtefactWriter:
    """Fills a folder that is not an artefact yet. `folder` takes files that no method here writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def records(self, name: str, noun: type[Record], records: Iterable[Record]) -> int:
        """Writes `records` to table `name` in order, streamed, and returns how many there were."""
        schema, count = arrow_schema(noun), 0
        with pq.ParquetWriter(self.folder / f"{name}.parquet", schema, compression="zstd") as writer:
            for chunk in _chunks(records, ROWS_PER_GROUP):
                writer.write_table(pa.Table.from_pylist([to_row(record) for record in chunk], schema=schema))
                count += len(chunk)
        return count

    def json(self, name: str, content: Any) -> None:
        """Writes `content` to `name.json`."""
        text = json.dumps(content, indent=1, ensure_ascii=False, default=_plain)
        (self.folder / f"{name}.json").write_text(text, encoding="utf-8")


class ArtefactStore:
    """The artefacts of one project."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, stage: str, key: str) -> Artefact | None:
        """The finished artefact of that stage and key, if there is one."""
        folder = self.root / "artefacts" / stage / key
        return Artefact(stage, key, folder) if (folder / "manifest.json").exists() else None

    def keys(self, stage: str) -> set[str]:
        """The keys of a stage's finished artefacts."""
        return {manifest.parent.name for manifest in (self.root / "artefacts" / stage).glob("[!.]*/manifest.json")}

    def current(self, stage: str) -> Artefact | None:
        """The newest artefact of a stage, if there is one."""
        key = self._pointers().get(stage)
        return self.find(stage, key) if key else None

    def require(self, stage: str, command: str) -> Artefact:
        """The newest artefact of a stage. Raises `LuthierError` naming the command that makes one."""
        artefact = self.current(stage)
        if artefact is None:
            raise LuthierError(f"nothing has come out of `{command}` yet", fix=f"Run `{command}` first")
        return artefact

    @contextlib.contextmanager
    def write(
        self, stage: str, key: str, made_from: Mapping[str, Any], *, current: bool = True
    ) -> Iterator[ArtefactWriter]:
        """A block in which a new artefact is filled; on leaving it the artefact is whole and, if so asked, current.

        An exception inside the block leaves nothing behind. Writing a key that exists keeps the older one: the same
        key says the same content.
        """
        final = self.root / "artefacts" / stage / key
        final.parent.mkdir(parents=True, exist_ok=True)
        _clear_left_over(final.parent)
        temporary = Path(tempfile.mkdtemp(prefix=f".{key}-", dir=final.parent))
        try:
            yield ArtefactWriter(temporary)
            files = {
                path.relative_to(temporary).as_posix(): path.stat().st_size
                for path in sorted(temporary.rglob("*"))
                if path.is_file()
            }
            manifest = {
                "stage": stage,
                "key": key,
                "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                "luthier": __version__,
                "made_from": made_from,
                "files": files,
            }
            ArtefactWriter(temporary).json("manifest", manifest)
            flush_folder(temporary)
            if self.find(stage, key) is None:
                temporary.rename(final)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        if current:
            self.point_to(Artefact(stage, key, final))

    def find_or_write(
        self,
        stage: str,
        key: str,
        made_from: Mapping[str, Any],
        fill: Callable[[ArtefactWriter], None],
        *,
        current: bool = True,
    ) -> Artefact:
        """The artefact of that key, which `fill` makes unless it was made before; current, if so asked, either way."""
        artefact = self.find(stage, key)
        if artefact is None:
            with self.write(stage, key, made_from, current=False) as writer:
                fill(writer)
            artefact = Artefact(stage, key, self.root / "artefacts" / stage / key)
        if current:
            self.point_to(artefact)
        return artefact

    def point_to(self, artefact: Artefact) -> None:
        """Makes `artefact` its stage's current one."""
        pointers = {**self._pointers(), artefact.stage: artefact.key}
        self.root.mkdir(parents=True, exist_ok=True)
        write_whole(self.root / "current.json", json.dumps(pointers, indent=1))

    def work_folder(self, stage: str, key: str, *, fresh: bool = False) -> Path:
        """A folder for what a long stage must find again after a kill; emptied if `fresh`."""
        folder = self.root / "work" / f"{stage}-{key}"
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _pointers(self) -> dict[str, str]:
        path = self.root / "current.json"
        if not path.exists():
            return {}
        pointers: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return pointers


def write_whole(path: Path, text: str) -> None:
    """Replaces a small file in one step: a reader sees the old text or the new one, never half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def flush_folder(folder: Path) -> None:
    """Waits until everything in `folder` is on the disk itself."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _clear_left_over(stage: Path) -> None:
    """Removes temporary folders that nothing was written to for a day."""
    for folder in stage.glob(".*-*"):
        with contextlib.suppress(FileNotFoundError):  # its writer has just finished
            newest = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
            if time.time() - newest > LEFT_OVER_AFTER:
                shutil.rmtree(folder, ignore_errors=True)


def _chunks(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    chunk: list[Record] = []
    for record in records:
        chunk.append(record)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no plain form")
