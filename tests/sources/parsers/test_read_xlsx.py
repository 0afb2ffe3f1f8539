"""XLSX: sheets as tables or documents, cells as the sheet shows them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from luthier.sources.parsers import office
from luthier.sources.parsers.number_format import shown

if TYPE_CHECKING:
    from tests.sources.conftest import Desk

TEXTS = {"fields": {"text": "text", "effective_date": "from", "id": "no"}}


def workbook(**sheets: list[list[Any]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_sheet_is_a_table_under_its_first_row_and_empty_rows_are_passed_over(desk: Desk) -> None:
    rows = [[None], ["no", "text", "from"], [7, "Fees are due.", dt.date(2026, 1, 31)], [], [8, "More.", None]]
    book = workbook(Rules=rows)
    book["Rules"]["A3"].number_format = "00000"
    desk.write("a.xlsx", saved(book))
    raw, refusals = desk.parse("a.xlsx", **TEXTS)
    # The header is row 2 of the sheet: row 3 is row 1, row 4 is empty, row 5 is row 3.
    assert [(r.row, r.name, r.cells["no"], r.cells["text"]) for r in raw] == [
        (1, "a.xlsx/Rules", "00007", "Fees are due."),
        (3, "a.xlsx/Rules", "8", "More."),
    ]
    assert raw[0].cells["from"] == dt.datetime(2026, 1, 31)
    assert refusals == []


def test_rows_become_records_with_the_sheet_in_their_place(desk: Desk) -> None:
    desk.write("a.xlsx", saved(workbook(R=[["no", "text", "from"], [7, "Fees.", dt.date(2026, 1, 31)], [8, "", "?"]])))
    outcome = desk.ingest({"name": "rules", "path": "a.xlsx", **TEXTS})
    (document,), (refusal,) = outcome.documents, outcome.refusals
    assert (document.id, str(document.source), document.effective_date) == (
        "rules:7",
        "a.xlsx/R, row 1",
        dt.date(2026, 1, 31),
    )
    assert (refusal.file, refusal.row, refusal.code, refusal.field) == ("a.xlsx/R", 2, "text.empty", "text")


def test_every_sheet_is_read_unless_one_is_named_and_hidden_ones_only_by_name(desk: Desk) -> None:
    book = workbook(A=[["text"], ["one"]], B=[["text"], ["two"]], C=[["text"], ["three"]])
    book["C"].sheet_state = "hidden"
    desk.write("a.xlsx", saved(book))
    fields = {"text": "text"}
    raw, (refusal,) = desk.parse("a.xlsx", fields=fields)
    assert [r.cells["text"] for r in raw] == ["one", "two"]
    assert (refusal.file, refusal.code) == ("a.xlsx/C", "sheet.hidden")
    assert [r.cells["text"] for r in desk.parse("a.xlsx", fields=fields, sheet="C")[0]] == ["three"]
    (refusal,) = desk.parse("a.xlsx", fields=fields, sheet="D")[1]
    assert refusal.code == "sheet.missing" and "'A', 'B', 'C'" in (refusal.fix or "")


def test_a_sheet_without_the_columns_is_refused_by_its_name_and_the_others_are_read(desk: Desk) -> None:
    desk.write("a.xlsx", saved(workbook(A=[["txt"], ["one"]], B=[["text"], ["two"]], C=[["text"]])))
    raw, refusals = desk.parse("a.xlsx", fields={"text": "text"})
    assert [r.cells["text"] for r in raw] == ["two"]
    assert [(r.file, r.code, r.field) for r in refusals] == [
        ("a.xlsx/A", "column.missing", "text"),
        ("a.xlsx/C", "sheet.empty", None),
    ]


def test_notes_above_a_header_are_passed_over_where_its_row_is_named(desk: Desk) -> None:
    desk.write("a.xlsx", saved(workbook(A=[["As of May", "x"], [], ["text", "no"], ["one", 1]])))
    raw, _ = desk.parse("a.xlsx", fields={"text": "text"}, header_row=3)
    assert [(r.row, r.cells) for r in raw] == [(1, {"text": "one", "no": "1"})]
    for empty in (2, 9):  # the sheet ends before row 9
        refusals = desk.parse("a.xlsx", fields={"text": "text"}, header_row=empty)[1]
        assert [(r.code, r.reason) for r in refusals] == [("header.empty", f"row {empty} of the sheet is empty")]


def test_a_merged_value_belongs_to_every_row_it_covers(desk: Desk) -> None:
    book = workbook(A=[["client", "text", "more"], ["C1", "one", "x"], [None, "two", None], [None, "three", "z"]])
    book["A"].merge_cells("A2:A3")
    book["A"].merge_cells("B3:C3")
    desk.write("a.xlsx", saved(book))
    raw, _ = desk.parse("a.xlsx", fields={"text": "text"})
    assert [(r.cells["client"], r.cells["text"], r.cells["more"]) for r in raw] == [
        ("C1", "one", "x"),
        ("C1", "two", "two"),
        ("", "three", "z"),
    ]
    # As a document a value that is merged across columns stands once.
    (raw,), _ = desk.parse("a.xlsx")
    assert raw.cells["text"] == "client | text | more\nC1 | one | x\nC1 | two\n | three | z"


def test_formulas_give_the_value_that_was_saved_and_a_row_without_one_is_refused(desk: Desk) -> None:
    content = saved(workbook(A=[["text", "n"], ["one", "=1+1"], ["two", 5], ["=A2", 6], ["#REF!", 7]]))
    desk.write("a.xlsx", content)  # openpyxl saves no results
    raw, refusals = desk.parse("a.xlsx", fields={"text": "text"})
    assert [r.cells["text"] for r in raw] == ["one", "two"]  # the formula in `n`, which nothing asks for, is no matter
    assert [(r.row, r.field, r.code) for r in refusals] == [(3, "text", "cell.no_value"), (4, "text", "cell.no_value")]
    assert "never saved" in refusals[0].reason and "#REF!" in refusals[1].reason
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(desk.root / "b.xlsx", "w") as copy:
        for part in parts.namelist():
            computed = parts.read(part).replace(b"<f>A2</f><v />", b"<f>A2</f><v>12.5</v>")
            copy.writestr(part, computed.replace(b"<f>A2</f><v></v>", b"<f>A2</f><v>12.5</v>"))
    assert [r.cells["text"] for r in desk.parse("b.xlsx", fields={"text": "text"})[0]] == ["one", "two", "12.5"]


def test_an_error_is_refused_beside_one_that_is_no_matter_and_in_every_row_it_is_merged_over(desk: Desk) -> None:
    book = workbook(A=[["n", "text"], ["#N/A", "#REF!"], [1, "#N/A"], [2, None], ["#N/A", "one"]])
    book["A"].merge_cells("B3:B4")
    desk.write("a.xlsx", saved(book))
    raw, refusals = desk.parse("a.xlsx", fields={"text": "text"})
    assert [r.cells["text"] for r in raw] == ["one"]
    assert [(r.row, r.field, r.code) for r in refusals] == [(row, "text", "cell.no_value") for row in (1, 2, 3)]
    assert "#REF!" in refusals[0].reason


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1200.5, "#,##0.00", "1,200.50"),
        (-1200.5, "#,##0;(#,##0)", "(1,201)"),  # half away from zero, as spreadsheets round
        (0.125, "0.0%", "12.5%"),
        (0.1 + 0.2, "General", "0.3"),  # 15 significant digits
        (7, "00000", "00007"),
        (12.5, "[$€-407] #,##0.00", "€ 12.50"),
        (12.5, '_-* #,##0.00\\ "CHF"_-;-* #,##0.00\\ "CHF"_-', "12.50 CHF"),
        (1234567, '0.0,,"m"', "1.2m"),
        (0, '0;-0;"-"', "-"),
        (5, "[>3]0.0;0", "5"),  # conditions are not understood
        (2.5, "# ?/?", "2.5"),  # nor fractions
        (True, "General", "TRUE"),
        (dt.datetime(2026, 1, 31, 14, 5), "dd.mm.yyyy hh:mm", "31.01.2026 14:05"),
        (dt.datetime(2026, 1, 31), '[$-409]d mmmm yyyy" (day)";@', "31 January 2026 (day)"),
        (dt.datetime(2026, 1, 31, 14, 5, 9), "h:mm:ss AM/PM", "2:05:09 PM"),
        (dt.datetime(2026, 1, 31), "mm-dd-yy", "2026-01-31"),  # built-in 14: the reader's own
        (dt.timedelta(hours=30, minutes=5), "[h]:mm", "30:05:00"),
        (None, "General", ""),
    ],
)
def test_a_value_is_the_text_that_its_cell_shows(value: object, number_format: str, text: str) -> None:
    assert shown(value, number_format) == text


def test_empty_locked_other_and_broken_workbooks_are_told_apart(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = saved(workbook(A=[["a"]]))
    ole2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600
    contents = {"nothing": b"", "words": b"Just words", "half": whole[: len(whole) // 2], "locked": ole2}
    contents["blank"] = saved(workbook(A=[]))
    assert desk.refusal_codes(".xlsx", contents) == {
        "nothing": ["file.empty"],
        "words": ["format.mismatch"],
        "half": ["xlsx.broken"],
        "locked": ["xlsx.locked"],
        "blank": ["file.empty"],
    }
    monkeypatch.setattr(office, "STREAMED_LIMIT", 100)
    desk.write("large.xlsx", whole)
    assert [r.code for r in desk.parse("large.xlsx")[1]] == ["file.too_large"]


@pytest.mark.parametrize("seed", range(8))
def test_damage_anywhere_never_stops_the_run(desk: Desk, seed: int) -> None:
    content = bytearray(saved(workbook(A=[["a", "b"], [1, 2]])))
    start = len(content) * seed // 8
    content[start : start + 40] = b"\xff" * 40
    desk.write("a.xlsx", bytes(content))
    raw, refusals = desk.parse("a.xlsx")
    assert raw or refusals
