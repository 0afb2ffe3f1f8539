"""What becomes of every record: decided from what rules found, from the settings and from what people decided.

Nothing is looked for here but leaks, which depend on where the splits fall. The findings are read twice, once to see
who goes and once to be written; the action that is written is the one that was carried out, so that a proposal that was
not is a flag.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from luthier.config import ClassifyTask, Config
from luthier.curate import EVALUATION, split
from luthier.curate.compare.coverage import Coverage
from luthier.curate.compare.document_leaks import find_document_leaks
from luthier.curate.compare.leakage import Leakage
from luthier.curate.compare.records_seen import Seen
from luthier.curate.decisions import RULE as DECISIONS
from luthier.curate.decisions import Decided
from luthier.curate.fates import Fates
from luthier.curate.ledger import Kind, Ledger
from luthier.curate.links import Links
from luthier.curate.passes.cleaning import Tables
from luthier.curate.passes.comparing import pins_of
from luthier.curate.passes.tables import (
    TableFile,
    among,
    batches,
    records_by_id,
    records_of,
    rows_in,
    table_of,
    with_column,
)
from luthier.curate.reasons import meanings
from luthier.curate.split import Assignment
from luthier.curate.weighting import Weighting
from luthier.progress import Meter
from luthier.records import SPLITS, Document, Example, Finding, Split
from luthier.store.artefacts import Artefact, ArtefactWriter

KIND_OF: Mapping[type, Kind] = {Document: "document", Example: "example"}
ASKED = ["record_id", "record_kind", "rule", "rule_version", "code", "action"]  # of a finding, to decide


@dataclass(frozen=True)
class Given:
    """What is decided from. `final` are the cleaned tables; `found` the artefacts with findings, in order.

    `signatures` are those of the examples, or None where leaks are not looked for; `document_signatures` likewise.
    """

    config: Config
    ingested: Artefact
    final: Tables
    found: Sequence[Artefact]
    decided: Decided
    signatures: Seen | None
    document_signatures: Seen | None
    coverage: Mapping[Kind, Coverage]  # what counts each kind of record; empty where none does
    weighting: Weighting | None = None


def decide(given: Given, writer: ArtefactWriter) -> dict[str, Any]:
    """Fills the artefact's tables; gives the summary. Raises `LuthierError` where the numbers do not reconcile."""
    decided, ledger = given.decided, Ledger()
    fates = _fates(given)
    removed = fates.removed
    there = _records_decided(given)
    by_hand = list(decided.findings(there))
    for finding in by_hand:
        if finding.action == "drop":
            removed[finding.record_kind].setdefault(finding.record_id, DECISIONS)

    links = Links(given.final[Example], given.final[Document])
    unlinked = list(fates.carried_out(links.findings()))
    came_in = list(_items(given.config, given.final[Example]))
    items = [item for item in came_in if item.id not in removed["example"]]
    assignment = split.assign(items, given.config.split, given.config.seed)
    leaks = list(fates.carried_out(_leaks(given, assignment, removed["example"], links)))
    of_documents = list(fates.carried_out(_document_leaks(given, assignment, removed)))
    placed = [finding for finding in assignment.findings if finding.record_id not in removed["example"]]

    with TableFile(writer.folder / "findings.parquet", Finding) as file:
        for piece in _carried_out(given, ledger):
            file.write(piece)
        for findings in (by_hand, unlinked, leaks, of_documents, placed):
            file.write(table_of(Finding, findings))
            ledger.add(findings)
    if given.weighting is not None:
        given.weighting.compute(_trained_on(given, fates, assignment))
    outcome = Outcome()
    kept_documents = _write_documents(given, writer, fates, outcome)
    kept_examples = _write_examples(given, writer, fates, assignment, links, outcome)
    split.check_disjoint(
        outcome.placed, {(item.group, assignment.beside[item.id]) for item in items if item.id in assignment.beside}
    )
    return {
        "examples": ledger.counts("example", len(came_in), kept_examples),
        "documents": ledger.counts("document", rows_in(given.final[Document], "documents"), kept_documents),
        "rules": (rules := ledger.by_rule()),
        "reasons": meanings((row["rule"], row["code"]) for row in rules),
        **outcome.summary(),
        "shares": assignment.shares,
        "pinned": in_order(Counter(item.pinned for item in items)),
        "links": links.summary(),
        "removed_by_profile": outcome.examples.table(),
        "documents_by_profile": outcome.documents.table(),
    }


def _fates(given: Given) -> Fates:
    """What the findings make of the records."""
    fates = Fates(given.decided)
    for batch in _findings(given, "Reading what was found", ASKED):
        for record_id, kind, rule, _, code, action in _asked(batch):
            fates.see(record_id, kind, rule, code, action)
    return fates


def _records_decided(given: Given) -> dict[str, Kind]:
    """Of the records that somebody decided about: those that are there, and what they are."""
    there: dict[str, Kind] = {}
    for noun, kind in KIND_OF.items() if given.decided.records else ():
        for batch in batches(given.final[noun], f"{kind}s", ["id"]):
            there |= dict.fromkeys(among(batch, given.decided.records)["id"].to_pylist(), kind)
    return there


def _carried_out(given: Given, ledger: Ledger) -> Iterator[pa.Table]:
    """The findings of all rules, each with the action that was carried out."""
    for batch in _findings(given, "Deciding"):
        rows = list(_asked(batch))
        actions = [given.decided.action(row[0], row[2], row[4], row[5]) for row in rows]
        for (record_id, kind, rule, version, code, _), action in zip(rows, actions, strict=True):
            ledger.see(record_id, kind, rule, version, code, action)  # type: ignore[arg-type]
        yield with_column(batch, "action", actions)


def _findings(given: Given, what: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The findings of all rules in order, a batch at a time."""
    with Meter(what, sum(rows_in(artefact, "findings") for artefact in given.found)) as meter:
        for artefact in given.found:
            for batch in batches(artefact, "findings", columns):
                yield batch
                meter.advance(batch.num_rows)


def _asked(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """Of each finding in a batch, what `ASKED` names."""
    return zip(*(batch[name].to_pylist() for name in ASKED), strict=True)


def _items(config: Config, artefact: Artefact) -> Iterator[split.Item]:
    """The examples as splitting sees them."""
    pins, single = pins_of(config), single_label_tasks(config)
    columns = ["id", "task", "group", "family", "target", "source"]
    for batch in batches(artefact, "examples", columns):
        for row in batch.to_pylist():
            labels, source = row["target"]["labels"], row["source"]["source"]
            one = row["task"] in single and labels is not None and len(labels) == 1
            yield split.Item(
                id=row["id"],
                task=row["task"],
                group=row["group"],
                family=row["family"],
                label=labels[0] if one else None,
                pinned=pins.get(source),
                source=source,
            )


def single_label_tasks(config: Config) -> set[str]:
    """The tasks whose answer is exactly one label."""
    return {name for name, task in config.tasks.items() if isinstance(task, ClassifyTask) and not task.multi_label}


def _leaks(given: Given, assignment: Assignment, removed: Mapping[str, str], links: Links) -> Iterator[Finding]:
    """What gives a measured example away."""
    settings = given.config.curate.leakage
    if settings is None or given.signatures is None:
        return
    rule = Leakage(settings, seen=given.signatures, same_document=_merged_documents(given))
    for batch in batches(given.final[Example], "examples"):
        for example in records_of(Example, batch):
            kept = None if example.id in removed else assignment.split_of(example.id, example.group)
            rule.add(dataclasses.replace(example, split=kept, document_ids=links.of(example.id)))
    yield from rule.findings()


def _document_leaks(given: Given, assignment: Assignment, removed: Mapping[Kind, Container[str]]) -> Iterator[Finding]:
    """The documents that hold a measured example's text."""
    settings = given.config.curate.leakage
    if settings is None or given.signatures is None or given.document_signatures is None:
        return
    splits: list[Split | None] = []
    for batch in batches(given.final[Example], "examples", ["id", "group"]):
        ids_and_groups = zip(batch["id"].to_pylist(), batch["group"].to_pylist(), strict=True)
        splits += [
            None if name in removed["example"] else assignment.split_of(name, group) for name, group in ids_and_groups
        ]
    yield from find_document_leaks(given.document_signatures, given.signatures, splits, settings, removed["document"])


def _merged_documents(given: Given) -> dict[str, str]:
    """Of each document that repeats another, that other."""
    merged: dict[str, str] = {}
    for artefact in given.found:
        for batch in batches(artefact, "findings", ["record_id", "record_kind", "action", "counterpart_id"]):
            of_documents = pc.and_(pc.equal(batch["action"], "merge"), pc.equal(batch["record_kind"], "document"))
            found = batch.filter(of_documents)
            merged |= zip(found["record_id"].to_pylist(), found["counterpart_id"].to_pylist(), strict=True)
    return merged


def _write_documents(given: Given, writer: ArtefactWriter, fates: Fates, outcome: Outcome) -> int:
    """Writes the kept documents, and shows all to `outcome` and coverage."""
    removed, counted = fates.removed["document"].keys(), given.coverage.get("document")
    originals = given.decided.originals
    as_came_in = {record.id: record for record in records_by_id(given.ingested, Document, originals)}
    documents = given.final[Document]
    with (
        TableFile(writer.folder / "documents.parquet", Document) as file,
        Meter("Writing documents", rows_in(documents, "documents")) as meter,
    ):
        for batch in batches(documents, "documents"):
            for row in batch.select(["id", "group", "profile"]).to_pylist():
                fate, own = fates.of(row["id"], "document"), dict(row["profile"])
                outcome.documents.see(own, kept=fate[0] is None)
                if counted is not None:
                    counted.add_document(row["id"], row["group"], own, *fate)
            kept = among(batch, removed, inside=False)
            if as_came_in and not as_came_in.keys().isdisjoint(kept["id"].to_pylist()):
                records = records_of(Document, kept)
                kept = table_of(Document, [as_came_in.get(record.id, record) for record in records])
            file.write(kept)
            meter.advance(batch.num_rows)
    return file.rows


def _write_examples(
    given: Given, writer: ArtefactWriter, fates: Fates, assignment: Assignment, links: Links, outcome: Outcome
) -> int:
    """Writes the kept examples with their splits, and shows all to `outcome` and coverage."""
    originals, counted = given.decided.originals, given.coverage.get("example")
    as_came_in = {record.id: record for record in records_by_id(given.ingested, Example, originals)}
    examples = given.final[Example]
    with (
        TableFile(writer.folder / "examples.parquet", Example) as file,
        Meter("Writing examples", rows_in(examples, "examples")) as meter,
    ):
        for batch in batches(examples, "examples"):
            kept = []
            for record in records_of(Example, batch):
                rule, proposed = fates.of(record.id, "example")
                if counted is not None:
                    counted.add(record, rule, proposed)
                outcome.examples.see(record.profile, kept=rule is None)
                if rule is None:
                    original = as_came_in.get(record.id, record)
                    place = assignment.split_of(record.id, record.group)
                    rests_on = links.of(record.id)
                    placed = outcome.see(dataclasses.replace(original, split=place, document_ids=rests_on))
                    kept.append(given.weighting.weighted(placed) if given.weighting is not None else placed)
            file.write(table_of(Example, kept))
            meter.advance(batch.num_rows)
    return file.rows


def _trained_on(given: Given, fates: Fates, assignment: Assignment) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Id, task and profile of every example that is trained on."""
    for batch in batches(given.final[Example], "examples", ["id", "task", "group", "profile"]):
        for row in batch.to_pylist():
            removed, _ = fates.of(row["id"], "example")
            if removed is None and assignment.split_of(row["id"], row["group"]) == "train":
                yield row["id"], row["task"], dict(row["profile"])


class Outcome:
    """What the kept examples add up to, counted as they are written."""

    def __init__(self) -> None:
        self.placed: set[tuple[str, Split | None]] = set()  # (group, split)
        self.tasks: dict[str, Counter[str]] = defaultdict(Counter)
        self.families: Counter[tuple[str, str]] = Counter()  # (split, family) -> examples
        self.examples, self.documents = ByProfile(), ByProfile()

    def see(self, example: Example) -> Example:
        place = example.split or ""
        self.placed.add((example.group, example.split))
        self.tasks[example.task][place] += 1
        if example.family is not None:
            self.families[place, example.family] += 1
        return example

    def summary(self) -> dict[str, Any]:
        learnt = {family for place, family in self.families if place in ("train", "pool")}
        return {
            "splits": {task: in_order(counts) for task, counts in sorted(self.tasks.items())},
            "groups": in_order(Counter(place for _, place in self.placed if place)),
            "families": in_order(Counter(place for place, _ in self.families)),
            # evaluation examples whose family is also trained on: of groups with two families, and pinned ones
            "seen_families": {
                place: sum(n for (where, family), n in self.families.items() if where == place and family in learnt)
                for place in EVALUATION
                if any(where == place for where, _ in self.families)
            },
        }


class ByProfile:
    """How many records of each profile value came in and were kept."""

    def __init__(self) -> None:
        self._into: Counter[tuple[str, str]] = Counter()
        self._kept: Counter[tuple[str, str]] = Counter()

    def see(self, profile: Mapping[str, str], *, kept: bool) -> None:
        self._into.update(profile.items())
        if kept:
            self._kept.update(profile.items())

    def table(self) -> dict[str, dict[str, dict[str, int]]]:
        """Field -> value -> in, kept."""
        table: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
        for (field, value), count in sorted(self._into.items()):
            table[field][value] = {"in": count, "kept": self._kept[field, value]}
        return dict(table)


def in_order(counts: Counter[Any]) -> dict[str, int]:
    return {place: counts[place] for place in SPLITS if counts[place]}
