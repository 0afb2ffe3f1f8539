"""The rows of a query, from the temporary file that `connectors.database` copied them to; rows count from 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from luthier.records import Refusal
from luthier.sources.columns import missing_column, repeated_column, unmapped_text
from luthier.sources.connectors.database import spooled
from luthier.sources.raw import RawRecord, SourceFile

MEDIA_TYPE = "application/sql"


def read_query_rows(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The rows as records, and a refusal for each that holds something else than text, numbers and dates."""
    lines = spooled(file.path)
    columns: list[str] = next(lines)
    refusal = unmapped_text(file) or missing_column(file, columns) or repeated_column(file, columns)
    if refusal is not None:
        yield refusal
        return
    row = 0
    for row, line in enumerate(lines, start=1):
        yield _record(file, row, line)
    if not row:
        yield file.refuse("file.empty", "the query finds no rows", fix="Correct sources.query")


def _record(file: SourceFile, row: int, line: dict[str, Any]) -> RawRecord | Refusal:
    if "cells" in line:
        return RawRecord(cells=line["cells"], media_type=MEDIA_TYPE, row=row)
    fix = "Leave the column out of the query, or cast it to a text in it"
    return file.refuse("value.binary", line["refused"], row=row, field=line["field"], fix=fix)
