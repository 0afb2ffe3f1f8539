"""Tables of records, read and written a batch at a time, so that no table is ever whole in memory."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from luthier.progress import Meter
from luthier.records import Document, Example, arrow_schema, from_row, to_row
from luthier.store.artefacts import ROWS_PER_GROUP, Artefact

BATCH = 1000  # records that are judged together; part of no result
TABLES: dict[type, str] = {Document: "documents", Example: "examples"}

Record = TypeVar("Record")


def batches(artefact: Artefact, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of a table in order, `BATCH` at a time; all columns, or some."""
    with pq.ParquetFile(artefact.folder / f"{table}.parquet") as file:
        yield from file.iter_batches(batch_size=BATCH, columns=columns)


def rows_in(artefact: Artefact, table: str) -> int:
    """How many rows a table has."""
    return int(pq.read_metadata(artefact.folder / f"{table}.parquet").num_rows)


def records_of(noun: type[Record], batch: pa.RecordBatch | pa.Table) -> list[Record]:
    """The rows of a batch as records."""
    return [from_row(noun, row) for row in batch.to_pylist()]


def table_of(noun: type[Record], records: Iterable[Record]) -> pa.Table:
    """Records as a table."""
    return pa.Table.from_pylist([to_row(record) for record in records], schema=arrow_schema(noun))


def texts_by_id(artefact: Artefact, wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    """The texts of some documents with their ids, in the order of the table."""
    ids = frozenset(wanted)
    with Meter("Reading documents again", rows_in(artefact, "documents")) as meter:
        for batch in batches(artefact, "documents", ["id", "text"]):
            found = among(batch, ids)
            yield from zip(found["id"].to_pylist(), found["text"].to_pylist(), strict=True)
            meter.advance(batch.num_rows)


def among(batch: pa.RecordBatch, ids: Container[str], *, inside: bool = True) -> pa.RecordBatch:
    """The rows of a batch whose id is, or is not, one of `ids`."""
    return batch.filter(pa.array([(name in ids) is inside for name in batch["id"].to_pylist()], type=pa.bool_()))


def records_by_id(artefact: Artefact, noun: type[Record], wanted: Collection[str]) -> Iterator[Record]:
    """The records with these ids, in the order of the table."""
    if not wanted:
        return
    for batch in batches(artefact, TABLES[noun]):
        yield from records_of(noun, among(batch, wanted))


class TableFile:
    """Writes a table of one noun, piece by piece. Use it as a context.

    Pieces are gathered into row groups of `ROWS_PER_GROUP`, so that the file depends on the rows alone.
    """

    def __init__(self, path: Path, noun: type) -> None:
        self.rows = 0
        self._schema = arrow_schema(noun)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[pa.Table] = []
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._count:
            self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=ROWS_PER_GROUP)
        self._writer.close()

    def write(self, piece: pa.Table | pa.RecordBatch) -> None:
        """Appends rows."""
        table = pa.Table.from_batches([piece]) if isinstance(piece, pa.RecordBatch) else piece
        if not table.num_rows:
            return
        self.rows += table.num_rows
        self._count += table.num_rows
        self._waiting.append(table.cast(self._schema))
        if self._count >= ROWS_PER_GROUP:
            whole = pa.concat_tables(self._waiting).combine_chunks()
            cut = self._count - self._count % ROWS_PER_GROUP
            self._writer.write_table(whole.slice(0, cut), row_group_size=ROWS_PER_GROUP)
            self._waiting, self._count = [whole.slice(cut)], self._count - cut


def with_column(table: pa.RecordBatch | pa.Table, name: str, values: Sequence[Any]) -> pa.Table:
    """The table with other values in one column."""
    whole = pa.Table.from_batches([table]) if isinstance(table, pa.RecordBatch) else table
    place = whole.schema.get_field_index(name)
    field = whole.schema.field(place)
    return whole.set_column(place, field, pa.array(values, type=field.type))
