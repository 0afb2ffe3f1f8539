"""The life of one record: where it came from, what was found in it, in order, and where it is now.

A record is asked for by its id, or by its place: `notes.csv:12` is row 12 of that file, and a file's name alone is the
document it holds. A place is also how what was refused at ingestion is found, since a refusal has no id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import and_
from typing import Any, Literal, TypeVar

import pyarrow.compute as pc
import pyarrow.parquet as pq
from rapidfuzz import fuzz, process

from luthier.curate import decisions
from luthier.curate.decisions import Decision
from luthier.curate.ledger import REMOVING, Kind
from luthier.errors import RequestError
from luthier.records import Document, Example, Finding, Provenance, Refusal, Split, from_row
from luthier.store.artefacts import Artefact, ArtefactStore

NEAREST = 3  # ids that an unknown one is answered with
PLACES = 3  # of a step that changed many
SHOWN = 60  # characters of a changed text, on one line
MAX_ROW = 2**63 - 1  # what a table's column of row numbers can hold; a longer number is no row

State = Literal["kept", "merged", "dropped", "refused", "not curated"]
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is known of one record.

    `survivor` is the record it was removed for, and `survivor_removed` the reason code for which that one is gone too;
    `stands_for` are those that were merged into it, `documents` what it rests on. `decisions` are all that people took
    about it, or about a reason that was found in it, in order; those that were taken back or outdone too.
    """

    record_id: str
    kind: Literal["document", "example", "refusal"]
    state: State
    source: Provenance
    task: str | None = None
    group: str | None = None
    family: str | None = None
    split: Split | None = None
    findings: tuple[Finding, ...] = ()
    survivor: str | None = None
    survivor_removed: str | None = None
    stands_for: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    weight: float = 1.0
    decisions: tuple[Decision, ...] = ()
    refusal: Refusal | None = None


def explain(store: ArtefactStore, record_id: str) -> Life:
    """The life of the record with this id or place, in the newest curation and the ingestion that it read.

    Raises `LuthierError` where nothing was ingested, and `RequestError`, with the nearest ids, for an unknown record.
    """
    curated = store.current("curate")
    ingested = store.find("ingest", curated.manifest["made_from"]["ingest"]) if curated else None
    ingested = ingested or store.require("ingest", "luthier ingest")
    known = decisions.read(store.root)
    for where in ({"id": record_id}, *_places(record_id)):
        for example in _rows(ingested, "examples", Example, **where):
            return _life(example, curated, known)
        for document in _rows(ingested, "documents", Document, **where):
            return _life(document, curated, known)
    for where in _places(record_id, prefix=""):
        refused = _rows(ingested, "refusals", Refusal, **where)
        if refused:
            return _refused(record_id, refused[0])
    raise RequestError(f"there is no record '{record_id}'", fix=_nearest(ingested, record_id))


def render(life: Life) -> str:
    """A life in plain words, a line for each thing that happened."""
    what = f"{life.kind} of task '{life.task}'" if life.task else life.kind
    lines = [f"{life.record_id} ({what})", f"  from {life.source}, source '{life.source.source}'"]
    belongs = [f"{name} {value}" for name, value in (("group", life.group), ("family", life.family)) if value]
    if belongs:
        lines.append(f"  {', '.join(belongs)}")
    if life.documents:
        lines.append(f"  rests on {', '.join(life.documents)}")
    lines += _steps(life.findings)
    lines += [f"  {_decided(decision, life.decisions)}" for decision in life.decisions]
    if life.weight != 1:
        lines.append(f"  counts {life.weight:.3g} times in training")
    if life.stands_for:
        lines.append(f"  stands also for {', '.join(life.stands_for)}")
    return "\n".join([*lines, f"  → {_ending(life)}"])


def _steps(findings: Sequence[Finding]) -> Iterator[str]:
    """A numbered line for each finding; of many places where one step changed a text, the first few."""
    for number, (_, of_step) in enumerate(groupby(findings, key=_step), start=1):
        places = list(of_step)
        shown = places[: PLACES if len(places) > PLACES + 1 else None]
        yield from (f"  {number}. {_sentence(finding)}" for finding in shown)
        if len(shown) < len(places):
            yield f"     and in {len(places) - len(shown)} more places"


def _step(finding: Finding) -> tuple[Any, ...]:
    """What findings of one step have in common; one that changes nothing is a step of its own."""
    own = None if finding.action == "edit" else id(finding)
    return finding.rule, finding.code, finding.field, finding.reason, own


def _decided(decision: Decision, every: Sequence[Decision]) -> str:
    """A decision in words, and whether it holds."""
    what = {"restore": "to keep", "remove": "to remove", "undo": "to forget what was decided about"}[decision.what]
    about = "it" if decision.about == "record" else f"all found for '{decision.target}'"
    text = " with the original text" if decision.original else ""
    why = f": {decision.why}" if decision.why else ""
    latest = [other for other in every if other.target == decision.target][-1]
    over = "" if decision is latest else ", no longer in force"
    return f"{decision.who} decided on {decision.when} {what} {about}{text}{why}{over}"


def _life(record: Example | Document, curated: Artefact | None, known: Sequence[Decision]) -> Life:
    kind: Kind = "example" if isinstance(record, Example) else "document"
    findings = _rows(curated, "findings", Finding, record_id=record.id, record_kind=kind) if curated else []
    merged = (
        _rows(curated, "findings", Finding, counterpart_id=record.id, record_kind=kind, action="merge")
        if curated
        else []
    )
    removal = next((finding for finding in findings if finding.action in REMOVING), None)
    survivor = removal.counterpart_id if removal else None
    kept = _rows(curated, f"{kind}s", type(record), id=record.id) if curated else []
    now = next(iter(kept), record)
    reasons = {name for finding in findings for name in (finding.rule, finding.code)}
    state: State = "not curated"
    if removal is not None:
        state = "merged" if removal.action == "merge" else "dropped"
    elif kept:
        state = "kept"
    return Life(
        record_id=record.id,
        kind=kind,
        state=state,
        source=record.source,
        task=record.task if isinstance(record, Example) else None,
        group=record.group,
        family=record.family,
        split=next((example.split for example in kept if isinstance(example, Example)), None),
        findings=tuple(findings),
        survivor=survivor,
        survivor_removed=_why_removed(curated, survivor, kind) if curated and survivor and state == "merged" else None,
        stands_for=tuple(finding.record_id for finding in merged),
        documents=now.document_ids if isinstance(now, Example) else (),
        weight=now.weight if isinstance(now, Example) else 1.0,
        decisions=tuple(
            decision
            for decision in known
            if (decision.target == record.id if decision.about == "record" else decision.target in reasons)
        ),
    )


def _why_removed(curated: Artefact, record_id: str, kind: Kind) -> str | None:
    """The code of the reason for which a record is gone; None where it is kept."""
    found = _rows(curated, "findings", Finding, record_id=record_id, record_kind=kind)
    return next((finding.code for finding in found if finding.action in REMOVING), None)


def _refused(record_id: str, refusal: Refusal) -> Life:
    source = Provenance(source=refusal.source, file=refusal.file, page=refusal.page, row=refusal.row)
    return Life(record_id=record_id, kind="refusal", state="refused", source=source, refusal=refusal)


def _sentence(finding: Finding) -> str:
    line = f"{finding.code}, rule {finding.rule} {finding.rule_version}: {finding.reason}"
    if finding.score is not None and finding.threshold is not None:
        line += f" [{finding.score:.3g}, threshold {finding.threshold:.3g}]"
    if finding.start is None:
        return line
    said = f"{finding.field}, characters {finding.start}-{finding.end}"
    if finding.action == "edit":
        said += f": {_shown(finding.before)} → {_shown(finding.after)}"
    elif finding.action == "assign" and finding.after:
        said += f": {_shown(finding.before)} is {_shown(finding.after)}"
    elif finding.before:
        said += f": {_shown(finding.before)}"
    return f"{line} ({said})"


def _shown(text: str | None) -> str:
    """A text on one line, with what cannot be seen written out."""
    text = text or ""
    cut = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in f"“{cut}”")


def _ending(life: Life) -> str:
    match life.state:
        case "kept":
            return f"used, in {life.split}" if life.split else "kept"
        case "merged" if life.survivor_removed:
            return (
                f"not used: it was merged into {life.survivor}, which was itself taken away ({life.survivor_removed})"
            )
        case "merged":
            return f"not used: {life.survivor} stands for it"
        case "dropped":
            return f"not used, because of {life.survivor}" if life.survivor else "not used"
        case "refused" if life.refusal is not None:
            fix = f". {life.refusal.fix}" if life.refusal.fix else ""
            return f"refused at ingestion, {life.refusal.code}: {life.refusal.reason}{fix}"
        case _:
            return "not curated yet"


def _places(name: str, prefix: str = "source.") -> list[dict[str, Any]]:
    """What a file's name, alone or with `:ROW`, asks of a table; records keep their place under `source`."""
    whole = {f"{prefix}file": name, f"{prefix}row": None}
    file, _, row = name.rpartition(":")
    is_row = row.isdecimal() and int(row) <= MAX_ROW
    return [{f"{prefix}file": file, f"{prefix}row": int(row)}, whole] if is_row else [whole]


def _rows(artefact: Artefact, table: str, noun: type[Record], **where: Any) -> list[Record]:
    """The records of a table whose columns have these values, in order; a dot leads into a nested column."""
    columns = {column: pc.field(*column.split(".")) for column in where}
    asked = [columns[name].is_null() if value is None else columns[name] == value for name, value in where.items()]
    found = pq.read_table(artefact.folder / f"{table}.parquet", filters=reduce(and_, asked))
    return [from_row(noun, row) for row in found.to_pylist()]


def _nearest(ingested: Artefact, record_id: str) -> str:
    ids = [
        identity
        for table in ("examples", "documents")
        for identity in pq.read_table(ingested.folder / f"{table}.parquet", columns=["id"])["id"].to_pylist()
    ]
    near = [match[0] for match in process.extract(record_id, ids, scorer=fuzz.ratio, limit=NEAREST)]
    return f"Did you mean {', '.join(near)}?" if near else "Nothing was ingested"
