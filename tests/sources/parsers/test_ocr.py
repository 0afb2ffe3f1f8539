"""Text recognition: pages that are pictures are read where it is asked for, and what is missing is said.

Neither tesseract nor its packages need be here: where they stand in for, their answers are the test's own.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from made_pdf import pdf

from luthier.sources.parsers import ocr

if TYPE_CHECKING:
    from tests.sources.conftest import Desk


def stand_in(monkeypatch: pytest.MonkeyPatch, answer: Any) -> list[Any]:
    """Puts modules in the packages' places; `answer` is what tesseract says, or what it raises. Returns its calls."""
    calls: list[Any] = []

    class Missing(Exception):  # noqa: N818 - named as the package names it
        pass

    def read(picture: Any, lang: str) -> str:
        calls.append((picture, lang))
        if answer is None:
            raise Missing
        return str(answer)

    class Document:
        def __init__(self, path: Path) -> None:
            assert path.is_file()

        def __getitem__(self, index: int) -> Any:
            return SimpleNamespace(render=lambda scale, grayscale: SimpleNamespace(to_pil=lambda: (index, scale)))

        def close(self) -> None:
            pass

    tesseract, pdfium = ModuleType("pytesseract"), ModuleType("pypdfium2")
    tesseract.__dict__.update(image_to_string=read, TesseractNotFoundError=Missing, TesseractError=KeyError)
    pdfium.__dict__.update(PdfDocument=Document, PdfiumError=KeyError)
    for module in (tesseract, pdfium):
        module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return calls


def test_pictured_pages_are_read_and_the_others_keep_their_text(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = stand_in(monkeypatch, " Read off\n")
    desk.write("a.pdf", pdf("One", None, "Three"))
    (raw,), refusals = desk.parse("a.pdf", ocr=True, ocr_languages="deu+fra")
    assert (str(raw.cells["text"]).split("\f"), refusals) == (["One", "Read off", "Three"], [])
    assert calls == [((1, 300 / 72), "deu+fra")]  # the second page, at 300 dots an inch of 72 points


def test_a_page_on_which_nothing_is_recognised_is_refused_by_its_number(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, " ")
    desk.write("a.pdf", pdf("One", None))
    (raw,), (refusal,) = desk.parse("a.pdf", ocr=True)
    assert (raw.cells["text"], refusal.code, refusal.page) == ("One\f", "ocr.no_text", 2)


def test_a_missing_program_is_named_with_how_to_get_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, None)
    desk.write("a.pdf", pdf(None, None))
    raw, (refusal,) = desk.parse("a.pdf", ocr=True)
    assert (raw, refusal.code, refusal.page) == ([], "ocr.failed", 1)
    assert "tesseract, which is not found" in refusal.reason and "apt install tesseract-ocr" in (refusal.fix or "")


def test_missing_packages_are_named_with_the_extra_that_has_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    desk.write("a.pdf", pdf("One", None))
    (raw,), (refusal,) = desk.parse("a.pdf", ocr=True)
    assert (raw.cells["text"], refusal.code, refusal.fix) == ("One\f", "ocr.failed", ocr.EXTRA_FIX)
    assert "pypdfium2" in refusal.reason


def test_without_asking_nothing_is_recognised(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = stand_in(monkeypatch, "Read off")
    desk.write("a.pdf", pdf(None))
    assert ([r.code for r in desk.parse("a.pdf")[1]], calls) == (["pdf.scanned"], [])
