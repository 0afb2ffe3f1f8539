"""The texts of records that the page on the data shows: as they came in, but without what curation masks in them.

The page is mailed and printed, so it tells no more than the data it is about. Where private values are replaced, texts
are those that the privacy pass left, of records that were removed too; and what findings quote is shown with the same
replacements, whoever quoted it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from luthier.errors import RefusedError
from luthier.records import Document, Example, Finding, from_row
from luthier.store.artefacts import Artefact, ArtefactStore
from luthier.text.masking import replaced

Fields = Mapping[str, str]  # field -> text, of one record
Values = Mapping[str, str]  # private value -> what is shown in its place
Masks = Callable[[str], Values]
"""What is private in a text that stands on its own: for passages that were cut before anything was masked."""

PRIVACY = "privacy"  # the rule, and its pass
ANSWERS = ("target.text", "labels")  # of an example
REPLACING = ("mask", "pseudonym")


@dataclass(frozen=True)
class Texts:
    """Records by id: `before` curation, as far as they may be shown, and as they are now. `private` are each record's
    values that may not be."""

    before: Mapping[str, Fields]
    now: Mapping[str, Fields]
    private: Mapping[str, Values] = field(default_factory=dict)

    def whole(self, record_id: str) -> str:
        """A record on one page: a document's text; an example's inputs, and its answer under them."""
        fields = self.before.get(record_id, {})
        inputs = [text for name, text in fields.items() if name not in ANSWERS]
        return "\n".join([*inputs, *(f"→ {fields[name]}" for name in ANSWERS if name in fields)])

    def showable(self, text: str, finding: Finding) -> str:
        """A text that a finding quotes, or says, without what is private in the records that it is about."""
        theirs, mine = (self.private.get(name or "", {}) for name in (finding.counterpart_id, finding.record_id))
        return replaced(text, {**theirs, **mine}) if theirs or mine else text


def read_texts(
    store: ArtefactStore, curated: Artefact, ingested: Artefact, wanted: Collection[str], masks: Masks
) -> Texts:
    """The texts of these records. Raises `RefusedError` where what a pass of the curation left is no longer there."""
    now, came_in = _fields(curated, wanted), _fields(ingested, wanted)
    asked = curated.manifest["made_from"]["curate"].get(PRIVACY) or {}
    if not any(policy in REPLACING for policy in asked.values() if isinstance(policy, str)):
        return Texts(came_in, now)
    masked = _fields(_pass(store, curated, PRIVACY), wanted)
    given = {**_fields(_pass(store, curated, "writing"), wanted), **_fields(_pass(store, curated, "fitness"), wanted)}
    private: dict[str, dict[str, str]] = defaultdict(dict)
    for record_id, fields in came_in.items():
        for text in (text for name, text in fields.items() if name != "labels"):
            private[record_id] |= masks(text)
    for finding in _replacements(curated, wanted):
        text = given.get(finding.record_id, {}).get(finding.field or "", "")
        if text and finding.after is not None:
            private[finding.record_id][text[finding.start : finding.end]] = finding.after
    return Texts(masked, now, private)


def _pass(store: ArtefactStore, curated: Artefact, name: str) -> Artefact:
    stage, _, key = curated.manifest["made_from"]["passes"][name].partition("/")
    found = store.find(stage, key)
    if found is None:
        raise RefusedError(f"what the pass '{name}' left is no longer there", fix="Run `luthier curate` again")
    return found


def _replacements(curated: Artefact, wanted: Collection[str]) -> Iterator[Finding]:
    """What the privacy pass replaced in these records."""
    asked = pc.field("record_id").isin(pa.array(sorted(wanted), type=pa.string())) & (pc.field("rule") == PRIVACY)
    table = pq.read_table(curated.folder / "findings.parquet", filters=asked & (pc.field("action") == "edit"))
    return (from_row(Finding, row) for row in table.to_pylist())


def _fields(artefact: Artefact, wanted: Collection[str]) -> dict[str, Fields]:
    """The texts of records by their fields, named as findings name them; of the tables that there are."""
    among = pc.field("id").isin(pa.array(sorted(wanted), type=pa.string()))
    texts: dict[str, Fields] = {}
    for row in _rows(artefact, "documents", among):
        texts[row["id"]] = {"text": from_row(Document, row).text}
    for row in _rows(artefact, "examples", among):
        example = from_row(Example, row)
        answer = {} if example.target.text is None else {"target.text": example.target.text}
        labels = {} if example.target.labels is None else {"labels": "; ".join(example.target.labels) or "none"}
        texts[row["id"]] = {f"inputs.{name}": text for name, text in example.inputs.items()} | answer | labels
    return texts


def _rows(artefact: Artefact, table: str, among: pc.Expression) -> list[dict[str, Any]]:
    path = artefact.folder / f"{table}.parquet"
    return pq.read_table(path, filters=among).to_pylist() if path.exists() else []
