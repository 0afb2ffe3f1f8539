"""`luthier ingest`: the sources become documents and examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from luthier.cli.options import AsJson, ProjectFolder


def ingest(project: ProjectFolder = Path(), as_json: AsJson = False) -> None:
    """Reads the sources into documents and examples.

    A file or row that cannot be read is counted with its reason and the rest goes on. Nothing is read again while
    files and settings stay the same.

    \b
      luthier ingest --project mybank
    """
    from luthier.cli.output import run_stage, show
    from luthier.project import Project

    opened = Project(project)
    artefact, result, line = run_stage(opened, "ingest", opened.ingest)
    summary = artefact.json("summary")
    show({**result, "summary": summary}, [*_lines(summary), line], as_json=as_json)


def _lines(summary: Mapping[str, Any]) -> Iterator[str]:
    for source in summary["sources"]:
        counted = f"{source['documents']} documents" if source["documents"] else f"{source['examples']} examples"
        reasons = ", ".join(f"{code} {count}" for code, count in source["reasons"].items())
        refused = f", {source['refused']} refused ({reasons})" if source["refused"] else ""
        yield f"{source['name']}: {source['files']} files, {counted}{refused}"
