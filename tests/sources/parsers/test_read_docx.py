"""DOCX: everything a reader sees in the body, in its order."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from luthier.sources.parsers import office

if TYPE_CHECKING:
    from tests.sources.conftest import Desk


def saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_paragraphs_and_tables_keep_their_order_and_rows_are_lines(desk: Desk) -> None:
    document = docx.Document()
    document.add_heading("Statement", level=0)
    document.add_paragraph("Client 12")
    table = document.add_table(rows=3, cols=3)
    for row, cells in zip(table.rows, [("a", "b", "c"), ("1", "", "3\nand 4"), ("x", "y", "z")], strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    table.cell(2, 0).merge(table.cell(2, 1))
    document.add_paragraph("After\tthe table")
    desk.write("a.docx", saved(document))
    (raw,), refusals = desk.parse("a.docx")
    # The merged cell stands once, with both its paragraphs.
    assert raw.cells["text"] == "Statement\nClient 12\na | b | c\n1 |  | 3 and 4\nx y | z\nAfter\tthe table"
    assert raw.cells["title"] == "Statement"
    assert (raw.row, refusals) == (None, [])


def test_the_title_of_the_properties_comes_before_the_styled_one(desk: Desk) -> None:
    document = docx.Document()
    document.core_properties.title = "Fee policy"
    document.add_heading("Fees", level=0)
    desk.write("a.docx", saved(document))
    assert desk.parse("a.docx")[0][0].cells["title"] == "Fee policy"


def test_insertions_controls_and_links_are_read_and_deletions_are_not(desk: Desk) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("kept ")
    for xml in (
        "<w:ins {}><w:r><w:t>inserted</w:t></w:r></w:ins>",
        "<w:del {}><w:r><w:delText>deleted</w:delText></w:r></w:del>",
        "<w:hyperlink {}><w:r><w:t xml:space='preserve'> linked</w:t></w:r></w:hyperlink>",
    ):
        paragraph._p.append(parse_xml(xml.format(nsdecls("w"))))
    control = "<w:sdt {}><w:sdtPr/><w:sdtContent><w:p><w:r><w:t>in a control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    paragraph._p.addnext(parse_xml(control.format(nsdecls("w"))))
    desk.write("a.docx", saved(document))
    assert desk.parse("a.docx")[0][0].cells["text"] == "kept inserted linked\nin a control"


def test_a_text_box_is_read_once(desk: Desk) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("before")
    box = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
    spaces = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    xml = (
        f"<w:r {nsdecls('w')} {spaces}><mc:AlternateContent><mc:Choice Requires='wps'>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    paragraph._p.append(parse_xml(xml))
    desk.write("a.docx", saved(document))
    assert desk.parse("a.docx")[0][0].cells["text"] == "before\nboxed"


def test_empty_locked_old_broken_and_other_files_are_told_apart(desk: Desk) -> None:
    whole = saved(docx.Document())
    ole2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    not_word = io.BytesIO()
    with zipfile.ZipFile(not_word, "w") as archive:
        archive.writestr("readme.txt", "hello")
    contents = {
        "nothing": (b"", "file.empty"),
        "blank": (whole, "file.empty"),
        "locked": (ole2 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "docx.locked"),
        "old": (ole2, "format.mismatch"),
        "half": (whole[: len(whole) // 2], "docx.broken"),
        "other": (not_word.getvalue(), "docx.broken"),
        # The directory of the archive asks for version 14.2 of the format (2 bytes, 6 after its signature).
        "newer": (whole.replace(b"PK\x01\x02\x14\x03\x14\x00", b"PK\x01\x02\x14\x03\x8e\x00"), "docx.broken"),
        "words": (b"Just words", "format.mismatch"),
        "pdf": (b"%PDF-1.7", "format.mismatch"),
    }
    for name, (content, code) in contents.items():
        desk.write(f"{name}.docx", content)
        raw, refusals = desk.parse(f"{name}.docx")
        assert (name, len(raw), [r.code for r in refusals]) == (name, 0, [code])


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    document = docx.Document()
    document.add_paragraph("x" * 1_000_000)
    desk.write("a.docx", saved(document))
    assert (desk.root / "a.docx").stat().st_size < 100_000
    monkeypatch.setattr(office, "HELD_LIMIT", 900_000)
    assert [r.code for r in desk.parse("a.docx")[1]] == ["file.too_large"]
