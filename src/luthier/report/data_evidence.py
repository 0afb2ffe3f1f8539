"""What the page on the data shows, read from the newest curation and the ingestion behind it.

Of each reason a few findings are shown with what they are about: the edit, the passage, or the two texts that a pair of
records have, with the words in which they differ marked.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from luthier.records import Document, Example, Finding, from_row
from luthier.report.shapes import Passed, Removal, RuleCounts
from luthier.store.artefacts import Artefact, ArtefactStore

SHOWN = 3  # findings of each reason
LONGEST = 420  # characters of a text that is shown
AROUND = 60  # of a passage, on either side
# What a person should look at first: what spoils the measuring, then what teaches the wrong thing, then the rest.
FIRST = (
    "leakage.", "duplicate.leak", "label.conflict", "contradiction.", "expiry.", "label.", "quality.", "relevance.",
    "canonical.ambiguous", "glossary.ambiguous", "boilerplate.only", "duplicate.semantic", "privacy.",
)  # fmt: skip
NOT_SHOWN = ("split.", "canonical.amount", "canonical.unit", "canonical.date")  # nothing is to be seen in these

Tone = Literal["same", "out", "in", "mark"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of text, and how it is marked: taken out, put in, pointed at, or not at all."""

    text: str
    tone: Tone = "same"


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding: the record, why, and one or two texts. `other` is the counterpart."""

    record_id: str
    reason: str
    text: tuple[Run, ...]
    other_id: str | None = None
    other: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """What a rule says for one reason: how often, what was done, and some of it."""

    code: str
    rule: str
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
    profile: Mapping[str, Mapping[str, Removal]]
    coverage: Mapping[str, Any] | None
    readiness: Mapping[str, Any] | None
    splits: Mapping[str, Mapping[str, int]]


def read_data(store: ArtefactStore) -> DataEvidence:
    """Raises `LuthierError` where nothing was curated."""
    curated = store.require("curate", "luthier curate")
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
        reasons=tuple(_reasons(curated, ingested, [RuleCounts.model_validate(rule) for rule in summary["rules"]])),
        profile={
            field: {value: Removal.model_validate(counts) for value, counts in values.items()}
            for field, values in summary["removed_by_profile"].items()
        },
        coverage=curated.json("coverage") if (curated.folder / "coverage.json").exists() else None,
        readiness=ready.json("readiness") if ready is not None else None,
        splits=summary["splits"],
    )


def urgency(code: str) -> int:
    """The place of a reason among those that a person should look at; the first is the most pressing."""
    return next((place for place, prefix in enumerate(FIRST) if code.startswith(prefix)), len(FIRST))


def _reasons(curated: Artefact, ingested: Artefact, counts: Sequence[RuleCounts]) -> Iterator[Reason]:
    actions: dict[tuple[str, str], dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in counts:
        if not row.code.startswith(NOT_SHOWN):
            actions[row.rule, row.code][row.action] = (row.documents, row.examples)
    chosen = _some_of_each(curated, {code for _, code in actions})
    wanted = {name for found in chosen.values() for f in found for name in (f.record_id, f.counterpart_id) if name}
    texts = {**_documents(ingested, wanted), **_examples(ingested, wanted)}
    for rule, code in sorted(actions, key=lambda pair: (urgency(pair[1]), pair[1])):
        shown = tuple(_shown(finding, texts) for finding in chosen.get(code, ()))
        yield Reason(code, rule, actions[rule, code], shown)


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


def _documents(ingested: Artefact, wanted: Collection[str]) -> dict[str, str]:
    rows = pq.read_table(ingested.folder / "documents.parquet", filters=_among(wanted)).to_pylist()
    return {row["id"]: from_row(Document, row).text for row in rows}


def _examples(ingested: Artefact, wanted: Collection[str]) -> dict[str, str]:
    rows = pq.read_table(ingested.folder / "examples.parquet", filters=_among(wanted)).to_pylist()
    return {row["id"]: _as_text(from_row(Example, row)) for row in rows}


def _among(wanted: Collection[str]) -> pc.Expression:
    return pc.field("id").isin(pa.array(sorted(wanted), type=pa.string()))


def _as_text(example: Example) -> str:
    """An example on one page: its inputs, and its answer under them."""
    answer = example.target.text if example.target.text is not None else "; ".join(example.target.labels or ())
    return "\n".join([*example.inputs.values(), f"→ {answer or 'none'}"])


def _shown(finding: Finding, texts: Mapping[str, str]) -> Shown:
    text, other = texts.get(finding.record_id, ""), texts.get(finding.counterpart_id or "")
    if finding.action == "edit":
        runs = (Run(_short(finding.before or ""), "out"), Run(_short(finding.after or ""), "in"))
        return Shown(finding.record_id, finding.reason, runs)
    if other is not None and finding.rule in ("duplicates", "leakage"):
        mine, theirs = _compared(text, other)
        return Shown(finding.record_id, finding.reason, mine, finding.counterpart_id, theirs)
    if finding.before and finding.before in text:
        start = text.index(finding.before)
        return Shown(finding.record_id, finding.reason, _passage(text, start, start + len(finding.before)))
    if finding.start is not None and finding.end is not None and finding.field == "text" and finding.end <= len(text):
        return Shown(finding.record_id, finding.reason, _passage(text, finding.start, finding.end))
    return Shown(finding.record_id, finding.reason, (Run(_short(text)),), finding.counterpart_id)


def _passage(text: str, start: int, end: int) -> tuple[Run, ...]:
    left, right = max(0, start - AROUND), min(len(text), end + AROUND)
    before = ("…" if left else "") + text[left:start]
    return (
        Run(before),
        Run(_short(text[start:end]), "mark"),
        Run(text[end:right] + ("…" if right < len(text) else "")),
    )


def _compared(one: str, other: str) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Two texts, each with the words marked that the other has not in that place."""
    mine, yours = one[:LONGEST].split(), other[:LONGEST].split()
    left: list[Run] = []
    right: list[Run] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(a=mine, b=yours, autojunk=False).get_opcodes():
        same = tag == "equal"
        if b > a:
            left.append(Run(" ".join(mine[a:b]) + " ", "same" if same else "out"))
        if d > c:
            right.append(Run(" ".join(yours[c:d]) + " ", "same" if same else "in"))
    ends = [Run("…")] if len(one) > LONGEST else [], [Run("…")] if len(other) > LONGEST else []
    return (*left, *ends[0]), (*right, *ends[1])


def _short(text: str) -> str:
    """A text as far as it is shown, with what cannot be seen written out where nothing else would be."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return cut if any(not c.isspace() for c in cut) else "".join(_NAMES.get(c, f"U+{ord(c):04X} ") for c in cut)


_NAMES = {" ": "␠", "\n": "⏎", "\t": "⇥", "\r": "␍"}
