"""Tables in PDFs: rows on lines as far as the page shows them, and never a word lost."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from luthier.sources.parsers.pdf_tables import join_rows

if TYPE_CHECKING:
    from tests.sources.conftest import Desk

BODY = getSampleStyleSheet()["Normal"]
HOLDINGS = [
    ["Position", "Share", "Value"],
    ["Swiss Bond Fund", "12.5 %", "1,200.50"],
    ["Cash", "", "300.00"],
    ["Equity World", "3 %", "12.00"],
]


def page(*parts: str | list[list[str]], style: list[tuple[object, ...]] | None = None) -> bytes:
    buffer = io.BytesIO()
    flow = [Paragraph(part, BODY) if isinstance(part, str) else Table(part, style=style) for part in parts]
    SimpleDocTemplate(buffer).build(flow)
    return buffer.getvalue()


@pytest.mark.parametrize("style", [[], [("ALIGN", (1, 0), (-1, -1), "RIGHT")], [("TOPPADDING", (0, 0), (-1, -1), 16)]])
def test_a_tables_rows_are_lines_between_the_texts_around_it(desk: Desk, style: list[tuple[object, ...]]) -> None:
    desk.write("a.pdf", page("Your holdings:", HOLDINGS, "Prices of May.", style=style))
    assert desk.parse("a.pdf")[0][0].cells["text"] == (
        "Your holdings:\nPosition | Share | Value\nSwiss Bond Fund | 12.5 % | 1,200.50\nCash |  | 300.00\n"
        "Equity World | 3 % | 12.00\nPrices of May."
    )


def test_two_columns_of_prose_stay_as_they_were(desk: Desk) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for column, words in enumerate(["the left column of the text goes on", "and the right one has its own words"]):
        for n in range(6):
            canvas.drawString(60 + 260 * column, 700 - 14 * n, f"{n} {words}")
    canvas.save()
    desk.write("a.pdf", buffer.getvalue())
    text = str(desk.parse("a.pdf")[0][0].cells["text"])
    assert "|" not in text
    assert text.index("5 the left") < text.index("0 and the right")


CELLS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)


@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=5),
    st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=5),
)
def test_no_character_is_lost_or_moved_whatever_the_layout_says(
    plain_rows: list[list[str]], layout_rows: list[list[str]]
) -> None:
    plain = "\n".join(cell for row in plain_rows for cell in row)
    layout = "\n".join("".join(cell.ljust(14) for cell in row) for row in layout_rows + plain_rows)
    joined = join_rows(plain, layout)
    assert joined.replace("|", "").split() == plain.split()


def test_a_row_that_the_plain_text_does_not_hold_side_by_side_is_left() -> None:
    layout = "Name      Fee\nAnn       12\nBen       13"
    assert join_rows("Name\nAnn\nBen\nFee\n12\n13", layout) == "Name\nAnn\nBen\nFee\n12\n13"
    assert join_rows("Name\nFee\nAnn\n12\nBen 13", layout) == "Name | Fee\nAnn | 12\nBen | 13"
