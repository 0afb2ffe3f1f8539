"""Plain text and Markdown: a whole file is one document.

Markdown may open with front matter, YAML between two lines of three hyphens. `title`, `effective_date`, `expiry_date`,
`family` and `group` in it are understood as they stand; other names are columns that `fields` can name. Every value is
read as the text that is written, so `2026-02-30` is a wrong date and never something YAML made of it. Without a
`title`, the first heading of level one is the title. The text is kept as it is, less the front matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from luthier.records import Refusal
from luthier.sources.parsers.encoding import check_text, open_text
from luthier.sources.parsers.lines import LINE_LIMIT
from luthier.sources.raw import RawRecord, SourceFile

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
FRONT_MATTER_LIMIT = 2**16  # characters; a longer one is no front matter
HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)


def read_text(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The file as one record with `text`."""
    text = whole_text(file, "plain text")
    yield text if isinstance(text, Refusal) else RawRecord(cells={"text": text}, media_type="text/plain")


def read_markdown(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The file as one record with `text`, `title` where it has one, and what its front matter says."""
    text = whole_text(file, "Markdown")
    if isinstance(text, Refusal):
        yield text
        return
    try:
        matter, body = _front_matter(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" on line {mark.line + 2}" if mark else ""  # the opening hyphens are line 1
        reason = f"the front matter is no YAML{where}: {getattr(error, 'problem', None) or 'it cannot be read'}"
        yield file.refuse("markdown.front_matter", reason, fix="Correct it, or put quotes around the value")
        return
    heading = HEADING.search(body)
    title = {"title": heading.group(1)} if heading else {}
    yield RawRecord(cells={**title, **matter, "text": body}, media_type="text/markdown")


def whole_text(file: SourceFile, expected: str) -> str | Refusal:
    """The text of a file, line ends as line feeds; a refusal where it cannot be read or is longer than any document."""
    refusal = check_text(file, expected)
    if refusal is not None:
        return refusal
    with open_text(file, newline="\n") as stream:
        text = stream.read(LINE_LIMIT + 1)
    if len(text) > LINE_LIMIT:
        reason = f"it is longer than {LINE_LIMIT // 2**20} MiB, too long for one document"
        return file.refuse("file.too_large", reason, fix="Split it into its documents")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _front_matter(text: str) -> tuple[dict[str, object], str]:
    """What the front matter says, and the text after it. A rule of hyphens that opens a text is no front matter."""
    match = FRONT_MATTER.match(text[:FRONT_MATTER_LIMIT])
    if match is None:
        return {}, text
    content = yaml.load(match.group(1), Loader=yaml.BaseLoader)
    if not isinstance(content, dict):
        return {}, text
    return {str(name): value for name, value in content.items()}, text[match.end() :]
