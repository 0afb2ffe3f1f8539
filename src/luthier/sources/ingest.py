"""The stage `ingest`: every source's files become documents and examples, and what could not be read is counted.

Leaves the tables `documents`, `examples` (without a split yet) and `refusals`, and the JSON `summary`:

    {"sources": [{"name", "files", "read", "documents", "examples", "refused", "reasons": {code: n}}],
     "totals": {the same}}

`read` is how many records and unreadable things the files gave. What was read must be what was taken and refused, and
what was taken what the tables hold, or nothing is written.

A source gives either documents or examples, so each file is parsed once: first the sources of documents fill their
table, then those of examples theirs, one record at a time. Refusals wait in a temporary file until their turn. What a
query finds in a database is copied to a temporary file first: its content is part of the artefact's key.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from luthier.config import Config, Source, Task
from luthier.errors import LuthierError, RequestError
from luthier.progress import track
from luthier.records import Document, Example, Refusal
from luthier.sources.connectors.database import run_query
from luthier.sources.connectors.files import find_files
from luthier.sources.mapping import RecordMapper
from luthier.sources.parsers.encoding import check_encoding_name
from luthier.sources.parsers.formats import parse
from luthier.sources.raw import SourceFile
from luthier.store.artefacts import Artefact, ArtefactStore, content_key, file_hash

STAGE = "ingest"
VERSION = 3


def ingest(config: Config, root: Path, store: ArtefactStore) -> Artefact:
    """Reads every source of the project at `root`; an artefact of the same settings and files is taken as it is.

    Raises `RequestError` for a source whose path matches nothing, whose fields do not fit its task or whose query is
    not one that only reads, and `LuthierError` when everything was refused, or when a file changed while it was read.
    """
    if not config.sources:
        raise RequestError("there are no sources", where="luthier.yaml", fix="Name at least one under `sources`")
    with tempfile.TemporaryDirectory(prefix="luthier-") as scratch:
        return _ingest(config, root, store, [_plan(source, config, root, Path(scratch)) for source in config.sources])


def _ingest(config: Config, root: Path, store: ArtefactStore, plans: list[_Plan]) -> Artefact:
    made_from = {
        "version": VERSION,
        "sources": [source.model_dump(exclude={"split"}) for source in config.sources],
        "tasks": {plan.source.task: _what_shapes_rows(plan.task) for plan in plans if plan.task is not None},
        "files": [plan.fingerprints() for plan in plans],
    }
    key = content_key(made_from)
    done = store.find(STAGE, key)
    if done is not None:
        store.point_to(done)
        return done
    with store.write(STAGE, key, made_from) as writer, _Waiting() as refusals:
        documents = writer.records("documents", Document, _records(plans, Document, refusals))
        examples = writer.records("examples", Example, _records(plans, Example, refusals))
        _refuse_nothing(plans, refusals)
        refused = writer.records("refusals", Refusal, refusals)
        reconcile(sum(plan.read for plan in plans), documents, examples, refused)
        writer.json("summary", _summary(plans))
    return store.require(STAGE, "luthier ingest")


def reconcile(read: int, documents: int, examples: int, refused: int) -> None:
    """Raises `LuthierError` where the tables do not hold every record that was read, kept or refused."""
    if read != documents + examples + refused:
        raise LuthierError(
            f"{read} records were read, but {documents} documents, {examples} examples and {refused} refusals make "
            f"{documents + examples + refused}",
            fix="Run `luthier ingest` again when no file changes",
        )


@dataclass
class _Plan:
    """One source: what it means, and what has come of it so far."""

    source: Source
    task: Task | None
    mapper: RecordMapper
    found: list[SourceFile | Refusal]
    stamps: dict[str, tuple[int, int] | None]
    hashes: dict[str, str]
    counts: dict[type, int] = field(default_factory=lambda: {Document: 0, Example: 0})
    reasons: Counter[str] = field(default_factory=Counter)
    read: int = 0

    @property
    def noun(self) -> type:
        return Document if self.task is None else Example

    def fingerprints(self) -> list[tuple[str, str]]:
        """Each file with its hash, each unreadable thing with the reason."""
        return [(f.file, f.code) if isinstance(f, Refusal) else (f.name, self.hashes[f.name]) for f in self.found]


def _plan(source: Source, config: Config, root: Path, scratch: Path) -> _Plan:
    check_encoding_name(source.encoding, source.name)
    task = config.tasks[source.task] if source.task is not None else None
    mapper = RecordMapper(source, task)
    found = [run_query(source, root, scratch)] if source.format == "sql" else find_files(source, root)
    files = [entry for entry in found if isinstance(entry, SourceFile)]
    stamps = {file.name: _stamp(file.path) for file in files}  # before the hash: a change after it must show
    return _Plan(source, task, mapper, found, stamps, {file.name: _hash(file) for file in files})


def _hash(file: SourceFile) -> str:
    try:
        return file_hash(file.path)
    except OSError as error:  # the parser refuses it
        return f"unreadable: {error.errno}"


def _what_shapes_rows(task: Task) -> dict[str, Any]:
    """What a row's reading depends on of its task; instructions and headings may change without reading again."""
    shape: dict[str, Any] = {"kind": task.kind, "inputs": list(task.inputs)}
    if task.kind == "classify":
        shape |= {"labels": list(task.labels), "multi_label": task.multi_label, "none_label": task.none_label}
    return shape


def _records(plans: Iterable[_Plan], noun: type, refusals: _Waiting) -> Iterator[Any]:
    """The records of all sources that give `noun`, counted; refusals go to `refusals`."""
    for plan in plans:
        if plan.noun is not noun:
            continue
        for item in _items(plan):
            if isinstance(item, Refusal):
                plan.reasons[item.code] += 1
                refusals.add(item)
            else:
                plan.counts[noun] += 1
                yield item


def _items(plan: _Plan) -> Iterator[Any]:
    what = f"Reading {plan.source.name}"
    if len(plan.found) > 1:
        for entry in track(plan.found, what):
            yield from _of_entry(plan, entry)
    else:
        yield from track(_of_entry(plan, plan.found[0]), what)


def _of_entry(plan: _Plan, entry: SourceFile | Refusal) -> Iterator[Any]:
    if isinstance(entry, Refusal):
        plan.read += 1
        yield entry
        return
    for raw in parse(entry):
        plan.read += 1
        yield raw if isinstance(raw, Refusal) else plan.mapper.record(raw, entry)
    if _stamp(entry.path) != plan.stamps[entry.name]:
        fix = "Run `luthier ingest` again when it is whole"
        raise LuthierError("the file changed while it was read", where=entry.name, fix=fix)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Size and time of the last change, by which a change during the run shows; None for an unreadable file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _refuse_nothing(plans: list[_Plan], refusals: _Waiting) -> None:
    """Raises `LuthierError` when no source gave a single record."""
    if any(plan.counts[plan.noun] for plan in plans):
        return
    reasons: Counter[str] = sum((plan.reasons for plan in plans), Counter())
    listed = ", ".join(f"{count} {code}" for code, count in reasons.most_common(5))
    first = next(iter(refusals))
    row = f", row {first.row}" if first.row is not None else ""
    column = f', field "{first.field}"' if first.field is not None else ""
    raise LuthierError(
        f"every file and row of every source was refused ({listed}); the first: {first.reason}",
        where=f"{first.file}{row}{column}",
        fix=first.fix,
    )


def _summary(plans: list[_Plan]) -> dict[str, Any]:
    rows = [_count(plan.source.name, [plan]) for plan in plans]
    totals = _count("", plans)
    del totals["name"]
    return {"sources": rows, "totals": totals}


def _count(name: str, plans: list[_Plan]) -> dict[str, Any]:
    reasons: Counter[str] = sum((plan.reasons for plan in plans), Counter())
    return {
        "name": name,
        "files": sum(len(plan.found) for plan in plans),
        "read": sum(plan.read for plan in plans),
        "documents": sum(plan.counts[Document] for plan in plans),
        "examples": sum(plan.counts[Example] for plan in plans),
        "refused": reasons.total(),
        "reasons": dict(sorted(reasons.items())),
    }


class _Waiting:
    """Refusals in a temporary file, in order: a million of them take no memory."""

    def __enter__(self) -> _Waiting:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, refusal: Refusal) -> None:
        self._file.write(json.dumps(dataclasses.asdict(refusal)) + "\n")

    def __iter__(self) -> Iterator[Refusal]:
        self._file.seek(0)
        for line in self._file:
            yield Refusal(**json.loads(line))
