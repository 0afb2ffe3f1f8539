"""A small firm's ingested records, with something for every kind of decision, and what curating them needs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from luthier.config import ClassifyTask, Config, Source, Splits
from luthier.records import Document, Example, Provenance, Refusal, Target
from luthier.store.artefacts import ArtefactStore

TODAY = dt.date(2026, 11, 24)
LETTER = (
    "Dear colleagues, the board met on Tuesday and agreed to move the archive to the new building before the spring. "
    "Boxes are labelled by department, and whoever needs a file should say so at the front desk by the end of the week."
)


def document(identity: str, text: str, **fields: object) -> Document:
    source = Provenance(source="files", file=f"{identity}.txt")
    return Document(id=identity, text=text, media_type="text/plain", source=source, **fields)  # type: ignore[arg-type]


def note(identity: str, text: str, label: str = "a", **fields: object) -> Example:
    source = Provenance(source=str(fields.pop("source", "notes")), file="notes.csv", row=1)
    fields.setdefault("group", identity)
    return Example(  # type: ignore[arg-type]
        id=identity, task="flags", inputs={"note": text}, target=Target(labels=(label,)), source=source, **fields
    )


DOCUMENTS = [
    document("d1", LETTER),
    document("d2", f"{LETTER}\r\n"),  # the same but for how its line ends
    document(
        "old", "The price list for repairs holds for all branches of the house.", expiry_date=dt.date(2024, 1, 31)
    ),
    document("short", "Nothing\u00a0here."),
    document("new", "The canteen opens at noon and closes at two on every day of the week but Sunday."),
]
EXAMPLES = [
    note("n1", "Where is  my parcel that you sent last week?"),
    note("n2", "where is my parcel that you sent last week"),  # says the same as n1
    *[
        note(f"m{n}", f"message number {word}", label="ab"[n % 2])
        for n, word in enumerate(["one", "two", "three", "four"])
    ],
    note("t1", "message number two", label="b", source="given"),  # pinned to test: m1 gives it away
]


def config(**fields: object) -> Config:
    return Config(  # type: ignore[arg-type]
        name="firm",
        tasks={"flags": ClassifyTask(kind="classify", instruction="Flag it.", inputs={"note": ""})},
        sources=[
            Source(name="files", path="files"),
            Source(name="notes", path="notes.csv", task="flags"),
            Source(name="given", path="given.csv", task="flags", split="test"),
        ],
        split=Splits(train=1, dev=0, test=0),
        **fields,
    )


def ingested(folder: Path, documents: object = DOCUMENTS, examples: object = EXAMPLES) -> ArtefactStore:
    store = ArtefactStore(folder)
    with store.write("ingest", "k1", {}) as writer:
        writer.records("documents", Document, documents)  # type: ignore[arg-type]
        writer.records("examples", Example, examples)  # type: ignore[arg-type]
        writer.records("refusals", Refusal, [])
    return store
