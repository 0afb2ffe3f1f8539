"""The curation stage: reads what was ingested, applies the rules, decides from their findings, and cuts the splits.

Records are read twice, once to find and once to write, so that only their fingerprints and findings are held in
memory. To add a rule, give it a file, a version and reason codes, and call it here.
"""

from __future__ import annotations

import dataclasses
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, TypeVar

import pyarrow.parquet as pq

from luthier.config import ClassifyTask, Config
from luthier.config.curation.duplicates import Duplicates, Near
from luthier.curate import EVALUATION, split
from luthier.curate.clean import normalise
from luthier.curate.compare import duplicates
from luthier.curate.ledger import Ledger
from luthier.progress import track
from luthier.records import SPLITS, Document, Example, Finding, Split
from luthier.store.artefacts import Artefact, ArtefactStore, ArtefactWriter, content_key

STAGE = "curate"
VERSION = 1
TABLES: dict[type, str] = {Document: "documents", Example: "examples"}

Record = TypeVar("Record", Document, Example)


def curate(config: Config, store: ArtefactStore) -> Artefact:
    """Curates the current "ingest" artefact; the artefact there already is, if nothing it is made from has changed.

    Leaves tables `documents`, `examples` (each with its split) and `findings`, and the JSON `summary`. Raises
    `LuthierError` where nothing was ingested, groups cannot be placed, or the numbers do not reconcile.
    """
    ingested = store.require("ingest", "luthier ingest")
    made_from = _made_from(config, ingested)
    key = content_key(STAGE, made_from)
    finished = store.find(STAGE, key)
    if finished is not None:
        store.point_to(finished)
        return finished
    with store.write(STAGE, key, made_from) as writer:
        writer.json("summary", _run(config, ingested, writer))
    return Artefact(STAGE, key, store.root / "artefacts" / STAGE / key)


def _made_from(config: Config, ingested: Artefact) -> dict[str, Any]:
    return {
        "version": VERSION,
        "rules": {rule.RULE: rule.VERSION for rule in (normalise, duplicates, split)},
        "curate": config.curate.model_dump(),
        "split": config.split.model_dump(),
        "pins": _pins(config),
        "single_label": sorted(_single_label_tasks(config)),
        "seed": config.seed,
        "ingest": ingested.key,
    }


def _run(config: Config, ingested: Artefact, writer: ArtefactWriter) -> dict[str, Any]:
    """Fills the artefact and returns its summary."""
    started = time.monotonic()
    ledger, survey = Ledger(), _Survey(config)
    for document, edits in _cleaned(config, ingested, Document, "Reading documents"):
        ledger.add(edits)
        survey.documents.add(document)
    for example, edits in _cleaned(config, ingested, Example, "Reading examples"):
        ledger.add(edits)
        survey.add(example)
    ledger.add(survey.documents.findings())
    ledger.add(survey.examples.findings())

    removed = ledger.removed("example")
    items = [item for item in survey.items if item.id not in removed]
    assignment = split.assign(items, config.split, config.seed)
    ledger.add(assignment.findings)

    kept_documents = writer.records("documents", Document, _kept(config, ingested, Document, ledger))
    outcome = _Outcome()
    kept_examples = writer.records(
        "examples",
        Example,
        (
            outcome.see(dataclasses.replace(example, split=assignment.groups[example.group]))
            for example in _kept(config, ingested, Example, ledger)
        ),
    )
    split.check_disjoint(outcome.placed)
    writer.records("findings", Finding, ledger.findings)
    return {
        "examples": ledger.counts("example", len(survey.examples), kept_examples),
        "documents": ledger.counts("document", len(survey.documents), kept_documents),
        "rules": ledger.by_rule(),
        **outcome.summary(),
        "shares": assignment.shares,
        "pinned": _in_order(Counter(item.pinned for item in items)),
        "removed_by_profile": _removed_by_profile(survey.profiles, outcome.profiles),
        "seconds": round(time.monotonic() - started, 2),
    }


def _kept(config: Config, ingested: Artefact, noun: type[Record], ledger: Ledger) -> Iterator[Record]:
    """The records that no finding removes, as they go on."""
    removed = ledger.removed("document" if noun is Document else "example")
    for record, _ in _cleaned(config, ingested, noun, f"Writing {TABLES[noun]}"):
        if record.id not in removed:
            yield record


def _cleaned(
    config: Config, ingested: Artefact, noun: type[Record], what: str
) -> Iterator[tuple[Record, list[Finding]]]:
    """The ingested records of one kind after the rules that look at one record, with what these found."""
    rule: Any = normalise.normalise_document if noun is Document else normalise.normalise_example
    rows = pq.read_metadata(ingested.folder / f"{TABLES[noun]}.parquet").num_rows
    for record in track(ingested.records(TABLES[noun], noun), what, total=rows):
        yield rule(record) if config.curate.normalise else (record, [])


def _pins(config: Config) -> dict[str, Split]:
    return {source.name: source.split for source in config.sources if source.split is not None}


def _single_label_tasks(config: Config) -> set[str]:
    return {name for name, task in config.tasks.items() if isinstance(task, ClassifyTask) and not task.multi_label}


class _Survey:
    """What the first reading leaves in memory."""

    def __init__(self, config: Config) -> None:
        near = config.curate.near_duplicates
        settings = Duplicates(near=Near(**near.model_dump()) if near else None)
        self.pins, self.single_label = _pins(config), _single_label_tasks(config)
        self.documents = duplicates.Duplicates(settings, pins=self.pins)
        self.examples = duplicates.Duplicates(settings, pins=self.pins)
        self.items: list[split.Item] = []
        self.profiles: Counter[tuple[str, str]] = Counter()

    def add(self, example: Example) -> None:
        pinned, labels = self.pins.get(example.source.source), example.target.labels
        single = example.task in self.single_label and labels is not None and len(labels) == 1
        item = split.Item(
            id=example.id,
            task=example.task,
            group=example.group,
            family=example.family,
            label=labels[0] if single and labels else None,
            pinned=pinned,
            source=example.source.source,
        )
        self.items.append(item)
        self.examples.add(example)
        self.profiles.update(example.profile.items())


class _Outcome:
    """What the kept examples add up to, counted as they are written."""

    def __init__(self) -> None:
        self.placed: set[tuple[str, Split | None]] = set()  # (group, split)
        self.tasks: dict[str, Counter[str]] = defaultdict(Counter)
        self.families: Counter[tuple[str, str]] = Counter()  # (split, family) -> examples
        self.profiles: Counter[tuple[str, str]] = Counter()

    def see(self, example: Example) -> Example:
        place = example.split or ""
        self.placed.add((example.group, example.split))
        self.tasks[example.task][place] += 1
        if example.family is not None:
            self.families[place, example.family] += 1
        self.profiles.update(example.profile.items())
        return example

    def summary(self) -> dict[str, Any]:
        learnt = {family for place, family in self.families if place in ("train", "pool")}
        return {
            "splits": {task: _in_order(counts) for task, counts in sorted(self.tasks.items())},
            "groups": _in_order(Counter(place for _, place in self.placed if place)),
            "families": _in_order(Counter(place for place, _ in self.families)),
            # evaluation examples whose family is also trained on: of groups with two families, and pinned ones
            "seen_families": {
                place: sum(n for (where, family), n in self.families.items() if where == place and family in learnt)
                for place in EVALUATION
                if any(where == place for where, _ in self.families)
            },
        }


def _in_order(counts: Counter[Any]) -> dict[str, int]:
    return {place: counts[place] for place in SPLITS if counts[place]}


def _removed_by_profile(
    came_in: Counter[tuple[str, str]], kept: Counter[tuple[str, str]]
) -> dict[str, dict[str, dict[str, int]]]:
    table: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for (field, value), count in sorted(came_in.items()):
        table[field][value] = {"in": count, "kept": kept[field, value]}
    return dict(table)
