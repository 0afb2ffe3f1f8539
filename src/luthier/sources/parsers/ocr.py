"""Text recognition for PDF pages that are pictures: pypdfium2 draws a page, tesseract reads it.

Both are optional (`luthier[ocr]`, and the program tesseract itself). What they make of a page is a reading, not what
stands in the file: it holds mistakes, which curation's rule for OCR noise looks for.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
from pathlib import Path
from typing import Any

DOTS_PER_INCH = 300  # what tesseract's own guide asks for
POINTS_PER_INCH = 72  # a PDF's unit
PACKAGES = ("pypdfium2", "pytesseract")
EXTRA_FIX = "Install it: pip install 'luthier[ocr]'"
PROGRAM_FIX = "Install tesseract (Debian: apt install tesseract-ocr; macOS: brew install tesseract), or set ocr: false"


class RecognitionError(Exception):
    """A page could not be read, for a reason that a person can put right."""

    def __init__(self, what: str, fix: str) -> None:
        self.what, self.fix = what, fix
        super().__init__(what)


def recognise(path: Path, page: int, languages: str) -> str:
    """The text that is read off a page (counted from 1) of a PDF.

    Raises `RecognitionError` where the extra, the program or a language is missing, or a page cannot be drawn.
    """
    missing = next((name for name in PACKAGES if importlib.util.find_spec(name) is None), None)
    if missing is not None:
        raise RecognitionError(f"text recognition needs the package {missing}, which is not installed", EXTRA_FIX)
    pytesseract: Any = importlib.import_module("pytesseract")
    try:
        read = str(pytesseract.image_to_string(_picture(path, page), lang=languages))
    except pytesseract.TesseractNotFoundError:
        raise RecognitionError(
            "text recognition needs the program tesseract, which is not found", PROGRAM_FIX
        ) from None
    except pytesseract.TesseractError as error:
        fix = f"Check that its data for '{languages}' are installed (tesseract --list-langs)"
        raise RecognitionError(f"tesseract failed: {str(error).splitlines()[-1]}", fix) from None
    return read.strip()


def _picture(path: Path, page: int) -> Any:
    """The page as a picture, in grey."""
    pdfium: Any = importlib.import_module("pypdfium2")
    try:
        with contextlib.closing(pdfium.PdfDocument(path)) as document:
            return document[page - 1].render(scale=DOTS_PER_INCH / POINTS_PER_INCH, grayscale=True).to_pil()
    except pdfium.PdfiumError as error:
        raise RecognitionError(f"the page cannot be drawn: {error}", "Print or export it to a new PDF") from None
