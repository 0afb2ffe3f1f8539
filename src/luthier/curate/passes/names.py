"""The look over all records that the pass for privacy needs first: which full names the corpus introduces.

It is an artefact of its own, keyed by the records: a killed run does not repeat it, and the pass depends on the names
that were found and not on how. The names stand in it in clear, as they do in what was ingested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from luthier.curate.clean import privacy
from luthier.curate.passes.tables import TABLES, batches, rows_in
from luthier.curate.passes.workers import in_order
from luthier.progress import Meter
from luthier.records import Document, Example
from luthier.store.artefacts import Artefact, ArtefactStore, ArtefactWriter, content_key

STAGE = "names"
COLUMNS: Mapping[type, list[str]] = {
    Document: ["text", "title", "group", "profile"],
    Example: ["inputs", "target", "alternatives", "group", "profile"],
}


def introduced(
    store: ArtefactStore, tables: Mapping[type, Artefact], records: Sequence[str], processes: int
) -> tuple[str, ...]:
    """The full names that the records introduce, in alphabetical order.

    Args:
        records: what the records' tables say, as hashes.
    """
    made_from = {"version": privacy.VERSION, "from": list(records)}

    def fill(writer: ArtefactWriter) -> None:
        found: set[str] = set()
        with Meter("Collecting names", sum(rows_in(tables[noun], TABLES[noun]) for noun in COLUMNS)) as meter:
            for names, rows in in_order(_names_of, _pieces(tables), processes):
                found |= names
                meter.advance(rows)
        writer.json("names", sorted(found))

    artefact = store.find_or_write(STAGE, content_key(STAGE, made_from), made_from, fill, current=False)
    return tuple(artefact.json("names"))


def _pieces(tables: Mapping[type, Artefact]) -> Iterator[tuple[type, pa.RecordBatch]]:
    for noun, columns in COLUMNS.items():
        for batch in batches(tables[noun], TABLES[noun], columns):
            yield noun, batch


def _names_of(piece: tuple[type, pa.RecordBatch]) -> tuple[set[str], int]:
    """The names that a batch introduces, and how many records it has."""
    noun, batch = piece
    found: set[str] = set()
    for row in batch.to_pylist():
        columns = {"client": row["group"] or "", **dict(row["profile"])}
        if noun is Document:
            texts = [row["text"], row["title"] or ""]
        else:
            inputs = dict(row["inputs"])
            columns |= {name: text for name, text in inputs.items() if len(text) < _LONGEST_VALUE}
            texts = [*inputs.values(), row["target"]["text"] or "", *row["alternatives"]]
        found.update(privacy.names_introduced(texts, columns))
    return found, batch.num_rows


_LONGEST_VALUE = 80  # characters that a column's value can have and still be a name
