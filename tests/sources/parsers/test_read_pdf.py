"""PDF: pages, titles, and the kinds of file that hold no text to read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from made_pdf import pdf, scan
from pypdf import PdfWriter

if TYPE_CHECKING:
    from tests.sources.conftest import Desk


def encrypted(content: bytes, user: str, algorithm: str) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(content))
    writer.encrypt(user_password=user, owner_password="owner", algorithm=algorithm)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def test_pages_are_joined_by_form_feeds_and_the_title_is_kept(desk: Desk) -> None:
    desk.write("a.pdf", pdf("Client 12\nTotal 1,200.50", "", "Page three", title="Statement"))
    (raw,), refusals = desk.parse("a.pdf")
    assert str(raw.cells["text"]).split("\f") == ["Client 12\nTotal 1,200.50", "", "Page three"]
    assert raw.cells["title"] == "Statement"
    assert (raw.row, raw.media_type, refusals) == (None, "application/pdf", [])


def test_a_title_that_says_untitled_is_none(desk: Desk) -> None:
    desk.write("a.pdf", pdf("Text"))  # reportlab writes "untitled"
    assert "title" not in desk.parse("a.pdf")[0][0].cells


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_a_password_to_open_locks_a_pdf_and_one_against_printing_does_not(desk: Desk, algorithm: str) -> None:
    desk.write("locked.pdf", encrypted(pdf("Text"), "secret", algorithm))
    desk.write("open.pdf", encrypted(pdf("Text"), "", algorithm))
    raw, (refusal,) = desk.parse("locked.pdf")
    assert (raw, refusal.code, refusal.fix) == ([], "pdf.locked", "Save a copy without the password")
    assert [r.cells["text"] for r in desk.parse("open.pdf")[0]] == ["Text"]


def test_a_scan_is_refused_with_what_to_do(desk: Desk) -> None:
    desk.write("a.pdf", pdf(None, None))
    raw, (refusal,) = desk.parse("a.pdf")
    assert (raw, refusal.code) == ([], "pdf.scanned")
    assert refusal.reason == "its 2 pages are pictures without text"
    assert "OCR" in (refusal.fix or "")


def test_a_scanned_page_among_others_is_refused_by_its_number_and_the_others_are_kept(desk: Desk) -> None:
    desk.write("a.pdf", pdf("One", None, "Three", ""))
    (raw,), (refusal,) = desk.parse("a.pdf")
    assert str(raw.cells["text"]).split("\f") == ["One", "", "Three", ""]
    assert (refusal.code, refusal.page) == ("pdf.scanned", 2)


def test_a_scan_with_a_stamp_on_it_is_a_scan_and_a_page_with_a_small_picture_is_none(desk: Desk) -> None:
    desk.write("scan.pdf", scan("Received 12 May 2024, page 1"))
    desk.write("logo.pdf", scan("See overleaf.", side=40))
    raw, (refusal,) = desk.parse("scan.pdf")
    assert (raw, refusal.code) == ([], "pdf.scanned")
    assert [r.cells["text"] for r in desk.parse("logo.pdf")[0]] == ["See overleaf."]


def test_a_pdf_of_white_pages_is_empty_and_not_a_scan(desk: Desk) -> None:
    desk.write("a.pdf", pdf(""))
    assert [r.code for r in desk.parse("a.pdf")[1]] == ["file.empty"]


def test_what_is_broken_or_no_pdf_is_refused(desk: Desk) -> None:
    whole = pdf("Text")
    desk.write("a.pdf", b"")
    desk.write("b.pdf", "Just words")
    desk.write("c.pdf", b"%PDF-1.7\nnothing of a PDF follows")
    desk.write("d.pdf", b"PK\x03\x04 something")
    codes = [desk.parse(f"{name}.pdf")[1][0].code for name in "abcd"]
    assert codes == ["file.empty", "format.mismatch", "pdf.broken", "format.mismatch"]
    assert len(desk.parse("c.pdf")[0]) == 0
    desk.write("e.pdf", whole.replace(b"/Pages", b"/Pagos"))
    raw, refusals = desk.parse("e.pdf")
    assert raw == [] and len(refusals) == 1


@pytest.mark.parametrize("seed", range(12))
def test_damage_anywhere_never_stops_the_run(desk: Desk, seed: int) -> None:
    content = bytearray(pdf("Some text", "More text"))
    start = len(content) * seed // 12
    content[start : start + 60] = b"\xff" * 60
    desk.write("a.pdf", bytes(content))
    raw, refusals = desk.parse("a.pdf")
    assert len(raw) == 1 or len(refusals) == 1
