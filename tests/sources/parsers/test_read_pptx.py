"""PPTX: slides, notes, tables and drawings, in their order."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pptx
from made_pdf import picture
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Inches

if TYPE_CHECKING:
    from tests.sources.conftest import Desk

DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
HERE = Inches(1), Inches(1), Inches(4), Inches(2)


def saved(presentation: Any) -> bytes:
    buffer = io.BytesIO()
    presentation.save(buffer)
    return buffer.getvalue()


def slide_with(presentation: Any, title: str, body: str = "") -> Any:
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = title
    slide.placeholders[1].text = body
    return slide


def test_slides_are_pages_with_titles_texts_tables_and_notes(desk: Desk) -> None:
    presentation = pptx.Presentation()
    presentation.core_properties.title = "Fee committee"
    slide = slide_with(presentation, "Fees", "Custody\nTrading")
    table = slide.shapes.add_table(2, 3, *HERE).table
    for row, texts in enumerate([("Service", "Fee", "From"), ("Custody", "0.2 %\na year", "2026")]):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    slide.notes_slide.notes_text_frame.text = "Say why."
    group = slide_with(presentation, "Next").shapes.add_group_shape()
    group.shapes.add_textbox(*HERE).text_frame.text = "Grouped"
    desk.write("a.pptx", saved(presentation))
    (raw,), refusals = desk.parse("a.pptx")
    assert str(raw.cells["text"]).split("\f") == [
        "Fees\nCustody\nTrading\nService | Fee | From\nCustody | 0.2 % a year | 2026\nNotes: Say why.",
        "Next\nGrouped",
    ]
    assert (raw.cells["title"], raw.row, refusals) == ("Fee committee", None, [])


def test_a_merged_cell_stands_once(desk: Desk) -> None:
    presentation = pptx.Presentation()
    table = slide_with(presentation, "T").shapes.add_table(2, 2, *HERE).table
    table.cell(0, 0).text, table.cell(1, 0).text, table.cell(1, 1).text = "Both", "a", "b"
    table.cell(0, 0).merge(table.cell(0, 1))
    desk.write("a.pptx", saved(presentation))
    assert desk.parse("a.pptx")[0][0].cells["text"] == "T\nBoth\na | b"


def test_the_texts_of_a_smartart_drawing_are_read(desk: Desk) -> None:
    presentation = pptx.Presentation()
    slide = slide_with(presentation, "Steps")
    data = f'<d:dataModel xmlns:d="{DIAGRAM}" xmlns:a="{A}"><a:p><a:r><a:t>Check</a:t></a:r></a:p></d:dataModel>'
    uri, media = PackURI("/ppt/diagrams/data1.xml"), "application/vnd.openxmlformats-officedocument.drawingml.diagram"
    part = Part(uri, f"{media}Data+xml", presentation.part.package, data.encode())
    relation = slide.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagram")
    frame = slide.shapes.add_table(1, 1, *HERE)._element
    graphic = frame.find(f"{{{A}}}graphic")
    for child in list(graphic):
        graphic.remove(child)
    graphic.append(
        parse_xml(
            f'<a:graphicData xmlns:a="{A}" uri="{DIAGRAM}"><d:relIds xmlns:d="{DIAGRAM}" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
            f'r:dm="{relation}"/></a:graphicData>'
        )
    )
    desk.write("a.pptx", saved(presentation))
    assert desk.parse("a.pptx")[0][0].cells["text"] == "Steps\nCheck"


def test_a_slide_of_pictures_is_refused_by_its_number(desk: Desk) -> None:
    presentation = pptx.Presentation()
    slide_with(presentation, "One")
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    slide.shapes.add_picture(io.BytesIO(picture()), *HERE)
    presentation.slides.add_slide(presentation.slide_layouts[6])
    desk.write("a.pptx", saved(presentation))
    (raw,), (refusal,) = desk.parse("a.pptx")
    assert str(raw.cells["text"]).split("\f") == ["One", "", ""]  # the third slide is empty, and nothing is lost
    assert (refusal.code, refusal.page) == ("pptx.no_text", 2)


def test_empty_other_and_broken_presentations_are_told_apart(desk: Desk) -> None:
    whole = saved(pptx.Presentation())
    contents = {"none": whole, "nothing": b"", "words": b"Just words", "half": whole[: len(whole) // 2]}
    assert desk.refusal_codes(".pptx", contents) == {
        "none": ["file.empty"],
        "nothing": ["file.empty"],
        "words": ["format.mismatch"],
        "half": ["pptx.broken"],
    }
