"""CSV: delimiters, quotes, broken rows, and that no row is lost between them."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luthier.config import Source
from luthier.records import Refusal
from luthier.sources.parsers import csv as csv_parser
from luthier.sources.parsers.formats import parse
from luthier.sources.raw import RawRecord, SourceFile

if TYPE_CHECKING:
    from tests.sources.conftest import Desk

INTENT = {"task": "intent", "fields": {"inputs": {"note": "text"}, "target": "label"}}
TEXTS = {"fields": {"text": "text"}}


def test_rows_count_from_one_without_the_header_and_keep_their_cells(desk: Desk) -> None:
    desk.write("a.csv", 'text,label\nWhere is my card?,card_arrival\n"Two\nlines, quoted ""so""",lost_card\n')
    raw, refusals = desk.parse("a.csv", **INTENT)
    assert [(r.row, dict(r.cells)) for r in raw] == [
        (1, {"text": "Where is my card?", "label": "card_arrival"}),
        (2, {"text": 'Two\nlines, quoted "so"', "label": "lost_card"}),
    ]
    assert refusals == []


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_each_delimiter_line_end_and_byte_order_mark_reads_the_same(
    desk: Desk, delimiter: str, mark: str, ending: str
) -> None:
    desk.write("a.csv", mark + ending.join([f"text{delimiter}label", f"one{delimiter}lost_card", ""]))
    raw, refusals = desk.parse("a.csv", **INTENT)
    assert [dict(r.cells) for r in raw] == [{"text": "one", "label": "lost_card"}]
    assert refusals == []


def test_the_delimiter_is_the_one_under_which_the_mapped_columns_are_found(desk: Desk) -> None:
    # By counting alone comma would win: 4 columns against 2.
    desk.write("a.csv", "text (a, b, c, d);label\nhello;lost_card\n")
    mapping = {"task": "intent", "fields": {"inputs": {"note": "text (a, b, c, d)"}, "target": "label"}}
    raw, _ = desk.parse("a.csv", **mapping)
    assert [r.cells["label"] for r in raw] == ["lost_card"]


def test_one_column_of_prose_with_semicolons_stays_one_column(desk: Desk) -> None:
    desk.write("a.csv", "text\nHe asked; we answered\nShe wrote; nobody replied\n")
    raw, refusals = desk.parse("a.csv", **TEXTS)
    assert [r.cells["text"] for r in raw] == ["He asked; we answered", "She wrote; nobody replied"]
    assert refusals == []


def test_a_missing_column_is_named_with_the_nearest_one(desk: Desk) -> None:
    desk.write("a.csv", "text,labels\nhello,lost_card\n")
    raw, (refusal,) = desk.parse("a.csv", **INTENT)
    assert raw == []
    assert (refusal.code, refusal.field, refusal.row) == ("column.missing", "label", None)
    assert refusal.reason == "there is no column 'label'"
    assert refusal.fix == "Rename 'labels', if that is the one, or set fields.target"


def test_a_mapped_column_that_stands_twice_is_refused(desk: Desk) -> None:
    desk.write("a.csv", "text,label,text\na,lost_card,b\n")
    assert [r.code for r in desk.parse("a.csv", **INTENT)[1]] == ["column.repeated"]


def test_rows_of_the_wrong_width_are_refused_by_number_and_the_rest_is_read(desk: Desk) -> None:
    desk.write("a.csv", "text,label\none,lost_card\ntwo, three,lost_card\n\nfour\nfive,lost_card,\nsix,lost_card\n")
    raw, refusals = desk.parse("a.csv", **INTENT)
    # The blank line is row 3. Row 5 has a cell too many, but an empty one: nothing would be lost with it.
    assert [(r.row, r.cells["text"]) for r in raw] == [(1, "one"), (5, "five"), (6, "six")]
    assert [(r.row, r.code) for r in refusals] == [(2, "row.too_many_cells"), (4, "row.too_few_cells")]
    assert refusals[0].reason == "the row has 3 cells, the header 2"


def test_an_open_quote_costs_its_own_line_and_not_the_rest_of_the_file(desk: Desk) -> None:
    desk.write(
        "a.csv", 'text,label\none,lost_card\n"two,lost_card\nthree,lost_card\n"fo\nur",lost_card\nfive,lost_card'
    )
    raw, refusals = desk.parse("a.csv", **INTENT)
    assert [r.cells["text"] for r in raw] == ["one", "three", "fo\nur", "five"]
    assert [(r.row, r.code) for r in refusals] == [(2, "csv.broken")]


def test_a_quote_that_is_open_at_the_end_of_the_file_is_refused_and_what_follows_is_read(desk: Desk) -> None:
    desk.write("a.csv", 'text,label\n"one,lost_card\ntwo,lost_card\nthree,lost_card\n')
    raw, refusals = desk.parse("a.csv", **INTENT)
    assert [(r.row, r.cells["text"]) for r in raw] == [(2, "two"), (3, "three")]
    assert [(r.row, r.reason) for r in refusals] == [(1, "a quote opened on line 2 is never closed")]


def test_text_after_a_closing_quote_is_refused(desk: Desk) -> None:
    desk.write("a.csv", 'text,label\n"one" two,lost_card\n5" screen,lost_card\n')
    raw, refusals = desk.parse("a.csv", **INTENT)
    assert [r.cells["text"] for r in raw] == ['5" screen']
    assert [(r.row, r.code) for r in refusals] == [(1, "csv.broken")]


def test_a_file_full_of_open_quotes_is_given_up_instead_of_read_again_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_parser, "REREAD_LIMIT", 5_000)
    line = 'a","c,lost_card\n'  # from every line on, the quote is open to the end of the file
    desk.write("a.csv", "text,label\nfirst,lost_card\n" + line * 1000)
    raw, refusals = desk.parse("a.csv", **INTENT)
    assert [r.cells["text"] for r in raw] == ["first"]
    # Reading row 2 fails after 1000 lines of 16 characters, and 999 x 16 = 15,984 > 5,000 are to be read again.
    assert [(r.row, r.code) for r in refusals] == [(2, "csv.broken"), (3, "csv.given_up")]


def test_a_workbook_that_is_called_csv_is_refused_as_what_it_is(desk: Desk) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    desk.write("a.csv", buffer.getvalue())
    raw, (refusal,) = desk.parse("a.csv", **INTENT)
    assert raw == []
    assert (refusal.code, refusal.reason) == ("format.mismatch", "it is an Excel workbook, not a CSV table")


@pytest.mark.parametrize("content", ["", "\ufeff", " \n\n", "text,label\n", "text,label\n,\n"])
def test_an_empty_table_is_refused_once(desk: Desk, content: str) -> None:
    desk.write("a.csv", content)
    assert [r.code for r in desk.parse("a.csv", **INTENT)[1]] == ["file.empty"]


def test_a_wrong_encoding_names_the_byte_the_line_and_the_likely_encoding(desk: Desk) -> None:
    text = "text,label\n" + "Où est ma carte bancaire déjà commandée?,lost_card\n" * 20
    desk.write("a.csv", text.encode("cp1252"))
    raw, (refusal,) = desk.parse("a.csv", **INTENT)
    assert raw == []
    assert refusal.code == "text.encoding"
    # "text,label\n" is 11 bytes, "O" the 12th: the ù is byte 12 counted from 0, on line 2.
    assert refusal.reason.startswith("byte 12 (line 2) is not utf-8; the file looks like cp1")
    assert desk.parse("a.csv", encoding="cp1252", **INTENT)[0][0].cells["text"].startswith("Où est")


def test_utf16_is_read_when_it_is_named_and_refused_when_it_is_not(desk: Desk) -> None:
    desk.write("a.csv", "text,label\nhéllo,lost_card\n".encode("utf-16"))
    assert desk.parse("a.csv", encoding="utf-16", **INTENT)[0][0].cells["text"] == "héllo"
    assert [r.code for r in desk.parse("a.csv", **INTENT)[1]] == ["text.encoding"]


def test_a_table_of_documents_without_a_text_column_is_one_document(desk: Desk) -> None:
    desk.write("statement.csv", 'Statement for client 12\n\nProduct;Value\n"Bond; fund";1.200,50\nCash;300,00\n')
    (raw,), refusals = desk.parse("statement.csv")
    assert raw.row is None
    assert raw.cells["text"] == ("Statement for client 12\nProduct | Value\nBond; fund | 1.200,50\nCash | 300,00")
    assert refusals == []


def test_a_line_of_200_megabytes_is_passed_over_in_bounded_memory(desk: Desk) -> None:
    with (desk.root / "a.csv").open("wb") as stream:
        stream.write(b"text,label\nfirst,lost_card\n")
        for _ in range(200):
            stream.write(b"x" * 10**6)
        stream.write(b",lost_card\nlast,lost_card\n")
    tracemalloc.start()
    raw, refusals = desk.parse("a.csv", **INTENT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (desk.root / "a.csv").unlink()  # pytest would keep it
    assert [(r.row, r.cells["text"]) for r in raw] == [(1, "first"), (3, "last")]
    assert [(r.row, r.code) for r in refusals] == [(2, "line.too_long")]
    assert peak < 64 * 2**20  # the bound is 16 MiB of text, held twice while it is joined; the line is 191 MiB


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(words, words), min_size=1, max_size=8), delimiter=st.sampled_from(",;\t"))
def test_what_a_csv_writer_wrote_is_read_back(tmp_path: Path, rows: list[tuple[str, str]], delimiter: str) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("text", "label"), *rows])
    source = Source.model_validate({"name": "desk", "path": "a.csv", **INTENT})
    items = list(parse(SourceFile(source=source, path=path, name="a.csv")))
    assert [(i.cells["text"], i.cells["label"]) for i in items if isinstance(i, RawRecord)] == rows
    assert not [i for i in items if isinstance(i, Refusal)]


pieces = st.lists(st.sampled_from(['"', ",", "\n", "a", "b", " "]), max_size=40).map("".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=pieces)
def test_whatever_the_quotes_every_line_is_in_a_row_or_refused(tmp_path: Path, body: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + body, encoding="utf-8")
    source = Source.model_validate({"name": "desk", "path": "a.csv", **INTENT})
    items = list(parse(SourceFile(source=source, path=path, name="a.csv")))
    if any(isinstance(i, Refusal) and i.code == "file.empty" for i in items):
        assert not body.replace(",", "").replace('"', "").strip("\n")
        return
    rows = [i for i in items if i.row is not None]
    assert len(rows) == len(items)
    assert [i.row for i in rows] == sorted({i.row for i in rows})  # each row once, in order
    # Letters are only ever lost with a row that is refused.
    if not any(isinstance(i, Refusal) for i in rows):
        kept = "".join(str(cell) for i in rows for cell in i.cells.values())
        assert sum(map(kept.count, "ab")) == sum(map(body.count, "ab"))
