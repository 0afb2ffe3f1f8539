"""Which parser reads a file: the format its source names, or the one its ending says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from luthier.config.nearest import nearest
from luthier.records import Refusal
from luthier.sources.parsers.archive import read_zip
from luthier.sources.parsers.contained import Parse
from luthier.sources.parsers.csv import read_csv
from luthier.sources.parsers.docx import read_docx
from luthier.sources.parsers.html import read_html
from luthier.sources.parsers.jsonl import read_jsonl
from luthier.sources.parsers.mail import read_eml, read_mbox
from luthier.sources.parsers.parquet import read_parquet
from luthier.sources.parsers.pdf import read_pdf
from luthier.sources.parsers.pptx import read_pptx
from luthier.sources.parsers.query_rows import read_query_rows
from luthier.sources.parsers.text import read_markdown, read_text
from luthier.sources.parsers.transcript import read_transcript
from luthier.sources.parsers.xlsx import read_xlsx
from luthier.sources.raw import RawRecord, SourceFile, quoted

PARSERS: dict[str, Parse] = {
    "csv": read_csv,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
    "xlsx": read_xlsx,
    "text": read_text,
    "markdown": read_markdown,
    "html": read_html,
    "pdf": read_pdf,
    "docx": read_docx,
    "pptx": read_pptx,
    "transcript": read_transcript,
    "sql": read_query_rows,
}
CONTAINERS: dict[str, Callable[[SourceFile, Parse], Iterator[RawRecord | Refusal]]] = {
    "eml": read_eml,
    "mbox": read_mbox,
    "zip": read_zip,
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
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".pptx": "pptx",
    ".eml": "eml",
    ".mbox": "mbox",
    ".zip": "zip",
}
SAVE_AS = {".xls": "xlsx", ".xlsb": "xlsx", ".doc": "docx", ".rtf": "docx", ".ppt": "pptx", ".msg": "eml", ".7z": "zip"}


def parse(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """Everything in a file, in order: raw records, and refusals of what could not be read."""
    ending = PurePosixPath(file.name).suffix.lower()
    name = ENDINGS.get(ending) if file.source.format == "auto" else file.source.format
    if name is None:
        yield _unknown(file, ending)
        return
    try:
        yield from CONTAINERS[name](file, parse) if name in CONTAINERS else PARSERS[name](file)
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror or error}"
        yield file.refuse("file.unreadable", reason, fix="Check that it exists and that you may read it")


def _unknown(file: SourceFile, ending: str) -> Refusal:
    reason = f"the ending {quoted(ending)} belongs to no known format" if ending else "the file has no ending"
    if ending in SAVE_AS:
        return file.refuse("format.unknown", reason, fix=f"Save it as {SAVE_AS[ending].upper()}")
    near = nearest(ending, ENDINGS) if ending else None
    known = f"{near}?" if near else f"one of {' '.join(ENDINGS)}"
    return file.refuse(
        "format.unknown", reason, fix=f"Set `format` for this source, or give the file its ending: {known}"
    )
