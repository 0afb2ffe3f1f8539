"""Every format that a source can name is shown in the guide, and what the guide shows brings in what it says."""

from __future__ import annotations

import io
import mailbox
import re
import sqlite3
import tempfile
import typing
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
import openpyxl
import pptx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reportlab.pdfgen.canvas import Canvas

from luthier.config import Source
from luthier.config.yaml_lines import read_settings_text

if TYPE_CHECKING:
    from conftest import Desk

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "bring-your-data.md"
TASK = {
    "kind": "classify",
    "instruction": "Name the flag.",
    "inputs": {"note": "Note"},
    "labels": {"fee": "", "card": ""},
}
HEADING = "## Folders, globs and archives"


def shown() -> list[dict[str, Any]]:
    """The sources in the guide's sections on formats."""
    text = GUIDE.read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```$", text[text.index(HEADING) :], re.DOTALL | re.MULTILINE)
    return [source for block in blocks for source in settings(block)["sources"]]


def settings(block: str) -> Any:
    """The settings in a block as Luthier reads them, to which a column called `No` is a word."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "luthier.yaml"
        path.write_text(block)
        return read_settings_text(path).values


def fill(desk: Desk) -> None:
    """What the guide's sources name, a record or two each."""
    for folder in ("tables", "slides", "contracts", "scans", "mail"):
        (desk.root / folder).mkdir()
    desk.write("library/deep/a.txt", "A text")
    desk.write("policies/2026/fees.md", "# Fees\nDue.")
    desk.write("letters/a.txt", "Dear Ann")
    desk.write("site/a.html", "<p>A page</p>")
    word = docx.Document()
    word.add_paragraph("Contract")
    word.save(str(desk.root / "contracts/a.docx"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "Packed")
    desk.write("archive/2025.zip", packed.getvalue())
    desk.write_jsonl("tables/questions.jsonl", [{"text": "Where?", "flag": "card"}])
    desk.write("tables/questions.csv", "text,flag\nWhere?,card\n")
    pq.write_table(pa.table({"text": ["Where?"], "flag": ["card"]}), desk.root / "tables/questions.parquet")
    fill_office(desk)
    fill_mail(desk)
    desk.write_jsonl("chats/a.jsonl", [{"turns": [{"speaker": "Client", "text": "Where?"}], "flag": "card"}])
    desk.write("calls/a.txt", "[10:31] Client: Is it free?\nAdviser: It is.\n")
    with sqlite3.connect(desk.root / "desk.db") as database:
        database.execute("CREATE TABLE tickets (no INTEGER, message TEXT, flag TEXT, client TEXT, closed INTEGER)")
        database.execute("INSERT INTO tickets VALUES (1, 'Where?', 'card', 'C1', 1), (2, 'Open', 'fee', 'C2', 0)")
    database.close()


def fill_office(desk: Desk) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Desk"
    for row in (["As of May"], [], ["No", "Message", "Flag"], [1, "Where?", "card"]):
        book.active.append(row)
    book.save(desk.root / "tables/questions.xlsx")
    presentation = pptx.Presentation()
    presentation.slides.add_slide(presentation.slide_layouts[0]).shapes.title.text = "Fees"
    presentation.save(str(desk.root / "slides/a.pptx"))
    canvas = Canvas(str(desk.root / "scans/a.pdf"))
    canvas.drawString(72, 700, "Statement")
    canvas.save()


def fill_mail(desk: Desk) -> None:
    message = EmailMessage()
    message["From"], message["Subject"], message["X-Flag"] = "ann@example.com", "Card", "card"
    message.set_content("Where is my card?")
    desk.write("mail/letters/a.eml", bytes(message))
    box = mailbox.mbox(desk.root / "mail/desk.mbox")
    box.add(message)
    box.close()


def test_every_format_is_shown() -> None:
    formats = set(typing.get_args(Source.model_fields["format"].annotation))
    assert {source.get("format", "auto") for source in shown()} == formats
    table = GUIDE.read_text().partition("## Which column is what")[0]
    assert {form for form in formats if f"`{form}`" not in table and form != "auto"} == set()


@pytest.mark.parametrize("source", shown(), ids=lambda source: source["name"])
def test_what_the_guide_shows_brings_its_records_in(desk: Desk, source: dict[str, Any]) -> None:
    fill(desk)
    outcome = desk.ingest(source, tasks={"flags": TASK})
    records = outcome.examples if "task" in source else outcome.documents
    assert (len(records), outcome.refusals) == (1, [])
    if "task" in source:
        assert outcome.examples[0].target.labels == ("card",)
