"""HTML: the main text as trafilatura finds it (Barbaresi 2021, ACL-IJCNLP demo), and the page's title.

trafilatura is asked to keep rather than to drop: a menu too many is boilerplate that curation can find, a clause too
few is lost. Where it finds nothing, as on very short pages, all visible text is taken, one line a block.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from html.parser import HTMLParser

from luthier.records import Refusal
from luthier.sources.parsers.table_lines import row_line
from luthier.sources.parsers.text import whole_text
from luthier.sources.raw import RawRecord, SourceFile

INVISIBLE = frozenset({"script", "style", "template", "noscript", "title"})
INLINE_TAGS = "a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark q s samp small span strong sub sup"
INLINE = frozenset([*INLINE_TAGS.split(), "time", "tt", "u", "var", "wbr"])


def read_html(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The page as one record with `text` and, where it has one, `title`."""
    page = whole_text(file, "HTML")
    if isinstance(page, Refusal):
        yield page
        return
    try:
        visible = _visible(page)
    except AssertionError as error:  # how html.parser answers `<![` with nothing known after it
        yield file.refuse(
            "html.broken", f"the page's markup is damaged: {error}", fix="Save the page again, or as text"
        )
        return
    text = _main_text(page) or visible.text()
    if not text:
        yield file.refuse("file.empty", "the page shows no text", fix="Remove it from the source's path")
        return
    title = {"title": visible.title()} if visible.title() else {}
    yield RawRecord(cells={**title, "text": text}, media_type="text/html")


def text_of_letter(page: str) -> str:
    """All the text of a message written in HTML. A letter has no menus, so nothing is looked for but its text.

    Raises `AssertionError` for markup that cannot be read.
    """
    return _visible(page).text()


def _visible(page: str) -> _VisibleText:
    visible = _VisibleText()
    visible.feed(page)
    visible.close()
    return visible


def _main_text(page: str) -> str | None:
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # "discarding data" is what the fall-back is for
    text: str | None = trafilatura.extract(page, include_comments=False, include_tables=True, favor_recall=True)
    return "\n".join(_lines(text)) if text else None


def _lines(text: str) -> Iterator[str]:
    """The text's lines, the rows of its tables written as in every other format."""
    for line in text.splitlines():
        row = line.strip()
        if not (row.startswith("|") and row.endswith("|")):
            yield line
        elif set(row) - set("|- "):  # the line under a header is no row
            yield row_line(row[1:-1].split("|"))


class _VisibleText(HTMLParser):
    """Collects a page's title and the text a reader sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._title: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in INVISIBLE:
            self._open.append(tag)
        elif tag not in INLINE:
            self._pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            self._open.remove(tag)
        elif tag not in INLINE:
            self._pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._open:
            self._pieces.append(" ".join(data.split("\n")))
        elif self._open[-1] == "title":
            self._title.append(data)

    def text(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._pieces).split("\n"))
        return "\n".join(line for line in lines if line)

    def title(self) -> str:
        return " ".join("".join(self._title).split())
