"""PPTX: one document a file, its slides joined by form feeds, so the n-th piece is slide n.

A slide is its title, then its texts in the order in which they lie in the file, which is the order a screen reader
takes; a table's row is one line; the texts of a SmartArt drawing are read from its own part (ECMA-376, DrawingML
diagrams); the speaker's notes close it. Charts and pictures are not read. Hidden slides are part of the file and are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from luthier.records import Refusal
from luthier.sources.parsers.office import check_office
from luthier.sources.parsers.table_lines import row_line
from luthier.sources.raw import RawRecord, SourceFile

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
NO_TITLE = "PowerPoint Presentation"  # what programs put where nobody said anything


def read_pptx(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The file as one record with `text` and, where it has one, `title`; a refusal for each slide of pictures alone."""
    refusal = check_office(file, "pptx", "a PowerPoint presentation")
    if refusal is not None:
        yield refusal
        return
    import pptx

    try:
        presentation = pptx.Presentation(str(file.path))
        texts = [_slide(slide) for slide in presentation.slides]
        title = str(presentation.core_properties.title or "").strip()
        wordless = [n for n, slide in enumerate(presentation.slides, start=1) if not texts[n - 1] and _draws(slide)]
    except Exception as error:  # a damaged archive or part: KeyError, ValueError, XMLSyntaxError, ...
        reason = f"the presentation is damaged: {str(error) or type(error).__name__}"
        yield file.refuse("pptx.broken", reason, fix="Open it in a presentation program and save it again")
        return
    if any(texts):
        named = {"title": title} if title and title != NO_TITLE else {}
        yield RawRecord(cells={**named, "text": "\f".join(texts)}, media_type=MEDIA_TYPE)
    elif not wordless:
        yield file.refuse("file.empty", "its slides hold nothing", fix="Remove it from the source's path")
    for number in wordless:
        reason = "the slide holds pictures or charts and no text"
        yield file.refuse("pptx.no_text", reason, page=number, fix="Write in its notes what it shows")


def _slide(slide: Any) -> str:
    title = slide.shapes.title
    others = [shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id]
    lines = [line for shape in ([title] if title is not None else []) + others for line in _shape(shape, slide.part)]
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text.strip()
        lines += [f"Notes: {notes}"] if notes else []
    return "\n".join(line for line in lines if line.strip()).replace("\v", "\n")


def _shape(shape: Any, part: Any) -> Iterator[str]:
    if hasattr(shape, "shapes"):  # a group
        for inner in shape.shapes:
            yield from _shape(inner, part)
    elif shape.has_table:
        for row in shape.table.rows:
            yield row_line("" if cell.is_spanned else cell.text for cell in row.cells)
    elif shape.has_text_frame:
        yield from (paragraph.text for paragraph in shape.text_frame.paragraphs)
    else:
        yield from _diagram(shape, part)


def _diagram(shape: Any, part: Any) -> Iterator[str]:
    """The texts of a SmartArt drawing, a line each; nothing for any other shape."""
    from pptx.oxml import parse_xml

    for relation in shape._element.iter(f"{{{DIAGRAM}}}relIds"):
        data = part.related_part(relation.get(f"{RELATION}dm"))
        for paragraph in parse_xml(data.blob).iter(f"{A}p"):
            yield "".join(text.text or "" for text in paragraph.iter(f"{A}t"))


def _draws(slide: Any) -> bool:
    """Whether the slide shows anything besides empty boxes for text."""
    return any(not shape.has_text_frame for shape in slide.shapes)
