"""CSV tables (RFC 4180): a header row, then rows, with comma, semicolon or tab between cells.

The delimiter is the one under which the header has every column that the source's `fields` name, else the one that
makes the most columns of it; where `fields` name none, the one that makes the most rows of one width. Comma comes
before semicolon before tab. Cells may be quoted and may then hold line breaks. A row that cannot be read is refused and
the next line is read as a row again, so that one stray quote does not swallow what follows it. A table of documents
without `fields.text` is one document: its rows, a line each, cells joined by ` | `.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from luthier.records import Refusal
from luthier.sources.columns import is_text_unmapped, mapped_columns, missing_column, repeated_column
from luthier.sources.parsers.encoding import check_text, open_text
from luthier.sources.parsers.lines import LINE_LIMIT, Line, read_lines, too_long
from luthier.sources.parsers.table_lines import row_line
from luthier.sources.raw import RawRecord, SourceFile

MEDIA_TYPE = "text/csv"
DELIMITERS = (",", ";", "\t")
SAMPLE_CHARACTERS = 2**16  # in which the header must end for its delimiter to be found
REREAD_LIMIT = 8 * LINE_LIMIT  # characters read again after broken rows, before the rest of the file is given up


def read_csv(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The table's rows, or its text as one record; rows count from 1, blank ones included."""
    refusal = check_text(file, "a CSV table")
    if refusal is not None:
        yield refusal
        return
    with open_text(file, newline="") as stream:
        delimiter = _delimiter(stream.read(SAMPLE_CHARACTERS), file)
        stream.seek(0)
        rows = _rows(stream, delimiter)
        yield from _whole(file, rows) if is_text_unmapped(file.source) else _table(file, rows)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's cells, or why there are none: a reason code and a reason."""

    number: int
    cells: list[str]
    code: str | None = None
    reason: str = ""


def _delimiter(sample: str, file: SourceFile) -> str:
    wanted = set(mapped_columns(file.source))

    def fit(delimiter: str) -> tuple[bool, int, int]:
        rows = list(filter(any, csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)))
        header = {name.strip() for name in rows[0]} if rows else set()
        widths = Counter(len(row) for row in rows if len(row) > 1)
        alike = max(widths.values(), default=0)  # a preamble or a decimal comma makes rows of many widths
        return wanted <= header, len(header) if wanted else alike, -DELIMITERS.index(delimiter)

    return max(DELIMITERS, key=fit)


def _table(file: SourceFile, rows: Iterator[_Row]) -> Iterator[RawRecord | Refusal]:
    first = next(rows, None)
    if first is None:
        yield file.refuse("file.empty", "all its cells are empty", fix="Fill the file or remove it")
        return
    if first.code is not None:
        yield file.refuse(first.code, f"the header cannot be read: {first.reason}", fix="Correct the first line")
        return
    header = [name.strip() for name in first.cells]
    refusal = missing_column(file, header) or repeated_column(file, header)
    if refusal is not None:
        yield refusal
        return
    empty = True
    for row in rows:
        empty, number = False, row.number - first.number
        if row.code is not None:
            yield file.refuse(row.code, row.reason, row=number, fix=_FIXES[row.code])
        elif len(row.cells) < len(header) or any(row.cells[len(header) :]):
            yield _wrong_width(file, number, len(row.cells), len(header))
        else:
            yield RawRecord(cells=dict(zip(header, row.cells, strict=False)), media_type=MEDIA_TYPE, row=number)
    if empty:
        yield file.refuse("file.empty", "it has a header and no rows", fix="Fill the file or remove it")


def _wrong_width(file: SourceFile, number: int, cells: int, columns: int) -> Refusal:
    many = cells > columns
    return file.refuse(
        "row.too_many_cells" if many else "row.too_few_cells",
        f"the row has {cells} cells, the header {columns}",
        row=number,
        fix="Put quotes around a cell that holds the delimiter" if many else "Fill the row up with empty cells",
    )


def _whole(file: SourceFile, rows: Iterator[_Row]) -> Iterator[RawRecord | Refusal]:
    lines: list[str] = []
    length, refused = 0, False
    for row in rows:
        if row.code is not None:
            refused = True
            yield file.refuse(row.code, row.reason, row=row.number, fix=_FIXES[row.code])
            continue
        lines.append(row_line(row.cells))
        length += len(lines[-1]) + 1
        if length > LINE_LIMIT:
            reason = f"as one document it is longer than {LINE_LIMIT // 2**20} MiB"
            fix = "Set fields.text to make each row a document, or split the file"
            yield file.refuse("file.too_large", reason, fix=fix)
            return
    if lines:
        yield RawRecord(cells={"text": "\n".join(lines)}, media_type=MEDIA_TYPE)
    elif not refused:
        yield file.refuse("file.empty", "all its cells are empty", fix="Fill the file or remove it")


_FIXES = {
    "line.too_long": "Split the row, or leave it out",
    "csv.broken": "Put quotes around the cell and double the quotes inside it",
    "csv.given_up": "Correct the quotes in the rows named above, then read the file again",
}


class _RowTooLongError(Exception):
    """A row, over all its lines, is longer than `LINE_LIMIT`."""


class _Feed:
    """Hands `csv.reader` one line after the other and remembers those of the row being read."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.lines, self.again, self.row, self.length, self.reread = lines, deque[Line](), list[Line](), 0, 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.lines)
        self.row.append(line)
        self.length += len(line.text or "")
        if line.text is None or self.length > LINE_LIMIT:
            raise _RowTooLongError
        return line.text

    def start_row(self) -> None:
        self.row, self.length = [], 0

    def put_back(self) -> Line:
        """Takes back all lines of a failed row but its first, which it returns."""
        first, *rest = self.row
        self.again.extendleft(reversed(rest))
        self.reread += sum(len(line.text or "") for line in rest)
        return first


def _rows(stream: TextIO, delimiter: str) -> Iterator[_Row]:
    """Every row that is not blank, the header among them, readable or not."""
    csv.field_size_limit(LINE_LIMIT)  # the module's own limit is 128 KiB a cell, for the whole process
    feed, number = _Feed(read_lines(stream)), 0
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.start_row()
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RowTooLongError) as error:
            yield _broken(feed, number, error)
            if feed.reread > REREAD_LIMIT:
                reason = "too many rows open a quote and do not close it; from here on the file was not read"
                yield _Row(number + 1, [], "csv.given_up", reason)
                return
        else:
            if any(cells):
                yield _Row(number, cells)


def _broken(feed: _Feed, number: int, error: Exception) -> _Row:
    lines = len(feed.row)
    first = feed.put_back()
    if first.text is None:
        return _Row(number, [], "line.too_long", too_long())
    if isinstance(error, _RowTooLongError) or "unexpected end of data" in str(error):
        return _Row(number, [], "csv.broken", f"a quote opened on line {first.number} is never closed")
    where = f"line {first.number}" if lines == 1 else f"lines {first.number} to {first.number + lines - 1}"
    return _Row(number, [], "csv.broken", f"{where}: {error}")
