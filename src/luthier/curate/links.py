"""Which documents an example rests on: what its row names, found among the documents that came in.

A row names a document by its id (`letters:C12`, or the part after the source's name), by its title, or by its file. The
first of these that fits exactly one document is meant; a name that fits none, or several alike, is a finding, and the
example does without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from luthier.curate.passes.tables import batches
from luthier.records import Finding
from luthier.store.artefacts import Artefact

RULE = "links"
VERSION = 1
CODES: Mapping[str, str] = {
    "link.unresolved": "The example names a document that did not come in.",
    "link.ambiguous": "The example names a document, and several are called so.",
}


class Links:
    """The documents that examples name. Nothing is looked for where no example names any."""

    def __init__(self, examples: Artefact, documents: Artefact) -> None:
        self._named: dict[str, tuple[str, ...]] = {}  # example -> what its row says
        for batch in batches(examples, "examples", ["id", "document_ids"]):
            for row in batch.to_pylist():
                if row["document_ids"]:
                    self._named[row["id"]] = tuple(row["document_ids"])
        wanted = {name for names in self._named.values() for name in names}
        self._meant = _meant(wanted, documents) if wanted else {}

    def of(self, example_id: str) -> tuple[str, ...]:
        """The ids of the documents that an example rests on."""
        found = (self._meant.get(name, ()) for name in self._named.get(example_id, ()))
        return tuple(dict.fromkeys(ids[0] for ids in found if len(ids) == 1))

    def findings(self) -> Iterator[Finding]:
        """The names that could not be resolved, in the order of the examples."""
        for example_id, names in self._named.items():
            for name in names:
                ids = self._meant.get(name, ())
                if len(ids) != 1:
                    yield _finding(example_id, name, ids)

    def summary(self) -> dict[str, int]:
        """How many examples name documents, and what became of the names."""
        ids = [self._meant.get(name, ()) for names in self._named.values() for name in names]
        return {
            "examples": len(self._named),
            "named": len(ids),
            "resolved": sum(len(found) == 1 for found in ids),
            "unresolved": sum(not found for found in ids),
            "ambiguous": sum(len(found) > 1 for found in ids),
        }


def _meant(wanted: Iterable[str], documents: Artefact) -> dict[str, Sequence[str]]:
    """Of each name the documents that it may mean: those of the first way of naming that fits any."""
    names = frozenset(wanted)
    fitting: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for batch in batches(documents, "documents", ["id", "title", "source"]):
        for row in batch.to_pylist():
            for way, name in enumerate(_ways(row)):
                if name in names:
                    fitting[name][way].append(row["id"])
    return {name: ways[min(ways)] for name, ways in fitting.items()}


def _ways(row: Mapping[str, Any]) -> tuple[str | None, ...]:
    """What a document may be called, the surest first. A file that holds many documents names none of them."""
    file = row["source"]["file"] if row["source"]["row"] is None else None
    return row["id"], row["id"].partition(":")[2], row["title"], file


def _finding(example_id: str, name: str, ids: Sequence[str]) -> Finding:
    several = f"names '{name}', and {len(ids)} documents are called so: {', '.join(ids[:3])}"
    return Finding(
        record_id=example_id,
        record_kind="example",
        rule=RULE,
        rule_version=VERSION,
        code="link.ambiguous" if ids else "link.unresolved",
        action="flag",
        reason=several if ids else f"names '{name}', and no document came in with that id, title or file",
        field="document_ids",
        before=name,
    )
