"""Excel workbooks, streamed: a sheet is a table with a header row, or one document.

Cells are texts as the sheet shows them (`number_format`); only a column that `fields` names as a date stays a date. A
merged area's value belongs to every row of it and, in a table, to every column. Rows count from 1 under the header,
empty ones included, which are passed over. A formula's value is the one that was saved with it; a row with a formula
that no program has computed, or one that ends in an error such as #REF!, is refused. Hidden sheets are read only where
`sheet` names them.
"""

from __future__ import annotations

import logging
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from luthier.config.nearest import nearest
from luthier.records import Refusal
from luthier.sources.columns import is_text_unmapped, mapped_columns, missing_column, repeated_column
from luthier.sources.parsers.lines import LINE_LIMIT
from luthier.sources.parsers.number_format import shown
from luthier.sources.parsers.office import check_office
from luthier.sources.parsers.table_lines import row_line
from luthier.sources.raw import RawRecord, SourceFile, quoted

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"')
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
CHUNK_BYTES = 2**20
OVERLAP_BYTES = 128  # longer than any piece of markup that is looked for


def read_xlsx(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The rows of the workbook's sheets, or each sheet's text as one record."""
    refusal = check_office(file, "xlsx", "an Excel workbook")
    if refusal is not None:
        yield refusal
        return
    import openpyxl

    logging.getLogger("openpyxl").setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that it leaves out
            values = openpyxl.load_workbook(file.path, read_only=True, data_only=True)
            formulas = openpyxl.load_workbook(file.path, read_only=True)
            try:
                yield from _sheets(file, values, formulas)
            finally:
                values.close()
                formulas.close()
    except Exception as error:  # openpyxl answers damage with whatever it trips over: KeyError, ValueError, ...
        reason = f"the workbook is damaged: {str(error) or type(error).__name__}"
        yield file.refuse("xlsx.broken", reason, fix="Open it in a spreadsheet program and save it again")


def _sheets(file: SourceFile, values: Any, formulas: Any) -> Iterator[RawRecord | Refusal]:
    wanted = file.source.sheet
    names = [sheet.title for sheet in values.worksheets]
    if wanted is not None and wanted not in names:
        near = nearest(wanted, names)
        fix = f"Set sheet to {quoted(near) if near else 'one of ' + ', '.join(map(quoted, names[:12]))}"
        yield file.refuse("sheet.missing", f"there is no sheet {quoted(wanted)}", fix=fix)
        return
    empty = True
    for sheet in values.worksheets:
        if sheet.title != wanted and wanted is not None:
            continue
        place = _inside(file, sheet.title)
        if wanted is None and sheet.sheet_state != "visible":
            fix = "Name it in the source's `sheet` to read it"
            yield place.refuse("sheet.hidden", "the sheet is hidden and was not read", fix=fix)
            continue
        for item in _sheet(place, _Sheet.of(file, sheet, formulas[sheet.title])):
            empty = False
            yield item
    if empty:
        yield file.refuse("file.empty", "its sheets hold nothing", fix="Fill the workbook or remove it")


def _inside(file: SourceFile, sheet: str) -> SourceFile:
    return SourceFile(source=file.source, path=file.path, name=file.inside(sheet))


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell's value, the text it shows and, where the value is not there to be read, what it holds instead."""

    value: object
    text: str
    fault: str | None = None


EMPTY = _Cell(None, "")
NEVER_SAVED = _Cell(None, "", "a formula whose result was never saved")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a sheet by its number there."""

    number: int
    cells: list[_Cell]


@dataclass(slots=True)
class _Sheet:
    """A sheet's rows, its merged areas filled."""

    values: Any
    formulas: Any | None  # None where it has no formula
    areas: list[tuple[int, int, int, int]]  # first column, first row, last column, last row

    @classmethod
    def of(cls, file: SourceFile, values: Any, formulas: Any) -> _Sheet:
        from openpyxl.utils import range_boundaries

        merged, has_formulas = _markup(file, values)
        for sheet in (values, formulas):
            sheet.reset_dimensions()  # what a file says of its own size is often wrong
        areas = sorted((range_boundaries(area) for area in merged), key=lambda area: area[1])
        return cls(values, formulas if has_formulas else None, areas)

    def rows(self, across: bool) -> Iterator[_Row]:
        """Every row that is not empty; a merged area's value in each of its rows and, if `across`, columns."""
        written = self.formulas.iter_rows() if self.formulas is not None else None
        open_areas: dict[tuple[int, int, int, int], _Cell] = {}
        waiting = iter([*self.areas, (0, 2**40, 0, 0)])
        area = next(waiting)
        for number, row in enumerate(self.values.iter_rows(), start=1):
            cells = list(map(_read, row, next(written) if written is not None else row))
            while area[1] <= number:
                if area[1] == number and len(cells) >= area[0]:
                    open_areas[area] = cells[area[0] - 1]
                area = next(waiting)
            for merged in [merged for merged in open_areas if merged[3] < number]:
                del open_areas[merged]
            for merged, cell in open_areas.items():
                _fill(cells, merged, cell, across)
            if any(cell.text or cell.fault for cell in cells):
                yield _Row(number, cells)


def _markup(file: SourceFile, sheet: Any) -> tuple[set[str], bool]:
    """A sheet's merged areas, and whether it has formulas, which openpyxl does not say of a sheet that is streamed."""
    merged: set[str] = set()
    formulas, tail = False, b""
    with zipfile.ZipFile(file.path) as archive, archive.open(sheet._worksheet_path.lstrip("/")) as part:
        while chunk := part.read(CHUNK_BYTES):
            piece = tail + chunk
            merged.update(match.decode() for match in MERGED.findall(piece))
            formulas = formulas or FORMULA.search(piece) is not None
            tail = piece[-OVERLAP_BYTES:]
    return merged, formulas


def _read(cell: Any, written: Any) -> _Cell:
    """A cell from its saved value and from what was written in it, which may be a formula."""
    if cell.value is None:
        return NEVER_SAVED if written.data_type == "f" else EMPTY
    fault = f"the error {cell.value}" if cell.data_type == "e" else None
    return _Cell(cell.value, shown(cell.value, cell.number_format or "General"), fault)


def _fill(cells: list[_Cell], area: tuple[int, int, int, int], cell: _Cell, across: bool) -> None:
    first, _, last, _ = area
    columns = range(first - 1, last if across else first)
    cells.extend([EMPTY] * (columns.stop - len(cells)))
    for column in columns:
        cells[column] = cell


def _sheet(file: SourceFile, sheet: _Sheet) -> Iterator[RawRecord | Refusal]:
    if is_text_unmapped(file.source):
        yield from _whole(file, sheet)
    else:
        yield from _table(file, sheet)


def _table(file: SourceFile, sheet: _Sheet) -> Iterator[RawRecord | Refusal]:
    rows = sheet.rows(across=True)
    asked = file.source.header_row
    first = next(rows, None)
    if first is None:
        return
    if asked is not None and first.number < asked:
        first = next((row for row in rows if row.number >= asked), None)
    if first is None or (asked is not None and first.number != asked):
        reason = f"row {asked} of the sheet is empty"
        yield file.refuse("header.empty", reason, fix="Correct the source's header_row")
        return
    header = [cell.text.strip() for cell in first.cells]
    refusal = missing_column(file, header) or repeated_column(file, header)
    if refusal is not None:
        yield refusal
        return
    dates = {file.source.fields.effective_date, file.source.fields.expiry_date}
    mapped, empty = mapped_columns(file.source), True
    for row in rows:
        empty, number = False, row.number - first.number
        cells = row.cells[: len(header)] + [EMPTY] * (len(header) - len(row.cells))
        faults = [(name, cell) for name, cell in zip(header, cells, strict=True) if cell.fault and name in mapped]
        if faults:
            column, cell = faults[0]
            yield _refused(file, row, cell, number, column)
            continue
        named = {
            name: _as_date(cell.value) if name in dates else cell.text
            for name, cell in zip(header, cells, strict=True)
            if name
        }
        yield RawRecord(cells=named, media_type=MEDIA_TYPE, row=number, name=file.name)
    if empty:
        yield file.refuse("sheet.empty", "the sheet has a header and no rows", fix="Fill the sheet or remove it")


def _as_date(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _refused(file: SourceFile, row: _Row, cell: _Cell, number: int, column: str | None) -> Refusal:
    fix = "Open the workbook in a spreadsheet program, see to the cell and save it"
    reason = f"a cell in row {row.number} of the sheet holds {cell.fault}"
    return file.refuse("cell.no_value", reason, row=number, field=column, fix=fix)


def _whole(file: SourceFile, sheet: _Sheet) -> Iterator[RawRecord | Refusal]:
    lines: list[str] = []
    length = 0
    for row in sheet.rows(across=False):
        fault = next((cell for cell in row.cells if cell.fault), None)
        if fault is not None:
            yield _refused(file, row, fault, row.number, None)
            continue
        lines.append(row_line(cell.text for cell in row.cells))
        length += len(lines[-1]) + 1
        if length > LINE_LIMIT:
            reason = f"as one document it is longer than {LINE_LIMIT // 2**20} MiB"
            yield file.refuse("file.too_large", reason, fix="Set fields.text to make each row a document")
            return
    if lines:
        title = file.name.rpartition("/")[2]
        yield RawRecord(cells={"title": title, "text": "\n".join(lines)}, media_type=MEDIA_TYPE, name=file.name)
