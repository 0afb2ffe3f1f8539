"""A raw record and its source's `fields` become a `Document` or an `Example`.

Ids begin with the source's name. Where `fields.id` names a column the rest is its value, which must be the only one of
its kind in the source; else it is a hash of the file's name and the row's number (`notes:3f2a9c01b7de-123`), so that a
record keeps its id as long as it keeps its place. Without a group, an example is a group of its own.

A whole text (a file, a message) needs no mapping to be a document: `title`, `effective_date`, `expiry_date`, `family`
and `group` are taken from its front matter or headers where it has them, and profile columns too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from luthier.config import Fields, Source, Task
from luthier.errors import RequestError
from luthier.records import Document, Example, Provenance, Refusal
from luthier.sources.cells import CellError, date_of, text_of, word_of
from luthier.sources.columns import missing_cell
from luthier.sources.raw import RawRecord, SourceFile, quoted
from luthier.sources.targets import target_of

HASH_DIGITS = 12
FRONT_MATTER_NAMES = ("title", "effective_date", "expiry_date", "family", "group")
OF_DOCUMENTS = ("text", "title", "effective_date", "expiry_date")  # an example has no place for these
OF_EXAMPLES = ("inputs", "target", "alternatives", "documents")


class RecordMapper:
    """Maps the raw records of one source, and remembers which ids its rows have taken."""

    def __init__(self, source: Source, task: Task | None) -> None:
        """`task` is the source's task, if it has one. Raises `RequestError` where `fields` do not fit it."""
        _check_fields(source, task)
        self.source, self.task = source, task
        self._taken: dict[str, Provenance] = {}

    def record(self, raw: RawRecord, file: SourceFile) -> Document | Example | Refusal:
        """The record, or why there is none."""
        fields = _of_whole_text(self.source.fields) if raw.is_whole_text else self.source.fields
        if raw.name is not None:
            file = replace(file, name=raw.name)
        cells = _Cells(raw)
        try:
            identity = self._identity(cells, fields.id, file, raw)
            if self.task is None:
                record: Document | Example = _document(identity, cells, fields, file, raw)
            else:
                record = _example(identity, cells, fields, file, raw, self.task)
            self._take(identity, fields.id, record.source)
        except CellError as error:
            return file.refuse(error.code, error.what, row=raw.row, field=error.column, fix=error.fix)
        return record

    def _identity(self, cells: _Cells, column: str | None, file: SourceFile, raw: RawRecord) -> str:
        if column is not None and (not raw.is_whole_text or column in raw.cells):
            own = word_of(cells.needed(column), column)
            if own is None:
                raise CellError("id.missing", "the record has no id", column=column, fix="Give it one")
            return f"{self.source.name}:{own}"
        place = hashlib.sha256(file.name.encode()).hexdigest()[:HASH_DIGITS]
        return f"{self.source.name}:{place}" + (f"-{raw.row}" if raw.row is not None else "")

    def _take(self, identity: str, column: str | None, place: Provenance) -> None:
        if column is None:
            return  # the place is in the id
        first = self._taken.setdefault(identity, place)
        if first is not place:
            own = quoted(identity.removeprefix(f"{self.source.name}:"))
            reason = f"the id {own} of {place} was used before, in {first}"
            raise CellError("id.repeated", reason, column=column, fix="Give each record its own id")


class _Cells:
    """A raw record's cells, asked for by column."""

    def __init__(self, raw: RawRecord) -> None:
        self.content: Mapping[str, object] = raw.cells

    def needed(self, column: str) -> object:
        if column not in self.content:
            reason, fix = missing_cell(column, self.content.keys())
            raise CellError("column.missing", reason, column=column, fix=fix)
        return self.content[column]

    def text(self, column: str) -> str:
        return text_of(self.needed(column), column) or ""

    def word(self, column: str | None) -> str | None:
        return word_of(self.content.get(column), column) if column is not None else None

    def listed(self, column: str | None, separator: str) -> tuple[str, ...]:
        """The texts that a cell lists: a list's items, or what stands between separators."""
        value = self.content.get(column) if column is not None else None
        items = value if isinstance(value, (list, tuple)) else [value]
        texts = [text_of(item, column or "") or "" for item in items]
        parts = texts if isinstance(value, (list, tuple)) or not separator else texts[0].split(separator)
        return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def profile(self, fields: Fields) -> dict[str, str]:
        words = {name: self.word(column) for name, column in fields.profile.items()}
        return {name: word for name, word in words.items() if word is not None}


def _document(identity: str, cells: _Cells, fields: Fields, file: SourceFile, raw: RawRecord) -> Document:
    column = fields.text or "text"
    text = cells.text(column)
    if not text.strip():
        raise CellError("text.empty", "there is no text", column=column, fix="Fill it in, or leave the row out")
    return Document(
        id=identity,
        text=text,
        media_type=raw.media_type if raw.is_whole_text else "text/plain",
        source=file.provenance(raw.row),
        title=cells.word(fields.title),
        effective_date=_date(cells, fields.effective_date),
        expiry_date=_date(cells, fields.expiry_date),
        family=cells.word(fields.family),
        group=cells.word(fields.group),
        profile=cells.profile(fields),
    )


def _date(cells: _Cells, column: str | None) -> Any:
    return date_of(cells.content.get(column), column) if column is not None else None


def _example(identity: str, cells: _Cells, fields: Fields, file: SourceFile, raw: RawRecord, task: Task) -> Example:
    inputs = {name: cells.text(fields.inputs[name]) for name in task.inputs}
    if not any(text.strip() for text in inputs.values()):
        column = fields.inputs[next(iter(task.inputs))]
        raise CellError("input.empty", "there is no input", column=column, fix="Fill it in, or leave the row out")
    column = fields.target or ""  # `_check_fields` saw to it that there is one
    target = target_of(cells.needed(column), task, column, fields.label_separator)
    others = (text_of(cells.content.get(name), name) or "" for name in fields.alternatives)
    return Example(
        id=identity,
        task=file.source.task or "",
        inputs=inputs,
        target=target,
        source=file.provenance(raw.row),
        group=cells.word(fields.group) or identity,
        family=cells.word(fields.family),
        document_ids=cells.listed(fields.documents, fields.label_separator),
        alternatives=tuple(text for text in others if text.strip()),
        profile=cells.profile(fields),
        origin=file.source.origin,
    )


def _of_whole_text(fields: Fields) -> Fields:
    """The same fields, with a text's own names where the source names no column; the text is the whole."""
    named = {name: getattr(fields, name) or name for name in FRONT_MATTER_NAMES}
    return fields.model_copy(update={**named, "text": "text"})


def _check_fields(source: Source, task: Task | None) -> None:
    fields, foreign = source.fields, OF_EXAMPLES if task is None else OF_DOCUMENTS
    for name in foreign:
        if getattr(fields, name):
            what = "has no task, so its rows are documents" if task is None else "has a task, so its rows are examples"
            raise _wrong(
                source, f"{what} and fields.{name} means nothing", f"Remove fields.{name}, or set `task` right"
            )
    if task is None:
        return
    for name in task.inputs:
        if name not in fields.inputs:
            raise _wrong(source, f"fields.inputs does not say which column is {quoted(name)}", "Add it")
    if fields.target is None:
        raise _wrong(source, "fields.target does not say which column is the right answer", "Add it")


def _wrong(source: Source, what: str, fix: str) -> RequestError:
    return RequestError(f"source '{source.name}': {what}", where="luthier.yaml", fix=fix)
