"""PDF: one document a file, its pages' texts joined by form feeds, so the n-th piece is page n.

Text is taken as it is stored, and tables keep their rows as far as a PDF shows them (`pdf_tables`). A file without any
text is refused as a scan, and a page that holds a picture and no text is refused by its number while the other pages
are kept; with the source's `ocr`, such pages are read by text recognition (`ocr`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from luthier.records import Refusal
from luthier.sources.parsers.ocr import RecognitionError, recognise
from luthier.sources.parsers.pdf_tables import join_rows
from luthier.sources.parsers.signatures import mismatch, signature
from luthier.sources.raw import RawRecord, SourceFile

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MEDIA_TYPE = "application/pdf"
HEADER_BYTES = 1024  # readers look for %PDF this far
NO_TITLE = frozenset({"", "untitled"})  # "untitled" is what writers put where nobody said anything
STAMP = 60  # characters without spaces: a page number, a stamp, a file's reference
PAGE_PIXELS = 300_000  # the smallest legible scan of a page, 50 dots an inch, has 413 by 585 and more
SCANNED = "pdf.scanned"
SCAN_FIX = "Set `ocr: true` for this source to run text recognition (OCR), or bring in the text it was made from"


def read_pdf(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The file as one record with `text` and, where it has one, `title`."""
    refusal = _not_pdf(file)
    if refusal is not None:
        yield refusal
        return
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it mutters about is refused here, or harmless
    try:
        with PdfReader(file.path) as reader:
            yield from _locked(file) if _is_locked(reader) else _read(file, reader)
    except Exception as error:  # pypdf answers damage with whatever it trips over: KeyError, OSError, ...
        reason = f"the PDF is damaged: {str(error) or type(error).__name__}"
        yield file.refuse("pdf.broken", reason, fix="Print or export it to a new PDF")


def _not_pdf(file: SourceFile) -> Refusal | None:
    with file.path.open("rb") as stream:
        start = stream.read(HEADER_BYTES)
    if not start:
        return file.refuse("file.empty", "it holds nothing", fix="Fill the file or remove it")
    if b"%PDF" in start:
        return None
    return mismatch(file, signature(file.path) or "something else", "a PDF")


def _is_locked(reader: PdfReader) -> bool:
    """Whether a password is needed to read. One that only forbids printing or copying opens with an empty one."""
    return bool(reader.is_encrypted) and not reader.decrypt("")


def _locked(file: SourceFile) -> Iterator[Refusal]:
    fix = "Save a copy without the password"
    yield file.refuse("pdf.locked", "the PDF is protected by a password", fix=fix)


def _read(file: SourceFile, reader: PdfReader) -> Iterator[RawRecord | Refusal]:
    texts: list[str] = []
    refusals: list[Refusal] = []
    for number, page in enumerate(reader.pages, start=1):
        texts.append(_text(page))
        if _is_scan(page, texts[-1]):
            read = _recognised(file, number)
            if isinstance(read, Refusal):
                refusals.append(read)
                texts[-1] = ""
            else:
                texts[-1] = read
    if any(texts):
        title = str((reader.metadata and reader.metadata.title) or "").strip()
        named = {} if title.lower() in NO_TITLE else {"title": title}
        yield RawRecord(cells={**named, "text": "\f".join(texts)}, media_type=MEDIA_TYPE)
        yield from refusals
        return
    pages = f"{len(texts)} page{'' if len(texts) == 1 else 's'}"
    if not refusals:
        yield file.refuse("file.empty", f"none of its {pages} holds text", fix="Remove it from the source's path")
    elif refusals[0].code == SCANNED:
        yield file.refuse(SCANNED, f"its {pages} are pictures without text", fix=SCAN_FIX)
    else:
        yield refusals[0]


def _text(page: PageObject) -> str:
    """The page's text as it is stored, the rows of its tables each on one line."""
    plain = str(page.extract_text()).strip()
    if plain.count("\n") < 2:  # no room for a table
        return plain
    try:
        layout = str(page.extract_text(extraction_mode="layout", layout_mode_space_vertically=False))
    except Exception:  # it trips over fonts that plain text gets by with; the tables then stay as they are
        return plain
    return join_rows(plain, layout)


def _recognised(file: SourceFile, number: int) -> str | Refusal:
    """What text recognition reads off a page, or why nothing does."""
    if not file.source.ocr:
        return file.refuse(SCANNED, "the page is a picture without text", page=number, fix=SCAN_FIX)
    try:
        text = recognise(file.path, number, file.source.ocr_languages)
    except RecognitionError as error:
        return file.refuse("ocr.failed", f"the page is a picture: {error.what}", page=number, fix=error.fix)
    if text:
        return text
    fix = "See whether the page holds any text"
    return file.refuse("ocr.no_text", "the page is a picture, and no text was recognised on it", page=number, fix=fix)


def _is_scan(page: PageObject, text: str) -> bool:
    """Whether the page is a picture: without text, or with hardly more than a stamp on a picture as large as a page."""
    if not text:
        return len(page.images) > 0  # drawn directly or in a form
    return len("".join(text.split())) <= STAMP and any(_pixels(image) >= PAGE_PIXELS for image in page.images)


def _pixels(image: Any) -> int:
    drawn = image.indirect_reference.get_object() if image.indirect_reference is not None else None
    return int(drawn["/Width"]) * int(drawn["/Height"]) if isinstance(drawn, Mapping) else 0
