"""Writes the firm's documents: statements as PDF, DOCX and CSV, letters, analyses, the catalogue and the policy.

The same facts give the same bytes: PDFs are written without clock or random names, and a DOCX is repacked with one date
for all its parts.
"""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from luthier.errors import RequestError
from luthier.sample_company.tables import write_csv
from luthier.sample_company.wealth_desk import letters, policy
from luthier.sample_company.wealth_desk.catalogue import FIRM, NOTICE, PRODUCTS
from luthier.sample_company.wealth_desk.facts import Client, SummaryFacts

MOST_CLIENTS = 48
"""Clients with their own papers, however large the firm: enough to read every format, quick at every size."""
POLICY_FILE = "data/policy/compliance.md"
Visit = tuple[Client, SummaryFacts]
_ZIP_DATE = (2026, 1, 1, 0, 0, 0)


def write_documents(data: Path, seed: int, visits: Sequence[Visit]) -> dict[str, int]:
    """Writes the papers of the first `MOST_CLIENTS` of `visits` (one a client) and the firm's own; counts by kind."""
    chosen = visits[:MOST_CLIENTS]
    for name in ("statements", "letters", "analyses", "policy"):
        (data / name).mkdir(parents=True, exist_ok=True)
    for client, facts in chosen:
        (data / "letters" / f"{client.id}.txt").write_text(letters.letter(seed, client, facts), encoding="utf-8")
    pdfs, words, rows = (chosen[first::3] for first in range(3))  # a client's statement comes in one format
    for client, facts in pdfs:
        write_pdf(data / "statements" / f"{client.id}.pdf", client, facts)
    for client, facts in words:
        write_docx(data / "statements" / f"{client.id}.docx", client, facts)
    write_csv(data / "statements.csv", [_statement_row(client, facts) for client, facts in rows])
    _write_analyses(data / "analyses")
    (data / "policy" / "compliance.md").write_text(policy.text(), encoding="utf-8")
    write_csv(data / "catalogue.csv", _catalogue_rows())
    return {
        "statement_pdfs": len(pdfs),
        "statement_docx": len(words),
        "statement_rows": len(rows),
        "letters": len(chosen),
        "analyses": len(PRODUCTS),
        "catalogue_rows": len(PRODUCTS),
    }


def statement_of(client: Client) -> str | None:
    """How the statement of a client's first review is named, where there is one: its file, or its title in the table.

    Statements come in three formats in turn, client by client, as `write_documents` deals them out.
    """
    if client.number >= MOST_CLIENTS:
        return None
    formats = (f"data/statements/{client.id}.pdf", f"data/statements/{client.id}.docx", _statement_title(client))
    return formats[client.number % len(formats)]


def _statement_title(client: Client) -> str:
    return f"Portfolio statement {client.id}"


def write_pdf(path: Path, client: Client, facts: SummaryFacts) -> None:
    """Writes a statement as a PDF, the notice at the foot of every page."""
    try:
        from reportlab.lib.pagesizes import A4
        from reportlab.pdfgen.canvas import Canvas
    except ImportError as error:
        raise RequestError("writing PDFs needs reportlab", fix="Run `pip install 'luthier[sample]'`") from error
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    canvas.setTitle(_statement_title(client))
    canvas.setFont("Helvetica-Bold", 14)
    canvas.drawString(60, 780, f"{FIRM}: portfolio statement")
    canvas.setFont("Helvetica", 11)
    canvas.drawString(60, 755, f"{client.name}, client {client.id}, {letters.month(facts)}")
    canvas.setFont("Courier", 11)  # even widths: a row drawn as one text is read back as one row
    for place, (name, weight, value) in enumerate(letters.statement_rows(facts)):
        canvas.drawString(60, 720 - 20 * place, f"{name:<24}{weight:>8}{value:>14}")
    canvas.setFont("Helvetica-Oblique", 9)
    canvas.drawString(60, 40, NOTICE)
    canvas.save()


def write_docx(path: Path, client: Client, facts: SummaryFacts) -> None:
    """Writes a statement as a DOCX, the notice in the footer of every page."""
    import docx

    document = docx.Document()
    document.add_heading(f"{FIRM}: portfolio statement", level=1)
    document.add_paragraph(f"{client.name}, client {client.id}, {letters.month(facts)}")
    rows = letters.statement_rows(facts)
    table = document.add_table(rows=len(rows), cols=3)
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.sections[0].footer.paragraphs[0].text = NOTICE
    packed = io.BytesIO()
    document.save(packed)
    path.write_bytes(_repack(packed.getvalue()))


def _repack(packed: bytes) -> bytes:
    """The same zip archive with one fixed date, so that equal content is equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _ZIP_DATE), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _write_analyses(folder: Path) -> None:
    """One analysis a product, Markdown and HTML in turn."""
    for number, product in enumerate(PRODUCTS):
        title, paragraphs = letters.analysis(product)
        name = product.name.lower().replace(" ", "_")
        if number % 2 == 0:
            text = "\n\n".join([f"# {title}", *paragraphs, f"> {NOTICE}"]) + "\n"
            (folder / f"{name}.md").write_text(text, encoding="utf-8")
        else:
            (folder / f"{name}.html").write_text(_page(title, paragraphs), encoding="utf-8")


def _page(title: str, paragraphs: Sequence[str]) -> str:
    body = "\n".join(f"<p>{html.escape(text)}</p>" for text in [*paragraphs, NOTICE])
    heading = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{heading}</title></head>\n'
        f"<body>\n<article>\n<h1>{heading}</h1>\n{body}\n</article>\n</body>\n</html>\n"
    )


def _statement_row(client: Client, facts: SummaryFacts) -> dict[str, str]:
    return {
        "client_id": client.id,
        "segment": client.segment,
        "region": client.region,
        "date": facts.meeting.isoformat(),
        "title": _statement_title(client),
        "text": letters.statement_text(client, facts),
        "notice": NOTICE,
    }


def _catalogue_rows() -> list[dict[str, str]]:
    return [
        {
            "product": product.name,
            "asset": product.asset,
            "risk_class": str(product.risk_class),
            "in_house": "yes" if product.in_house else "no",
            "description": f"{product.name}: {product.asset}, risk class {product.risk_class} of 5, "
            + ("run by ourselves." if product.in_house else "run by another house."),
            "notice": NOTICE,
        }
        for product in PRODUCTS
    ]
