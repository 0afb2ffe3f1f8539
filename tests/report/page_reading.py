"""Reads a page as a browser without scripts would: its elements, and its text outside scripts and styles."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from report_project import Project

from luthier.report.page import write_report

SILENT = {"script", "style"}
VOID = {"meta", "br", "wbr", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """`elements` are (tag, attributes); `text` is what a reader sees, `scripts` and `styles` what they do not."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.styles: list[str] = []
        self._pieces: list[str] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        self.text = " ".join("".join(self._pieces).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if tag not in {"ins", "del", "wbr"}:  # these stand inside words
            self._pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1][0] == tag, f"</{tag}> closes <{self._open[-1][0]}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        inside = self._open[-1][0] if self._open else ""
        if inside == "script":
            attributes, so_far = self.scripts[-1]
            self.scripts[-1] = (attributes, so_far + data)
        elif inside == "style":
            self.styles.append(data)
        elif inside not in SILENT:
            self._pieces.append(data)

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for name, attributes in self.elements
            if name == tag and all(attributes.get(key.rstrip("_")) == value for key, value in wanted.items())
        ]


def page_of(project: Project, root: Path) -> Page:
    """The page that the report writes for a project."""
    return Page(write_report(project.config(), root, project.save(root)).read_text(encoding="utf-8"))
