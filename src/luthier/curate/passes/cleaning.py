"""Rules that look at one record, in three passes over everything that came in.

    writing   normalise, glossary, canonical: one way of writing the same
    fitness   boilerplate, quality, relevance: judged, and cut, by what the corpus as a whole is like
    privacy   last, so that records are compared with one another as they are, not as they are masked

Each pass reads the tables of the one before and leaves its own, with its findings; a table that it would not change it
does not write. Before the first and the second, the corpus is counted: its words, and what recurs in it. Before the
third, the names that it introduces are collected (`names`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from luthier.config import Curate
from luthier.config.curation.glossary import Term
from luthier.curate.clean import boilerplate, canonical, glossary, normalise, privacy, quality, relevance
from luthier.curate.clean.boilerplate import Recurring
from luthier.curate.clean.glossary import Terms
from luthier.curate.clean.glossary_audit import Audit
from luthier.curate.clean.ocr import Dictionary
from luthier.curate.clean.relevance import Domain
from luthier.curate.passes.names import introduced
from luthier.curate.passes.tables import TABLES, TableFile, batches, records_of, rows_in, table_of
from luthier.curate.passes.workers import in_order
from luthier.errors import LuthierError
from luthier.progress import Meter
from luthier.records import Document, Example, Finding
from luthier.store.artefacts import Artefact, ArtefactStore, ArtefactWriter, content_key, file_hash

VERSION = 2
NOUNS: tuple[type, ...] = (Document, Example)
Record = TypeVar("Record", Document, Example)
Piece = tuple[type, pa.RecordBatch]
Done = tuple[type, pa.Table, pa.Table, Audit | None]  # the noun, its records, its findings, the glossary's audit
Tables = Mapping[type, Artefact]  # where the records of each noun stand


@dataclass(frozen=True)
class Cleaned:
    """What the passes left: the artefacts with findings, in order; and the tables between the passes."""

    findings: Mapping[str, Artefact]  # by pass
    written: Tables  # after `writing`
    fit: Tables  # after `fitness`
    final: Tables  # after `privacy`
    private: Private | None = None  # that pass, where it replaces anything


@dataclass
class Writing:
    """normalise, glossary, canonical."""

    settings: Curate
    terms: tuple[Term, ...]
    dictionary: Dictionary

    @functools.cached_property
    def _terms(self) -> Terms:
        return Terms(self.terms)

    def __call__(self, piece: Piece) -> Done:
        audit = Audit() if self.settings.glossary is not None and self.terms else None
        done = _each(piece, lambda record: self._document(record, audit), lambda record: self._example(record, audit))
        return *done[:3], audit

    def _document(self, record: Document, audit: Audit | None) -> tuple[Document, list[Finding]]:
        found: list[Finding] = []
        if self.settings.normalise is not None:
            record, edits = normalise.normalise_document(record, self.settings.normalise, self.dictionary.knows)
            found += edits
        if self.settings.glossary is not None and audit is not None:
            record, edits = glossary.clean_document(record, self.settings.glossary, self._terms, audit)
            found += edits
        if self.settings.canonical is not None:
            record, edits = canonical.clean_document(record, self.settings.canonical)
            found += edits
        return record, found

    def _example(self, record: Example, audit: Audit | None) -> tuple[Example, list[Finding]]:
        found: list[Finding] = []
        if self.settings.normalise is not None:
            record, edits = normalise.normalise_example(record, self.settings.normalise, self.dictionary.knows)
            found += edits
        if self.settings.glossary is not None and audit is not None:
            record, edits = glossary.clean_example(record, self.settings.glossary, self._terms, audit)
            found += edits
        if self.settings.canonical is not None:
            record, edits = canonical.clean_example(record, self.settings.canonical)
            found += edits
        return record, found


@dataclass
class Fitness:
    """boilerplate, quality, relevance; what is None is switched off."""

    settings: Curate
    dictionary: Dictionary
    recurring: Recurring | None
    domain: Domain | None

    def __call__(self, piece: Piece) -> Done:
        return _each(piece, self._document, self._example)

    def _document(self, record: Document) -> tuple[Document, list[Finding]]:
        found: list[Finding] = []
        if self.recurring is not None:
            record, found = self.recurring.clean_document(record)
        if self.settings.quality is not None:
            found = [*found, *quality.find_document(record, self.settings.quality, self.dictionary)]
        if self.domain is not None:
            found = [*found, *self.domain.find_document(record)]
        return record, found

    def _example(self, record: Example) -> tuple[Example, list[Finding]]:
        if self.settings.quality is None:
            return record, []
        return record, quality.find_example(record, self.settings.quality, self.dictionary)


@dataclass
class Private:
    """privacy; `key` is that of the project's pseudonyms, where any are asked for; `names` those records introduce."""

    settings: Curate
    key: bytes | None
    names: tuple[str, ...]

    @functools.cached_property
    def _known(self) -> privacy.KnownNames:
        return privacy.KnownNames(self.names)

    @functools.cached_property
    def _pseudonyms(self) -> privacy.Pseudonyms | None:
        assert self.settings.privacy is not None
        return privacy.Pseudonyms(self.key, self.settings.privacy.phone_regions) if self.key is not None else None

    @functools.cached_property
    def _presidio(self) -> privacy.Presidio | None:
        asked = self.settings.privacy
        assert asked is not None
        if not asked.presidio_model:
            return None
        kinds = {kind for kind in privacy.KINDS if getattr(asked, kind) != "leave"}
        return privacy.Presidio(asked.presidio_model, asked.presidio_score, kinds)

    def __call__(self, piece: Piece) -> Done:
        return _each(piece, self.document, self.example)

    def document(self, record: Document) -> tuple[Document, list[Finding]]:
        """A document with what is private in it replaced, and what was found."""
        assert self.settings.privacy is not None
        return privacy.clean_document(record, self.settings.privacy, self._pseudonyms, self._presidio, self._known)

    def example(self, record: Example) -> tuple[Example, list[Finding]]:
        """An example likewise."""
        assert self.settings.privacy is not None
        return privacy.clean_example(record, self.settings.privacy, self._pseudonyms, self._presidio, self._known)

    def made_from(self) -> dict[str, Any]:
        """What decides what it does to a record."""
        return {
            "rules": _versions(self.settings, ("privacy",)),
            "key": privacy.key_fingerprint(self.key) if self.key is not None else None,
            "names": content_key(self.names),
        }


def clean(
    curate: Curate, store: ArtefactStore, ingested: Artefact, terms: tuple[Term, ...], key: bytes | None, processes: int
) -> Cleaned:
    """Takes what was ingested through the three passes, each only as far as it was not done before.

    Args:
        terms: the glossary's, with those of its file.
        key: that of the project's pseudonyms, where any are asked for.

    Raises `LuthierError` where a pass loses a record.
    """
    came_in: Tables = dict.fromkeys(NOUNS, ingested)
    dictionary = functools.cache(lambda: _dictionary(came_in))
    made_from: dict[str, Any] = {
        "rules": _versions(curate, ("normalise", "glossary", "canonical")),
        "terms": [term.model_dump() for term in terms],
        "from": ingested.key,
    }
    writing = _pass(
        "writing", store, made_from, came_in, lambda: Writing(curate, terms, dictionary()), processes, writes=NOUNS
    )
    written: Tables = dict.fromkeys(NOUNS, writing)

    made_from = {
        "rules": _versions(curate, ("boilerplate", "quality", "relevance")),
        "from": digest_of_records(writing),
    }
    made_from["words"] = ingested.key  # the dictionary is that of the texts as they came in
    fitness = _pass(
        "fitness", store, made_from, written, lambda: _fitness(curate, written, dictionary(), processes), processes,
        writes=(Document,),
    )  # fmt: skip
    fit: Tables = {Document: fitness, Example: writing}
    findings = {"writing": writing, "fitness": fitness}
    if curate.privacy is None:
        return Cleaned(findings, written, fit, fit)

    texts = list(map(digest_of_records, (fitness, writing)))
    names = introduced(store, fit, texts, processes) if curate.privacy.name != "leave" else ()
    work = Private(curate, key, names)
    writes = NOUNS if policies(curate) & {"mask", "pseudonym"} else ()
    made_from = {**work.made_from(), "from": texts}
    private = _pass("privacy", store, made_from, fit, lambda: Private(curate, key, names), processes, writes=writes)
    findings |= {"privacy": private}
    return (
        Cleaned(findings, written, fit, dict.fromkeys(NOUNS, private), work)
        if writes
        else Cleaned(findings, written, fit, fit)
    )


def policies(curate: Curate) -> set[str]:
    """What is asked to be done with private data, of any kind."""
    asked = curate.privacy.model_dump() if curate.privacy is not None else {}
    return {asked[kind] for kind in privacy.KINDS if kind in asked}


def digest(artefact: Artefact) -> str:
    """What an artefact of a pass says, whatever made it: the hash of its tables."""
    return str(artefact.json("digest"))


def digest_of_records(artefact: Artefact) -> str:
    """What a pass hands on: the hash of its records' tables. A flag more or less changes nothing that comes after."""
    return str(artefact.json("records"))


RULES: Mapping[str, Any] = {
    rule.RULE: rule for rule in (normalise, glossary, canonical, boilerplate, quality, relevance, privacy)
}


def _versions(curate: Curate, names: tuple[str, ...]) -> dict[str, Any]:
    """The version and the settings of each rule that is on."""
    on = {name: getattr(curate, name) for name in names}
    return {
        name: {"version": RULES[name].VERSION, "settings": settings.model_dump()}
        for name, settings in on.items()
        if settings is not None
    }


def _pass(
    stage: str,
    store: ArtefactStore,
    made_from: Mapping[str, Any],
    tables: Tables,
    work: Callable[[], Callable[[Piece], Done]],
    processes: int,
    *,
    writes: tuple[type, ...],
) -> Artefact:
    """One pass over all records, unless it was made before; `writes` are the nouns whose table it may change."""
    made_from = {"version": VERSION, **made_from}

    def fill(writer: ArtefactWriter) -> None:
        came_in = {noun: rows_in(tables[noun], TABLES[noun]) for noun in NOUNS}
        passed, audit = dict.fromkeys(NOUNS, 0), Audit()
        ready = work()  # counts the corpus first, with a meter of its own
        with ExitStack() as stack, Meter(f"Cleaning, {stage}", sum(came_in.values())) as meter:
            files = {
                noun: stack.enter_context(TableFile(writer.folder / f"{TABLES[noun]}.parquet", noun)) for noun in writes
            }
            findings = stack.enter_context(TableFile(writer.folder / "findings.parquet", Finding))
            for noun, records, found, of_piece in in_order(ready, _pieces(tables), processes):
                findings.write(found)
                if of_piece is not None:
                    audit.add(of_piece)
                if noun in files:
                    files[noun].write(records)
                passed[noun] += records.num_rows
                meter.advance(records.num_rows)
        if passed != came_in:
            raise LuthierError(f"the pass '{stage}' took in {came_in} and gave {passed} records")
        writer.json("digest", hash_of_tables(writer.folder))
        writer.json("records", hash_of_tables(writer.folder, [TABLES[noun] for noun in writes]))
        if rows := audit.rows():
            writer.json("glossary", rows)

    return store.find_or_write(stage, content_key(stage, made_from), made_from, fill, current=False)


def hash_of_tables(folder: Path, names: Iterable[str] | None = None) -> str:
    """One hash of the tables of these names in a folder, or of every table in it."""
    paths = folder.glob("*.parquet") if names is None else [folder / f"{name}.parquet" for name in names]
    return content_key([(path.name, file_hash(path)) for path in sorted(paths)])


def _pieces(tables: Tables) -> Iterator[Piece]:
    for noun in NOUNS:
        for batch in batches(tables[noun], TABLES[noun]):
            yield noun, batch


def _each(
    piece: Piece,
    clean_document: Callable[[Document], tuple[Document, list[Finding]]],
    clean_example: Callable[[Example], tuple[Example, list[Finding]]],
) -> Done:
    """Every record of a piece through one function. Where none changed, their rows are passed on as they are."""
    noun, batch = piece
    rule: Callable[[Any], tuple[Any, list[Finding]]] = clean_document if noun is Document else clean_example
    records: list[Any] = records_of(noun, batch)
    done = [rule(record) for record in records]
    same = all(new is old for (new, _), old in zip(done, records, strict=True))
    table = pa.Table.from_batches([batch]) if same else table_of(noun, [new for new, _ in done])
    return noun, table, table_of(Finding, [finding for _, found in done for finding in found]), None


def _dictionary(tables: Tables) -> Dictionary:
    """The words of everything that came in."""
    dictionary = Dictionary()
    total = sum(rows_in(tables[noun], TABLES[noun]) for noun in NOUNS)
    with Meter("Counting words", total) as meter:
        for batch in batches(tables[Document], "documents", ["text"]):
            for text in batch["text"].to_pylist():
                dictionary.add(text)
            meter.advance(batch.num_rows)
        for batch in batches(tables[Example], "examples", ["inputs", "target"]):
            for row in batch.to_pylist():
                for _, text in row["inputs"]:
                    dictionary.add(text)
                if row["target"]["text"] is not None:
                    dictionary.add(row["target"]["text"])
            meter.advance(batch.num_rows)
    return dictionary


def _fitness(curate: Curate, tables: Tables, dictionary: Dictionary, processes: int) -> Fitness:
    """Counts what recurs in the corpus, and what it is about: side by side, where there are processes."""
    counters: list[Recurring | Domain] = []
    if curate.boilerplate is not None:
        counters.append(Recurring(curate.boilerplate))
    if curate.relevance is not None:
        counters.append(Domain(curate.relevance))
    counted = list(in_order(_Counting(tables), counters, min(processes, len(counters))))
    recurring = next((counter for counter in counted if isinstance(counter, Recurring)), None)
    domain = next((counter for counter in counted if isinstance(counter, Domain)), None)
    return Fitness(curate, dictionary, recurring, domain)


@dataclass
class _Counting:
    """Shows every record to a counter, and gives it back."""

    tables: Tables

    def __call__(self, counter: Recurring | Domain) -> Recurring | Domain:
        nouns = NOUNS if isinstance(counter, Domain) else (Document,)
        what = "Counting what texts are about" if isinstance(counter, Domain) else "Counting what recurs"
        with Meter(what, sum(rows_in(self.tables[noun], TABLES[noun]) for noun in nouns)) as meter:
            for noun in nouns:
                for batch in batches(self.tables[noun], TABLES[noun]):
                    records: list[Any] = records_of(noun, batch)
                    for record in records:
                        counter.add(record)
                    meter.advance(batch.num_rows)
        return counter
