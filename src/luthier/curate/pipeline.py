"""The curation stage: reads what was ingested, applies the rules, decides from their findings, and cuts the splits.

    ingest ─▶ cleaning ─▶ comparing ─▶ decide ─▶ curate
              3 passes    a rule each  ▲
                                       └─ settings, decisions.jsonl

Each pass and each comparing rule leaves an artefact of its own (`passes`), keyed by what it was made from: a killed run
repeats one of them at most, and a changed threshold only what depends on it. To add a rule, give it a file, a version
and reason codes, and call it in `passes.cleaning` or `passes.comparing`.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

from luthier.config import Config
from luthier.curate import decisions, links, split
from luthier.curate.clean.glossary_file import load_terms
from luthier.curate.clean.privacy import project_key
from luthier.curate.compare import coverage, leakage
from luthier.curate.compare.population import read_population
from luthier.curate.compare.records_seen import Seen
from luthier.curate.coverage_summary import coverage_of
from luthier.curate.decide import Given, decide, single_label_tasks
from luthier.curate.decisions import Decided
from luthier.curate.ledger import KINDS, Kind
from luthier.curate.passes import signatures
from luthier.curate.passes.cleaning import Cleaned, clean, digest, digest_of_records, policies
from luthier.curate.passes.comparing import BEFORE_CUTTING, Found, compare, pins_of, signed_for_leaks
from luthier.curate.passes.tables import rows_in
from luthier.curate.passes.workers import processes_for
from luthier.curate.versions import remember
from luthier.curate.weighting import Weighting
from luthier.records import Document, Example
from luthier.store.artefacts import Artefact, ArtefactStore, ArtefactWriter, content_key

STAGE = "curate"
VERSION = 5


def curate(config: Config, store: ArtefactStore, root: Path | None = None, today: dt.date | None = None) -> Artefact:
    """Curates the current "ingest" artefact; the artefact there already is, if nothing it is made from has changed.

    Leaves tables `documents`, `examples` (each with its split) and `findings`, and the JSON `summary`, `coverage` where
    that is asked for, and `glossary` where there are terms: how often each form was used before and after.

    Args:
        root: where files that settings name lie; the folder that holds the store's, by default.
        today: the day that documents' validity is judged by, where the settings name none.

    Raises `LuthierError` where nothing was ingested, groups cannot be placed, or the numbers do not reconcile.
    """
    started = time.monotonic()
    root, today = root or store.root.parent, today or dt.date.today()
    ingested = store.require("ingest", "luthier ingest")
    processes = processes_for(config.curate.workers, rows_in(ingested, "documents") + rows_in(ingested, "examples"))
    terms = tuple(load_terms(config.curate.glossary, root)) if config.curate.glossary is not None else ()
    population = read_population(config.curate.coverage, root) if config.curate.coverage is not None else None
    cleaned = clean(config.curate, store, ingested, terms, _key(config, store), processes)
    found = compare(config, store, cleaned, root, today, processes)
    decided = Decided(decisions.read(store.root), config.curate.remove)

    made_from = _made_from(config, ingested, cleaned, found, decided, population.plain() if population else [])
    made_from["terms"] = [term.model_dump() for term in terms]

    def fill(writer: ArtefactWriter) -> None:
        counted: dict[Kind, coverage.Coverage] = {}
        if config.curate.coverage is not None and population is not None:
            counted = {kind: coverage.Coverage(config.curate.coverage, population, kind) for kind in KINDS}
        weighting = None
        if population is not None and config.curate.coverage is not None and config.curate.coverage.weights != "off":
            weighting = Weighting(config, population)
        given = Given(
            config=config,
            ingested=ingested,
            final=cleaned.final,
            found=_listed(cleaned, found),
            decided=decided,
            signatures=_signatures(config, store, cleaned, Example),
            document_signatures=_signatures(config, store, cleaned, Document),
            coverage=counted,
            weighting=weighting,
        )
        summary = decide(given, writer)
        if counted:
            weighed = _weighed(weighting, writer) if weighting is not None else None
            writer.json("coverage", coverage_of(counted["example"], counted["document"], weighed))
        if config.curate.glossary is not None and terms:
            writer.json("glossary", {"terms": len(terms), "forms": _audit(cleaned)})
        writer.json("summary", summary | {"seconds": round(time.monotonic() - started, 2)})

    key = content_key(STAGE, made_from)
    curated = store.find_or_write(STAGE, key, made_from | {"passes": _passes(cleaned, found)}, fill)
    remember(store, key)
    return curated


def _weighed(weighting: Weighting, writer: ArtefactWriter) -> dict[str, Any]:
    """What weights change, from the examples as they were written."""
    return weighting.summary(Artefact(STAGE, "", writer.folder).records("examples", Example))


def _key(config: Config, store: ArtefactStore) -> bytes | None:
    """The key of the project's pseudonyms, where any are asked for."""
    return project_key(store.root, os.environ) if "pseudonym" in policies(config.curate) else None


def _signatures(
    config: Config, store: ArtefactStore, cleaned: Cleaned, noun: type[Document] | type[Example]
) -> Seen | None:
    """What leaks are found by, where they are looked for."""
    asked = config.curate.leakage
    if asked is None or (noun is Document and asked.documents is None):
        return None
    return signatures.load(signed_for_leaks(config, store, cleaned, noun).folder)


def _audit(cleaned: Cleaned) -> list[dict[str, Any]]:
    """What the glossary's forms were used for; see `glossary_audit`."""
    writing = cleaned.findings["writing"]
    return list(writing.json("glossary")) if (writing.folder / "glossary.json").exists() else []


def _listed(cleaned: Cleaned, found: Found) -> list[Artefact]:
    """The artefacts with findings in the order of what happened to a record: each finding's offsets are in the text
    that the edits before it left."""
    early = [found[name] for name in BEFORE_CUTTING if name in found]
    late = [artefact for name, artefact in found.items() if name not in BEFORE_CUTTING]
    passes = dict(cleaned.findings)
    return [passes.pop("writing"), *early, passes.pop("fitness"), *late, *passes.values()]


def _made_from(
    config: Config, ingested: Artefact, cleaned: Cleaned, found: Found, decided: Decided, population: Any
) -> dict[str, Any]:
    """What the outcome depends on; passes and findings by what they say, not by what they were made from."""
    return {
        "version": VERSION,
        "rules": {rule.RULE: rule.VERSION for rule in (split, leakage, coverage, links, decisions)},
        "found": {name: digest(artefact) for name, artefact in {**cleaned.findings, **found}.items()},
        "texts": [digest_of_records(cleaned.final[noun]) for noun in (Document, Example)],
        "decisions": decided.in_force(),
        "curate": config.curate.model_dump(exclude={"workers", "readiness"}),
        "population": population,
        "split": config.split.model_dump(),
        "pins": pins_of(config),
        "single_label": sorted(single_label_tasks(config)),
        "seed": config.seed,
        "ingest": ingested.key,
    }


def _passes(cleaned: Cleaned, found: Found) -> dict[str, str]:
    """The artefacts that findings are kept in, by name."""
    return {name: f"{artefact.stage}/{artefact.key}" for name, artefact in {**cleaned.findings, **found}.items()}
