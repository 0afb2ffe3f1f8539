"""What the page on the data shows, read from the newest curation and the ingestion behind it.

Of each reason a few findings are shown with what they are about: the edit, the passage, or the two texts that a pair of
records have, with the words in which they differ marked.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from luthier.errors import RefusedError
from luthier.records import Finding, from_row
from luthier.report.data_texts import PRIVACY, Masks, Texts, read_texts
from luthier.report.differences import Run, Runs, compared, held, passage, shortened
from luthier.report.shapes import Passed, Removal, RuleCounts
from luthier.store.artefacts import Artefact, ArtefactStore

SHOWN = 3  # findings of each reason
# What a person should look at first: what spoils the measuring, then what teaches the wrong thing, then the rest.
FIRST = (
    "leakage.", "duplicate.leak", "label.conflict", "contradiction.", "expiry.", "label.", "quality.", "relevance.",
    "canonical.ambiguous", "glossary.ambiguous", "boilerplate.only", "duplicate.semantic", "privacy.",
)  # fmt: skip
NOT_SHOWN = ("split.", "canonical.amount", "canonical.unit", "canonical.date")  # nothing is to be seen in these

HOLDING = ("leakage.text", "leakage.answer")  # a document that holds an example's text

Pair = tuple[str, str]  # the record of a finding, and its counterpart


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding: the record, why, and one or two texts. `other` is the counterpart."""

    record_id: str
    reason: str
    text: Runs
    other_id: str | None = None
    other: Runs = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """What a rule says for one reason: what it means, how often, what was done, and some of it."""

    code: str
    rule: str
    meaning: str
    actions: Mapping[str, tuple[int, int]]  # action -> documents, examples
    shown: tuple[Shown, ...]

    @property
    def records(self) -> int:
        """Documents and examples that it touched."""
        return sum(documents + examples for documents, examples in self.actions.values())

    @property
    def waits(self) -> int:
        """Of these, those that nothing was done about."""
        return sum(self.actions.get("flag", (0, 0)))


@dataclass(frozen=True, slots=True)
class DataEvidence:
    """Everything on the page."""

    key: str
    created: dt.datetime
    documents: Passed
    examples: Passed
    reasons: tuple[Reason, ...]
    profile: Mapping[str, Mapping[str, Removal]]  # of examples: field -> value -> in, kept
    documents_profile: Mapping[str, Mapping[str, Removal]]
    coverage: Mapping[str, Any] | None
    readiness: Mapping[str, Any] | None
    splits: Mapping[str, Mapping[str, int]]
    glossary: Mapping[str, Any] | None


def read_data(store: ArtefactStore, masks: Masks = lambda _: {}) -> DataEvidence:
    """Everything for the page. `masks` finds what is private in a passage, where the privacy pass never saw it.

    Raises `LuthierError` where nothing was curated, or another version of Luthier did it."""
    curated = store.require("curate", "luthier curate")
    if "documents_by_profile" not in curated.json("summary"):
        raise RefusedError("the curation is from another version of Luthier", fix="Run `luthier curate` again")
    made_from = curated.manifest["made_from"]
    ingested = store.find("ingest", made_from["ingest"]) or store.require("ingest", "luthier ingest")
    summary, ready = curated.json("summary"), store.current("readiness")
    if ready is not None and ready.manifest["made_from"]["curate"] != curated.key:
        ready = None
    return DataEvidence(
        key=curated.key,
        created=dt.datetime.fromisoformat(curated.manifest["created"]),
        documents=Passed.model_validate(summary["documents"]),
        examples=Passed.model_validate(summary["examples"]),
        reasons=tuple(_reasons(store, curated, ingested, summary, masks)),
        profile=_by_profile(summary["removed_by_profile"]),
        documents_profile=_by_profile(summary["documents_by_profile"]),
        coverage=_if_there(curated, "coverage"),
        readiness=ready.json("readiness") if ready is not None else None,
        splits=summary["splits"],
        glossary=_if_there(curated, "glossary"),
    )


def _if_there(artefact: Artefact, name: str) -> Mapping[str, Any] | None:
    return artefact.json(name) if (artefact.folder / f"{name}.json").exists() else None


def _by_profile(counted: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Removal]]:
    return {
        field: {value: Removal.model_validate(counts) for value, counts in values.items()}
        for field, values in counted.items()
    }


def urgency(code: str) -> int:
    """The place of a reason among those that a person should look at; the first is the most pressing."""
    return next((place for place, prefix in enumerate(FIRST) if code.startswith(prefix)), len(FIRST))


def _reasons(
    store: ArtefactStore, curated: Artefact, ingested: Artefact, summary: Mapping[str, Any], masks: Masks
) -> Iterator[Reason]:
    actions: dict[tuple[str, str], dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in (RuleCounts.model_validate(rule) for rule in summary["rules"]):
        if not row.code.startswith(NOT_SHOWN):
            actions[row.rule, row.code][row.action] = (row.documents, row.examples)
    chosen = _some_of_each(curated, {code for _, code in actions})
    wanted = {name for found in chosen.values() for f in found for name in (f.record_id, f.counterpart_id) if name}
    showing = _Showing(read_texts(store, curated, ingested, wanted, masks), _mirrored(curated, chosen))
    for rule, code in sorted(actions, key=lambda pair: (urgency(pair[1]), pair[1])):
        shown = tuple(showing.show(finding) for finding in chosen.get(code, ()))
        yield Reason(code, rule, summary["reasons"].get(code, ""), actions[rule, code], shown)


def _some_of_each(curated: Artefact, codes: Collection[str]) -> dict[str, list[Finding]]:
    """The first findings of each reason, one a record, and one of each pair."""
    chosen: dict[str, list[Finding]] = defaultdict(list)
    open_codes = set(codes)
    with pq.ParquetFile(curated.folder / "findings.parquet") as file:
        for batch in file.iter_batches():
            wanted = pa.array(sorted(open_codes), type=pa.string())
            for row in batch.filter(pc.is_in(batch["code"], value_set=wanted)).to_pylist():
                found = chosen[row["code"]]
                seen = {name for finding in found for name in (finding.record_id, finding.counterpart_id)}
                if len(found) < SHOWN and row["record_id"] not in seen:
                    found.append(from_row(Finding, row))
                    if len(found) == SHOWN:
                        open_codes.discard(row["code"])
            if not open_codes:
                break
    return chosen


def _mirrored(curated: Artefact, chosen: Mapping[str, Sequence[Finding]]) -> dict[Pair, Finding]:
    """Of those findings that point at a passage of one of two records, the other's that points back, by its pair."""
    pairs = {
        (finding.counterpart_id, finding.record_id)
        for findings in chosen.values()
        for finding in findings
        if finding.counterpart_id is not None and finding.start is not None
    }
    others = pa.array(sorted({name for name, _ in pairs}), type=pa.string())
    found = pq.read_table(curated.folder / "findings.parquet", filters=pc.field("record_id").isin(others))
    findings = (from_row(Finding, row) for row in found.to_pylist())
    return {
        pair: finding
        for finding in findings
        if finding.start is not None and (pair := (finding.record_id, finding.counterpart_id or "")) in pairs
    }


@dataclass(frozen=True)
class _Showing:
    """What findings are shown with: records as they came in and as they are now, and what points back at others."""

    texts: Texts
    mirrored: Mapping[Pair, Finding]

    def show(self, finding: Finding) -> Shown:
        reason = self.texts.showable(finding.reason, finding)
        if finding.action == "edit":
            said = (finding.before if finding.rule != PRIVACY else None, finding.after)
            was, now = (shortened(self.texts.showable(text or "", finding)) for text in said)
            runs = (Run(was, "out"), Run(now, "in"))
            return Shown(finding.record_id, reason, tuple(run for run in runs if run.text))
        mine, other_id = self.texts.whole(finding.record_id), finding.counterpart_id or ""
        theirs = self.texts.whole(other_id)
        pointed = self._passage(finding)
        if not theirs:
            return Shown(finding.record_id, reason, pointed or (Run(shortened(mine)),), finding.counterpart_id)
        one: Runs
        other: Runs
        if finding.code in HOLDING:
            one, other = held(mine, theirs), (Run(shortened(theirs)),)
        elif pointed is not None:
            back = self.mirrored.get((other_id, finding.record_id))
            one, other = pointed, (self._passage(back) if back else None) or (Run(shortened(theirs)),)
        else:
            one, other = compared(mine, theirs)
        return Shown(finding.record_id, reason, one, other_id, other)

    def _passage(self, finding: Finding) -> Runs | None:
        """The passage that a finding points at, where it can be told: offsets are of the text as its rule found it."""
        start, end, said = finding.start, finding.end, finding.before
        if start is None or end is None:
            return None
        known = [
            texts.get(finding.record_id, {}).get(finding.field or "") for texts in (self.texts.now, self.texts.before)
        ]
        if said:
            said = self.texts.showable(said, finding)
            for text in filter(None, known):
                if text[start:end] == said:
                    return passage(text, start, end)
            found = ((text, text.find(said)) for text in filter(None, known))
            return next((passage(text, at, at + len(said)) for text, at in found if at >= 0), None)
        now = known[0]
        return passage(now, start, end) if now is not None and end <= len(now) else None
