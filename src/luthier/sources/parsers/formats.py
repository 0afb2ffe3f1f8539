"""Which parser reads a file: the format its source names, or the one its ending says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from luthier.config.nearest import nearest
from luthier.records import Refusal
from luthier.sources.parsers.csv import read_csv
from luthier.sources.parsers.docx import read_docx
from luthier.sources.parsers.html import read_html
from luthier.sources.parsers.jsonl import read_jsonl
from luthier.sources.parsers.parquet import read_parquet
from luthier.sources.parsers.pdf import read_pdf
from luthier.sources.parsers.text import read_markdown, read_text
from luthier.sources.raw import RawRecord, SourceFile, quoted

Parser = Callable[[SourceFile], Iterator[RawRecord | Refusal]]

PARSERS: dict[str, Parser] = {
    "csv": read_csv,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
    "text": read_text,
    "markdown": read_markdown,
    "html": read_html,
    "pdf": read_pdf,
    "docx": read_docx,
}
ENDINGS: dict[str, str] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
}


def parse(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """Everything in a file, in order: raw records, and refusals of what could not be read."""
    ending = PurePosixPath(file.name).suffix.lower()
    name = ENDINGS.get(ending) if file.source.format == "auto" else file.source.format
    if name is None:
        yield _unknown(file, ending)
        return
    try:
        yield from PARSERS[name](file)
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror or error}"
        yield file.refuse("file.unreadable", reason, fix="Check that it exists and that you may read it")


def _unknown(file: SourceFile, ending: str) -> Refusal:
    reason = f"the ending {quoted(ending)} belongs to no known format" if ending else "the file has no ending"
    near = nearest(ending, ENDINGS) if ending else None
    known = f"{near}?" if near else f"one of {' '.join(ENDINGS)}"
    return file.refuse(
        "format.unknown", reason, fix=f"Set `format` for this source, or give the file its ending: {known}"
    )
