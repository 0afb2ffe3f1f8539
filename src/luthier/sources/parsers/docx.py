"""DOCX: paragraphs and tables in the order of the document, a table's row on one line as `a | b | c`.

The body's XML (ECMA-376, WordprocessingML) is walked itself, because text stands in places that an object per
paragraph does not show: content controls, tracked insertions, text boxes. Tracked deletions are left out. Headers,
footers, comments and footnotes are not part of the body.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from luthier.records import Refusal
from luthier.sources.parsers.office import check_office
from luthier.sources.parsers.table_lines import row_line
from luthier.sources.raw import RawRecord, SourceFile

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
CHARACTERS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
# Deleted text, moved-away text, properties, and the second copy of what a newer program drew in its own way.
PASSED_OVER = frozenset(
    {
        f"{W}{name}"
        for name in ("del", "moveFrom", "pPr", "rPr", "tblPr", "trPr", "tcPr", "sdtPr", "sectPr", "instrText")
    }
    | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
)


def read_docx(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The file as one record with `text` and, where it has one, `title`."""
    refusal = check_office(file, "docx", "a Word document")
    if refusal is not None:
        yield refusal
        return
    import docx

    try:
        document = docx.Document(str(file.path))
        text, title = "\n".join(_blocks(document.element.body)), _title(document)
    except Exception as error:  # a damaged archive or part: BadZipFile, KeyError, OSError, XMLSyntaxError, ...
        reason = f"the document is damaged: {str(error) or type(error).__name__}"
        yield file.refuse("docx.broken", reason, fix="Open it in a word processor and save it again")
        return
    if not text.strip():
        yield file.refuse("file.empty", "the document holds no text", fix="Remove it from the source's path")
        return
    yield RawRecord(cells={**({"title": title} if title else {}), "text": text}, media_type=MEDIA_TYPE)


def _title(document: Any) -> str:
    """The title in the document's properties, else its first paragraph in the style Title."""
    named = str(document.core_properties.title or "").strip()
    if named and named != "Word Document":  # what python-docx says where a file has none
        return named
    styled = (p.text.strip() for p in document.paragraphs if p.style is not None and p.style.name == "Title")
    return next(styled, "")


def _blocks(parent: Any) -> Iterator[str]:
    """The text of each paragraph and each table row below an element."""
    for element in parent:
        if element.tag in PASSED_OVER:
            continue
        if element.tag == f"{W}p":
            yield "".join(_characters(element)).strip("\n")
        elif element.tag == f"{W}tr":
            yield row_line(" ".join(_blocks(cell)) for cell in _cells(element))
        else:  # a table, a content control, a tracked insertion: its blocks stand inside
            yield from _blocks(element)


def _cells(row: Any) -> Iterator[Any]:
    for element in row:
        if element.tag == f"{W}tc":
            yield element
        elif element.tag not in PASSED_OVER:
            yield from _cells(element)


def _characters(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag in PASSED_OVER:
            continue
        if child.tag == f"{W}t":
            yield child.text or ""
        elif child.tag in CHARACTERS:
            yield CHARACTERS[child.tag]
        elif child.tag == f"{W}txbxContent":
            yield "\n" + "\n".join(_blocks(child)) + "\n"
        else:
            yield from _characters(child)
