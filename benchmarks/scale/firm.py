"""A firm of any size on disk: papers in shards, labelled messages, a catalogue of products and settings with every
rule on that needs no model."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import yaml

from luthier.progress import Meter
from scale.papers import LABELS, Papers, product_of

SHARD = 10_000  # papers in a file
EXAMPLES = 50  # papers for each labelled message
PRODUCTS = 300  # in the catalogue; one in three is no longer offered

GLOSSARY = [
    {"term": "know your customer", "variants": ["know-your-client"], "abbreviations": ["KYC"]},
    {"term": "assets under management", "variants": ["managed assets"], "abbreviations": ["AUM"]},
    {"term": "standing order", "variants": ["recurring payment order"]},
    {"term": "securities account", "variants": ["custody deposit", "securities deposit"]},
    {"term": "relationship manager", "abbreviations": ["RM"], "ambiguous": True},
]
RULES: dict[str, Any] = {
    "normalise": {},
    "glossary": {"terms": GLOSSARY},
    "canonical": {},
    "boilerplate": {},
    "quality": {},
    "relevance": {},
    "privacy": {},
    "duplicates": {},
    "leakage": {},
    "expiry": {"catalogue": {"path": "products.csv", "name": "product", "status": "status"}},
    "contradictions": {},
    "wrong_labels": {},
    "coverage": {"population": {"segment": {"retail": 0.6, "private": 0.3, "corporate": 0.1}}},
}
"""Every rule that needs no model. What does is left out: semantic duplicates (sentence embeddings), Presidio (spaCy),
and which language a text is in (`quality.languages`, off by default), which a trained classifier tells."""


def settings(processes: int) -> dict[str, Any]:
    """The content of luthier.yaml."""
    profile = {"segment": "segment", "region": "region"}
    papers = {name: name for name in ("id", "text", "title", "group", "family", "effective_date", "expiry_date")}
    message = {"id": "id", "group": "group", "inputs": {"message": "message"}, "target": "label", "profile": profile}
    return {
        "name": "A generated firm",
        "tasks": {
            "queue": {
                "kind": "classify",
                "instruction": "Which desk is the message for?",
                "inputs": {"message": "what the client wrote"},
                "labels": dict.fromkeys(LABELS, "a desk"),
            }
        },
        "sources": [
            {"name": "papers", "path": "papers/*.jsonl", "fields": papers | {"profile": profile}},
            {"name": "messages", "path": "messages.jsonl", "task": "queue", "fields": message},
        ],
        "curate": RULES | {"workers": processes},
    }


def found(folder: Path, count: int, processes: int) -> None:
    """Writes a firm of `count` papers into a folder; shards that are there already stay as they are."""
    (folder / "papers").mkdir(parents=True, exist_ok=True)
    shards = [
        (folder / "papers" / f"{start // SHARD:05}.jsonl", start, min(count, start + SHARD))
        for start in range(0, count, SHARD)
    ]
    missing = [shard for shard in shards if not shard[0].exists()]
    with Meter(f"Writing {count} papers", len(shards), len(shards) - len(missing)) as meter:
        if len(missing) < 2:
            for shard in missing:
                _write_shard(shard)
        else:
            with get_context("spawn").Pool(processes) as pool:
                for _ in pool.imap_unordered(_write_shard, missing):
                    meter.advance()
    writer = Papers()
    _write(folder / "messages.jsonl", (writer.example(number) for number in range(max(count // EXAMPLES, 60))))
    with (folder / "products.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("product", "status"))
        table.writerows((product_of(n), "offered" if n % 3 else "discontinued") for n in range(PRODUCTS))
    (folder / "luthier.yaml").write_text(yaml.safe_dump(settings(processes), sort_keys=False), encoding="utf-8")


def _write_shard(shard: tuple[Path, int, int]) -> None:
    path, start, end = shard
    writer = Papers()
    _write(path, (writer.paper(number) for number in range(start, end)))


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    temporary = path.with_suffix(f".{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    temporary.replace(path)
