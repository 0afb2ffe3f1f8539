"""What changed between two versions of the curated data: records, their texts and splits, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from luthier.curate import versions
from luthier.curate.passes.tables import batches
from luthier.store.artefacts import Artefact, ArtefactStore, content_key

KINDS = ("documents", "examples")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDifference:
    """Ids of documents or examples, in order: those that only the second version has, those that only the first has,
    and those of both that say something else."""

    before: int
    after: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """From version `one` to version `other`.

    `moved` are examples of both versions that are in another split: (from, to) -> how many. `findings` are, by reason
    code and action, how many there were and are, where that changed.
    """

    one: str
    other: str
    documents: KindDifference
    examples: KindDifference
    moved: dict[str, int]
    findings: dict[str, tuple[int, int]]

    @property
    def nothing(self) -> bool:
        """Whether the two versions hold the same records in the same splits, and findings alike."""
        kinds = (self.documents, self.examples)
        return not (any(k.added or k.removed or k.changed for k in kinds) or self.moved or self.findings)


def difference(store: ArtefactStore, one: str, other: str) -> Difference:
    """What changed from `one` to `other`: keys, beginnings of keys, `previous` or `current`.

    Raises `RequestError` where there is no such version.
    """
    before, after = versions.find(store, one), versions.find(store, other)
    moved: Counter[str] = Counter()
    kinds = {name: _kind(before, after, name, moved) for name in KINDS}
    counts = [_findings(artefact) for artefact in (before, after)]
    return Difference(
        one=before.key,
        other=after.key,
        documents=kinds["documents"],
        examples=kinds["examples"],
        moved=dict(sorted(moved.items())),
        findings={
            code: (counts[0][code], counts[1][code])
            for code in sorted(counts[0].keys() | counts[1].keys())
            if counts[0][code] != counts[1][code]
        },
    )


def _kind(before: Artefact, after: Artefact, name: str, moved: Counter[str]) -> KindDifference:
    old = {record_id: (content, split) for record_id, content, split in _rows(before, name)}
    added, changed, kept = [], [], set()
    count = 0
    for record_id, content, split in _rows(after, name):
        count += 1
        if record_id not in old:
            added.append(record_id)
            continue
        kept.add(record_id)
        was, was_in = old[record_id]
        if was != content:
            changed.append(record_id)
        if was_in != split:
            moved[f"{was_in} → {split}"] += 1
    removed = sorted(old.keys() - kept)
    return KindDifference(
        before=len(old), after=count, added=tuple(sorted(added)), removed=tuple(removed), changed=tuple(sorted(changed))
    )


def _rows(artefact: Artefact, name: str) -> Iterator[tuple[str, str, str | None]]:
    """Each record's id, the hash of all that it says, and its split."""
    for batch in batches(artefact, name):
        for row in batch.to_pylist():
            split = row.pop("split", None)
            yield row["id"], content_key(row), split


def _findings(artefact: Artefact) -> Counter[str]:
    counts: Counter[str] = Counter()
    for batch in batches(artefact, "findings", ["code", "action"]):
        table = pa.Table.from_batches([batch]).group_by(["code", "action"]).aggregate([([], "count_all")])
        for row in table.to_pylist():
            counts[f"{row['code']} ({row['action']})"] += row["count_all"]
    return counts


def render(found: Difference) -> list[list[str]]:
    """The difference as rows of a table, its heading first."""
    rows = [["", found.one[:8], found.other[:8], "added", "removed", "changed"]]
    for name, kind in zip(KINDS, (found.documents, found.examples), strict=True):
        sizes: list[Any] = [kind.before, kind.after, len(kind.added), len(kind.removed), len(kind.changed)]
        rows.append([name, *map(str, sizes)])
    rows += [[f"moved {where}", "", str(count), "", "", ""] for where, count in found.moved.items()]
    rows += [[code, str(old), str(new), "", "", ""] for code, (old, new) in found.findings.items()]
    return rows
