"""Rules that look across records, each with an artefact of its own: what it found, whatever is then decided.

Two rounds of work, each of lines that need nothing of one another and run side by side where there are processes:

    first   signatures of documents
            expiry of documents
            examples: signatures → duplicates → contradictions → wrong labels (of what is not said twice)
    then    duplicates of documents (what is outdated survives nothing that is not)
            contradictions of documents (what is outdated contradicts nothing)

Expiry and contradictions read documents before recurring passages are cut from them, since "valid until" may be one;
duplicates read them after.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from luthier.config import ClassifyTask, Config
from luthier.config.curation.contradictions import Contradictions as ContradictionsSettings
from luthier.config.curation.duplicates import Duplicates as DuplicatesSettings
from luthier.config.curation.duplicates import Near
from luthier.curate.compare import contradictions, duplicates, example_contradictions, expiry, wrong_labels
from luthier.curate.compare.products import Product, read_catalogue
from luthier.curate.compare.records_seen import Records
from luthier.curate.ledger import REMOVING
from luthier.curate.passes import signatures
from luthier.curate.passes.cleaning import Cleaned, Private, Tables, digest, digest_of_records, hash_of_tables
from luthier.curate.passes.quoting import without_private_values
from luthier.curate.passes.tables import TABLES, batches, records_by_id, records_of, rows_in, texts_by_id
from luthier.curate.passes.workers import in_order
from luthier.progress import Meter, track
from luthier.records import Document, Example, Finding, Split
from luthier.store.artefacts import Artefact, ArtefactStore, ArtefactWriter, content_key

STAGE = "findings"
Found = dict[str, Artefact]  # by rule, in the order in which they are listed


@dataclass(frozen=True)
class Compared:
    """What every line of work needs; it is sent to other processes as it is.

    `written` and `fit` are the tables after those passes of cleaning. `today` is the day that validity is judged by.
    The longest of the lines takes `processes` of its own for what it does to one document after another.
    """

    config: Config
    store: ArtefactStore
    written: Tables
    fit: Tables
    today: dt.date
    products: tuple[Product, ...]
    processes: int
    private: Private | None


def compare(
    config: Config, store: ArtefactStore, cleaned: Cleaned, root: Path, today: dt.date, processes: int
) -> Found:
    """The findings of every rule that is on, by rule, made where they were not made before."""
    asked = config.curate.expiry
    products = tuple(read_catalogue(asked.catalogue, root)) if asked is not None and asked.catalogue is not None else ()
    given = Compared(config, store, cleaned.written, cleaned.fit, today, products, processes, _unquoted(cleaned))
    found: Found = {}
    with Meter("Comparing records", sum(map(len, ROUNDS))) as meter:
        for lines in ROUNDS:
            for of_line in in_order(_Work(given, dict(found)), list(lines), min(processes, len(lines))):
                found |= of_line
                meter.advance()
    return {name: found[name] for name in ORDER if name in found}


def _unquoted(cleaned: Cleaned) -> Private | None:
    """The pass that replaces what is private, where the ledger may not repeat it."""
    private = cleaned.private
    asked = private.settings.privacy if private is not None else None
    return private if asked is not None and not asked.keep_values else None


@dataclass
class _Work:
    """A line of work, by its name; `found` is what the round before found."""

    given: Compared
    found: Found

    def __call__(self, line: str) -> Found:
        return LINES[line](self.given, self.found)


def pins_of(config: Config) -> dict[str, Split]:
    """The split that a source is pinned to, by source."""
    return {source.name: source.split for source in config.sources if source.split is not None}


def signed_for_leaks(
    config: Config, store: ArtefactStore, cleaned: Cleaned, noun: type[Document] | type[Example]
) -> Artefact:
    """The signatures of documents or examples that leaks are found by."""
    near = config.curate.leakage.near if config.curate.leakage is not None else None
    return _signed(config, store, cleaned.fit, noun, near)


def _signed(
    config: Config, store: ArtefactStore, fit: Tables, noun: type[Document] | type[Example], near: Near | None
) -> Artefact:
    """The signatures of documents or examples as they are after cleaning."""
    settings = config.curate.duplicates or DuplicatesSettings()
    table, pins, shingle_words = fit[noun], pins_of(config), (near or Near()).shingle_words
    made_from = {
        "version": [signatures.VERSION, duplicates.VERSION],
        "noun": TABLES[noun],
        "shingle_words": shingle_words,
        "authority": settings.authority,
        "pins": pins,
        "from": digest_of_records(table),
    }

    def fill(writer: ArtefactWriter) -> None:
        records = Records(shingle_words, authority=settings.authority, pins=pins, folder=store.root)
        for record in _records(table, noun, f"Taking fingerprints of {TABLES[noun]}"):
            records.add(record)
        signatures.save(records.finish(), writer.folder)

    return store.find_or_write("signatures", content_key("signatures", made_from), made_from, fill, current=False)


def _sign_documents(given: Compared, _: Found) -> Found:
    settings = given.config.curate.duplicates
    if settings is not None:
        _signed(given.config, given.store, given.fit, Document, settings.near)
    return {}


def _documents_said_twice(given: Compared, found: Found) -> Found:
    return _said_twice(given, Document, found.get("expiry"))


def _said_twice(given: Compared, noun: type[Document] | type[Example], out_of_date: Artefact | None = None) -> Found:
    """What records say twice; those that `out_of_date` would remove survive no other."""
    settings = given.config.curate.duplicates
    if settings is None:
        return {}
    prints = _signed(given.config, given.store, given.fit, noun, settings.near)
    made_from = {
        "settings": settings.model_dump(),
        "signatures": prints.key,
        "outdated": digest(out_of_date) if out_of_date is not None else None,
    }
    name = f"duplicates of {TABLES[noun]}"

    def find() -> Iterator[Finding]:
        seen = signatures.load(prints.folder)
        outdated = frozenset(_removals(out_of_date)) if out_of_date is not None else frozenset()
        rule = duplicates.Duplicates.of(seen, settings, "document" if noun is Document else "example", outdated)
        removed: set[str] = set()
        for finding in rule.findings():
            if finding.action in REMOVING:
                removed.add(finding.record_id)
            yield finding
        yield from rule.semantic_findings(lambda ids: _texts(given.fit[noun], noun, ids), removed)

    return {name: _found(given, name, duplicates.VERSION, made_from, find)}


def _contradicting_documents(given: Compared, found: Found) -> Found:
    settings, table = given.config.curate.contradictions, given.written[Document]
    out_of_date = found.get("expiry")
    if settings is None:
        return {}
    made_from = {
        "settings": settings.model_dump(),
        "from": digest_of_records(table),
        "outdated": digest(out_of_date) if out_of_date is not None else None,
        "private": given.private.made_from() if given.private is not None else None,
    }

    def find() -> Iterator[Finding]:
        rule, outdated = contradictions.Contradictions(settings), set[str]()
        if out_of_date is not None:
            outdated = set(pq.read_table(out_of_date.folder / "findings.parquet")["record_id"].to_pylist())
        with Meter("Reading what documents state", rows_in(table, "documents")) as meter:
            for read in in_order(_Stated(settings), batches(table, "documents"), given.processes):
                rule.join(read)
                meter.advance(len(read))
        return _quotable(given, rule.findings(lambda ids: texts_by_id(table, ids), outdated))

    name = "contradictions of documents"
    return {name: _found(given, name, contradictions.VERSION, made_from, find)}


@dataclass
class _Stated:
    """What the documents of a batch state: the larger part of the work, and of no other document."""

    settings: ContradictionsSettings

    def __call__(self, batch: pa.RecordBatch) -> contradictions.Contradictions:
        read = contradictions.Contradictions(self.settings)
        for document in records_of(Document, batch):
            read.add(document)
        return read


def _outdated_documents(given: Compared, _: Found) -> Found:
    settings, table = given.config.curate.expiry, given.written[Document]
    if settings is None:
        return {}
    made_from = {
        "settings": settings.model_dump(),
        "from": digest_of_records(table),
        "products": given.products,
        "day": settings.as_of or given.today,
        "private": given.private.made_from() if given.private is not None else None,
    }

    def find() -> Iterator[Finding]:
        rule = expiry.Expiry(settings, given.today, given.products)
        for document in _records(table, Document, "Reading how long documents are valid"):
            rule.add(document)
        return _quotable(given, rule.findings(lambda ids: texts_by_id(table, ids)))

    return {"expiry": _found(given, "expiry", expiry.VERSION, made_from, find)}


def _examples(given: Compared, _: Found) -> Found:
    curate, table = given.config.curate, given.fit[Example]
    found = _said_twice(given, Example)
    twice = next(iter(found.values()), None)
    if curate.contradictions is not None:

        def find() -> Iterator[Finding]:
            rule = example_contradictions.ExampleContradictions()
            for example in _records(table, Example, "Reading what examples ask"):
                rule.add(example)
            return rule.findings()

        name = "contradictions of examples"
        found[name] = _found(given, name, contradictions.VERSION, {"from": digest_of_records(table)}, find)
    if curate.wrong_labels is not None:
        found["wrong labels"] = _wrong_labels(given, table, twice)
    return found


def _wrong_labels(given: Compared, table: Artefact, twice: Artefact | None) -> Artefact:
    settings = given.config.curate.wrong_labels
    assert settings is not None
    tasks = {name: task.multi_label for name, task in given.config.tasks.items() if isinstance(task, ClassifyTask)}
    made_from = {
        "settings": settings.model_dump(),
        "from": digest_of_records(table),
        "twice": digest(twice) if twice is not None else None,
        "tasks": tasks,
        "seed": given.config.seed,
    }

    def find() -> Iterator[Finding]:
        embed: wrong_labels.Embed | None = None
        if settings.features == "embeddings":
            from luthier.curate.compare.semantic import minilm

            model = minilm()
            embed = lambda texts: model(texts).astype(np.float64)  # noqa: E731
        removed = set(_removals(twice)) if twice is not None else set()
        by_task: dict[str, list[Example]] = defaultdict(list)
        for example in _records(table, Example, "Reading labels"):
            if example.task in tasks and example.id not in removed:
                by_task[example.task].append(example)
        for task, examples in sorted(by_task.items()):
            yield from wrong_labels.find_wrong_labels(
                examples, settings, multi_label=tasks[task], seed=given.config.seed, embed=embed
            )

    return _found(given, "wrong labels", wrong_labels.VERSION, made_from, find)


LINES: Mapping[str, Callable[[Compared, Found], Found]] = {
    "signatures": _sign_documents,
    "documents out of date": _outdated_documents,
    "examples": _examples,
    "documents said twice": _documents_said_twice,
    "documents in contradiction": _contradicting_documents,
}
ROUNDS = (
    ("signatures", "documents out of date", "examples"),
    ("documents said twice", "documents in contradiction"),
)
BEFORE_CUTTING = ("expiry", "contradictions of documents")  # found in documents of which nothing was cut yet
ORDER = (
    *BEFORE_CUTTING, "duplicates of documents", "duplicates of examples", "contradictions of examples", "wrong labels"
)  # fmt: skip


def _quotable(given: Compared, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Findings in documents as they were before what is private was replaced: without it in what they quote."""
    private = given.private
    if private is None:
        return findings
    table = given.written[Document]
    return without_private_values(
        findings, lambda document: private.document(document)[1], lambda ids: records_by_id(table, Document, ids)
    )


def _removals(artefact: Artefact) -> Iterator[str]:
    """The records that the findings of an artefact propose to merge or drop."""
    for batch in batches(artefact, "findings", ["record_id", "action"]):
        proposed = batch.filter(pc.is_in(batch["action"], value_set=pa.array(REMOVING)))
        yield from proposed["record_id"].to_pylist()


def _found(
    given: Compared, name: str, version: int, made_from: Mapping[str, Any], find: Callable[[], Iterable[Finding]]
) -> Artefact:
    """A rule's findings as an artefact, found now unless they were found before."""
    whole = {"rule": name, "version": version, **made_from}

    def fill(writer: ArtefactWriter) -> None:
        writer.records("findings", Finding, find())
        writer.json("digest", hash_of_tables(writer.folder))

    return given.store.find_or_write(STAGE, content_key(STAGE, whole), whole, fill, current=False)


def _records(artefact: Artefact, noun: type[Any], what: str) -> Iterator[Any]:
    rows = (record for batch in batches(artefact, TABLES[noun]) for record in records_of(noun, batch))
    yield from track(rows, what, total=rows_in(artefact, TABLES[noun]))


def _texts(artefact: Artefact, noun: type[Any], wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The texts of records with their ids: a document's own, an example's inputs, one under the other."""
    ids = set(wanted)
    if noun is Document:
        yield from texts_by_id(artefact, ids)
        return
    for example in _records(artefact, Example, "Reading examples"):
        if example.id in ids:
            yield example.id, "\n".join(example.inputs[name] for name in sorted(example.inputs))
