"""The stage `pairs`: tables of better and worse answers become `Pair`s, and what could not be read is counted.

Leaves the tables `pairs` and `refusals`, and the JSON `summary`: `{"read", "pairs", "refused", "reasons": {code: n}}`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from luthier.config import Config, Fields, PairSource, Source, Task
from luthier.progress import track
from luthier.records import Example, Pair, Refusal
from luthier.sources.cells import CellError
from luthier.sources.connectors.files import find_files
from luthier.sources.mapping import RecordMapper
from luthier.sources.parsers.encoding import check_encoding_name
from luthier.sources.parsers.formats import parse
from luthier.sources.raw import SourceFile
from luthier.sources.targets import target_of
from luthier.store.artefacts import Artefact, ArtefactStore, ArtefactWriter, content_key, file_hash

STAGE = "pairs"
VERSION = 1


def read_pairs(config: Config, root: Path, store: ArtefactStore) -> Artefact | None:
    """Reads the sources of pairs that `tune.preference` names; None where it names none.

    Raises `RequestError` for a source whose path matches nothing or whose fields do not fit its task.
    """
    asked = config.tune.preference
    if asked is None:
        return None
    found = [(source, find_files(_as_source(source), root)) for source in asked.pairs]
    made_from = {
        "version": VERSION,
        "sources": [source.model_dump() for source, _ in found],
        "tasks": {source.task: config.tasks[source.task].model_dump() for source, _ in found},
        "files": [_fingerprint(entry) for _, entries in found for entry in entries],
    }

    def fill(writer: ArtefactWriter) -> None:
        refused: list[Refusal] = []
        count = writer.records("pairs", Pair, _pairs(config, found, refused))
        writer.records("refusals", Refusal, refused)
        reasons = dict(sorted(Counter(refusal.code for refusal in refused).items()))
        read = count + len(refused)
        writer.json("summary", {"read": read, "pairs": count, "refused": len(refused), "reasons": reasons})

    return store.find_or_write(STAGE, content_key(made_from), made_from, fill)


def _fingerprint(entry: SourceFile | Refusal) -> tuple[str, str]:
    return (entry.file, entry.code) if isinstance(entry, Refusal) else (entry.name, file_hash(entry.path))


def _as_source(source: PairSource) -> Source:
    """The source as one of examples, whose right answer is the better one; the worse one is read as another."""
    fields = source.fields
    return Source(
        name=source.name,
        path=source.path,
        format=source.format,
        task=source.task,
        encoding=source.encoding,
        fields=Fields(
            inputs=fields.inputs,
            target=fields.chosen,
            alternatives=[fields.rejected],
            id=fields.id,
            group=fields.group,
            label_separator=fields.label_separator,
        ),
    )


def _pairs(
    config: Config, found: list[tuple[PairSource, list[SourceFile | Refusal]]], refused: list[Refusal]
) -> Iterator[Pair]:
    """The pairs of all sources, in order; what could not be read goes to `refused`."""
    for source, entries in found:
        check_encoding_name(source.encoding, source.name)
        task = config.tasks[source.task]
        mapper = RecordMapper(_as_source(source), task)
        for entry in track(entries, f"Reading {source.name}"):
            for pair in _of_entry(source, task, mapper, entry):
                if isinstance(pair, Refusal):
                    refused.append(pair)
                else:
                    yield pair


def _of_entry(
    source: PairSource, task: Task, mapper: RecordMapper, entry: SourceFile | Refusal
) -> Iterator[Pair | Refusal]:
    if isinstance(entry, Refusal):
        yield entry
        return
    for raw in parse(entry):
        record = raw if isinstance(raw, Refusal) else mapper.record(raw, entry)
        if isinstance(record, Refusal):
            yield record
        elif isinstance(record, Example):
            yield _pair(source, task, record, entry)


def _pair(source: PairSource, task: Task, example: Example, file: SourceFile) -> Pair | Refusal:
    row, column = example.source.row, source.fields.rejected
    if not example.alternatives:
        return file.refuse("rejected.missing", "there is no worse answer", row=row, field=column)
    try:
        rejected = target_of(example.alternatives[0], task, column, source.fields.label_separator)
    except CellError as error:
        return file.refuse(error.code, error.what, row=row, field=error.column, fix=error.fix)
    if rejected == example.target:
        return file.refuse("pair.same", "both answers are the same", row=row, field=column)
    return Pair(
        id=example.id,
        task=example.task,
        inputs=example.inputs,
        chosen=example.target,
        rejected=rejected,
        source=example.source,
        group=example.group if source.fields.group is not None and example.group != example.id else None,
    )
