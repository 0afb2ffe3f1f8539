"""Writes a firm with planted defects to disk: a project with its data, and `truth.jsonl` beside it.

luthier.yaml              settings that name the files, with the shares of the profile cells that the firm declares
data/library.jsonl        the papers
data/intake.csv           papers that came in again in another kind of file
data/examples/train.jsonl, test.jsonl
data/README.md            what is what
truth.jsonl               what was planted; no project should ingest it
"""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import yaml

from luthier.errors import RequestError
from luthier.progress import track
from luthier.sample_company.defects.desk import REGIONS, SEGMENTS, Draft
from luthier.sample_company.defects.labelled import Message, Messages
from luthier.sample_company.defects.layout import Papers
from luthier.sample_company.defects.phrasings import Phrasings, phrasings
from luthier.sample_company.defects.truth import Planted

SMALLEST, LARGEST = 200, 1_000_000
COLUMNS = ("id", "title", "text", "client", "effective_date", "expiry_date", "family", "segment", "region", "notice")


def generate(
    folder: Path,
    documents: int = 20_000,
    seed: int = 17,
    *,
    wordings: str = "development",
    examples: int | None = None,
    wrong_labels: float = 0.05,
) -> dict[str, Any]:
    """Writes the firm of the set `wordings` into `folder` and returns what was written and planted.

    Memory does not grow with the size: every record is made from the seed and its number and written at once.

    Args:
        documents: 200 to 1,000,000. The defects come in blocks of 200; what is left over is clean.
        seed: the same seed gives the same bytes.
        examples: labelled messages; a quarter of the documents by default. None with 0.
        wrong_labels: the share of wrong ones among the training examples that stand in no planted pair.

    Raises `RequestError` for a size, a share or a name out of range.
    """
    if not SMALLEST <= documents <= LARGEST:
        raise RequestError(f"{documents} documents is out of range", fix=f"Choose {SMALLEST} to {LARGEST}")
    if not 0 <= wrong_labels < 1:
        raise RequestError(f"{wrong_labels} is no share of wrong labels", fix="Choose 0 to 0.99")
    phrases = phrasings(wordings)
    count = documents // 4 if examples is None else examples
    (folder / "data" / "examples").mkdir(parents=True, exist_ok=True)
    with (folder / "truth.jsonl").open("w", encoding="utf-8") as truth:
        tally = _Tally(truth, phrases.word("notice"))
        _write_papers(folder / "data", Papers(phrases, seed, documents), tally)
        if count:
            _write_messages(folder / "data" / "examples", Messages(phrases, seed, count, wrong_labels), tally)
        population = _skew(phrases, tally)
    settings = _settings(phrases, population, has_examples=bool(count), seed=seed)
    settings = json.loads(json.dumps(settings))  # no two sections share a mapping, which YAML would write as an alias
    text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=100)
    (folder / "luthier.yaml").write_text(f"# {phrases.word('notice')}\n{text}", encoding="utf-8")
    (folder / "data" / "README.md").write_text(_readme(phrases, documents, count, seed), encoding="utf-8")
    return {
        "company": phrases.word("firm"),
        "notice": phrases.word("notice"),
        "phrasings": wordings,
        "seed": seed,
        "documents": documents,
        "examples": count,
        "planted": dict(sorted(tally.planted.items())),
        "traps": dict(sorted(tally.traps.items())),
    }


class _Tally:
    """Writes the truth and counts it, and counts the profile cells."""

    def __init__(self, stream: IO[str], notice: str) -> None:
        self.stream, self.notice = stream, notice
        self.planted: Counter[str] = Counter()
        self.traps: Counter[str] = Counter()
        self.cells: Counter[tuple[str, str]] = Counter()

    def add(self, planted: Planted) -> None:
        (self.traps if planted.trap else self.planted)[planted.kind] += 1
        row = dataclasses.asdict(planted) | {"notice": self.notice}
        self.stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_papers(data: Path, papers: Papers, tally: _Tally) -> None:
    with (
        (data / "library.jsonl").open("w", encoding="utf-8") as library,
        (data / "intake.csv").open("w", encoding="utf-8", newline="") as intake,
    ):
        table = csv.DictWriter(intake, COLUMNS)
        table.writeheader()
        for draft in track(papers, "Writing papers", total=papers.documents):
            row = _row(draft, tally.notice)
            tally.cells[draft.profile["segment"], draft.profile["region"]] += 1
            if draft.source == "intake":
                table.writerow(row)
            else:
                library.write(json.dumps(row, ensure_ascii=False) + "\n")
            for planted in [*draft.planted, *_frame(draft)]:
                tally.add(planted)


def _frame(draft: Draft) -> Iterator[Planted]:
    """Where the form's own lines stand, as far as nothing was done to them."""
    for piece in filter(None, draft.frame):
        start = draft.text.find(piece)
        if start >= 0:
            end = start + len(piece)
            yield Planted(kind="frame", trap=True, record_id=draft.id, field="text", start=start, end=end, after=piece)


def _row(draft: Draft, notice: str) -> dict[str, Any]:
    return {
        "id": draft.id.partition(":")[2],
        "title": draft.title,
        "text": draft.text,
        "client": draft.group,
        "effective_date": draft.effective_date.isoformat() if draft.effective_date else None,
        "expiry_date": draft.expiry_date.isoformat() if draft.expiry_date else None,
        "family": draft.family,
        **draft.profile,
        "notice": notice,
    }


def _write_messages(folder: Path, messages: Messages, tally: _Tally) -> None:
    with (
        (folder / "train.jsonl").open("w", encoding="utf-8") as train,
        (folder / "test.jsonl").open("w", encoding="utf-8") as test,
    ):
        for message in track(messages, "Writing examples", total=messages.examples):
            stream = train if message.split == "train" else test
            stream.write(json.dumps(_example_row(message, tally.notice), ensure_ascii=False) + "\n")
            for planted in message.planted:
                tally.add(planted)


def _example_row(message: Message, notice: str) -> dict[str, Any]:
    return {
        "id": message.id.partition(":")[2],
        "message": message.text,
        "label": message.label,
        "client": message.group,
        **message.profile,
        "notice": notice,
    }


def _skew(phrases: Phrasings, tally: _Tally) -> list[dict[str, Any]]:
    """Records every cell whose share among the papers is not the declared one; returns the declared cells."""
    segments, regions = phrases.grammar.rules["segment"], phrases.grammar.rules["region"]
    even = 1 / (len(segments) * len(regions))
    declared: list[dict[str, Any]] = []
    drawn = {
        (segment, region): first * second
        for (segment, first), (region, second) in itertools.product(
            zip(segments, SEGMENTS, strict=True), zip(regions, REGIONS, strict=True)
        )
    }
    for (segment, region), share in drawn.items():
        cell = f"segment={segment}|region={region}"
        declared.append({"of": {"segment": segment, "region": region}, "share": even})
        after = f"{share:.4f} drawn, {tally.cells[segment, region]} papers"
        tally.add(Planted(kind="skewed_profile", trap=False, record_id=cell, before=f"{even:.4f}", after=after))
    return declared


def _settings(
    phrases: Phrasings, population: Sequence[Mapping[str, Any]], *, has_examples: bool, seed: int
) -> dict[str, Any]:
    fields = {name: name for name in ("id", "title", "text", "effective_date", "expiry_date", "family")}
    profile = {"segment": "segment", "region": "region"}
    of_papers = fields | {"group": "client", "profile": profile}
    sources: list[dict[str, Any]] = [
        {"name": "library", "path": "data/library.jsonl", "fields": of_papers},
        {"name": "intake", "path": "data/intake.csv", "fields": of_papers},
    ]
    of_examples = {"id": "id", "inputs": {"message": "message"}, "target": "label", "group": "client"}
    for split in ("train", "test") if has_examples else ():
        path = f"data/examples/{split}.jsonl"
        source = {"name": split, "path": path, "task": "desk", "split": split, "fields": of_examples}
        sources.append(source | {"fields": of_examples | {"profile": profile}, "origin": "synthetic"})
    task = {
        "kind": "classify",
        "instruction": phrases.word("instruction"),
        "inputs": {"message": phrases.word("input")},
        "labels": phrases.labels,
    }
    return {
        "name": phrases.word("firm"),
        "seed": seed,
        "tasks": {"desk": task},
        "sources": sources,
        "curate": {"coverage": {"cells": population}},
        "report": {"notice": phrases.word("notice")},
    }


def _readme(phrases: Phrasings, documents: int, examples: int, seed: int) -> str:
    return f"""# {phrases.word("firm")}

**{phrases.word("notice")}** No person, product or figure here is real.

| files | what |
|---|---|
| `library.jsonl`, `intake.csv` | {documents} papers: clean, with a defect, or with what only looks like one |
| `examples/` | {examples} labelled messages in two files; some of the training file give away the test |
| `../truth.jsonl` | what was planted where, a line each: the key to the above, and not for ingesting |

Written with seed {seed}. A line of the truth names its record as `luthier explain` does. Its `kind` says what was
planted, `trap` whether it only looks like a defect, `counterpart_id` the other record of a pair.
"""
