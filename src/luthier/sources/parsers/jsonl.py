"""JSON Lines: one JSON object (RFC 8259) a line; its keys are the columns.

A row may lack a column that is not needed, but a column that no row of a file has is a mistake in the mapping and the
file is refused. Rows are numbered by line, blank lines included, so that an editor finds them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from luthier.records import Refusal
from luthier.sources.columns import mapped_columns, missing_column, unmapped_text
from luthier.sources.parsers.encoding import check_text, open_text
from luthier.sources.parsers.lines import Line, read_lines, too_long
from luthier.sources.raw import RawRecord, SourceFile, quoted

MEDIA_TYPE = "application/x-ndjson"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {quoted(twice)} stands in one object twice")
    return content


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number)


def read_jsonl(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The file's objects as rows, and a refusal for each line that is none."""
    refusal = check_text(file, "JSON Lines") or unmapped_text(file) or _lacks_a_column(file)
    yield from [refusal] if refusal is not None else _records(file)


def read_objects(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The file's objects as rows, for a format that knows what their names mean."""
    refusal = check_text(file, "JSON Lines")
    if refusal is None and mapped_columns(file.source):
        refusal = _lacks_a_column(file)
    yield from [refusal] if refusal is not None else _records(file)


def _records(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    for line in _lines(file):
        yield _record(file, line)


def _lines(file: SourceFile) -> Iterator[Line]:
    with open_text(file, newline="\n") as stream:
        for line in read_lines(stream):
            if line.text is None or line.text.strip():
                yield line


def _lacks_a_column(file: SourceFile) -> Refusal | None:
    """Looks through the rows until every mapped column has been seen, which the first row usually settles."""
    wanted, present = set(mapped_columns(file.source)), set[str]()
    for line in _lines(file):
        record = _record(file, line)
        if isinstance(record, RawRecord):
            present |= record.cells.keys()
            if wanted <= present:
                return None
    return missing_column(file, present) if present else None


def _record(file: SourceFile, line: Line) -> RawRecord | Refusal:
    if line.text is None:
        return file.refuse("line.too_long", too_long(), row=line.number, fix="Split the row, or leave it out")
    try:
        value = DECODER.decode(line.text)
    except json.JSONDecodeError as error:
        reason, code = f"{error.msg} at character {error.pos + 1}", "jsonl.broken"
        if error.pos >= len(line.text.rstrip()):
            reason = f"the line ends in the middle of its JSON ({reason})"
    except RecursionError:
        reason, code = "its values are nested too deeply", "jsonl.broken"
    except ValueError as error:
        reason, code = str(error), "jsonl.broken"
    else:
        if isinstance(value, dict):
            return RawRecord(cells=value, media_type=MEDIA_TYPE, row=line.number)
        reason, code = f"the line holds {_kind(value)}, not an object", "jsonl.not_object"
    return file.refuse(code, reason, row=line.number, fix='Write one whole {"name": value} object on the line')


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return "a text"
    return "null" if value is None else f"the value {quoted(value)}"
