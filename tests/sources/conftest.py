"""A project on disk, and what `ingest` makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from luthier.config import Config, Source
from luthier.records import Document, Example, Refusal
from luthier.sources.ingest import ingest
from luthier.sources.parsers.formats import parse
from luthier.sources.raw import RawRecord, SourceFile
from luthier.store.artefacts import Artefact, ArtefactStore

TASKS = {
    "summary": {"kind": "generate", "instruction": "Sum up.", "inputs": {"note": ""}},
    "intent": {
        "kind": "classify",
        "instruction": "Name the intent.",
        "inputs": {"note": ""},
        "labels": {"card_arrival": "", "lost_card": "", "fees; charges": ""},
    },
    "risk": {
        "kind": "classify",
        "instruction": "Name the risks.",
        "inputs": {"note": ""},
        "multi_label": True,
        "labels": {"concentration": "", "missing_disclosure": ""},
    },
}


@dataclass(frozen=True)
class Outcome:
    artefact: Artefact
    documents: list[Document]
    examples: list[Example]
    refusals: list[Refusal]
    summary: dict[str, Any]


class Desk:
    """A project folder that tests fill."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = ArtefactStore(root / ".luthier")

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def write_jsonl(self, name: str, rows: Iterable[Any]) -> Path:
        return self.write(name, "".join(json.dumps(row) + "\n" for row in rows))

    def config(self, *sources: dict[str, Any], tasks: dict[str, Any] = TASKS) -> Config:
        return Config.model_validate({"name": "Desk", "tasks": tasks, "sources": list(sources)})

    def ingest(self, *sources: dict[str, Any], tasks: dict[str, Any] = TASKS) -> Outcome:
        artefact = ingest(self.config(*sources, tasks=tasks), self.root, self.store)
        return Outcome(
            artefact,
            list(artefact.records("documents", Document)),
            list(artefact.records("examples", Example)),
            list(artefact.records("refusals", Refusal)),
            artefact.json("summary"),
        )

    def parse(self, name: str, **source: Any) -> tuple[list[RawRecord], list[Refusal]]:
        """The raw records and the refusals of one file."""
        described = Source.model_validate({"name": "desk", "path": name, **source})
        items = list(parse(SourceFile(source=described, path=self.root / name, name=name)))
        raw = [item for item in items if isinstance(item, RawRecord)]
        return raw, [item for item in items if isinstance(item, Refusal)]

    def refusal_codes(self, ending: str, contents: Mapping[str, bytes]) -> dict[str, list[str]]:
        """The codes under which files of these contents are refused, each by its name without the ending."""
        for name, content in contents.items():
            self.write(f"{name}{ending}", content)
        return {name: [refusal.code for refusal in self.parse(f"{name}{ending}")[1]] for name in contents}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
