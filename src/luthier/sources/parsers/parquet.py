"""Parquet tables, a batch of rows at a time and only the columns that the source's `fields` name."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from luthier.records import Refusal
from luthier.sources.columns import mapped_columns, missing_column, repeated_column, unmapped_text
from luthier.sources.parsers.signatures import mismatch, signature
from luthier.sources.raw import RawRecord, SourceFile

MEDIA_TYPE = "application/vnd.apache.parquet"
BATCH_ROWS = 1024


def read_parquet(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The table's rows, with Python values; rows count from 1."""
    refusal = _not_parquet(file)
    if refusal is not None:
        yield refusal
        return
    row = 0
    try:
        with pq.ParquetFile(file.path) as table:
            header = list(table.schema_arrow.names)
            refusal = _unusable(file, table, header)
            if refusal is not None:
                yield refusal
                return
            wanted = [name for name in header if name in mapped_columns(file.source)]
            for batch in table.iter_batches(batch_size=BATCH_ROWS, columns=wanted):
                yield from _records(file, batch, row)
                row += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        yield _broken(file, row, error)


def _not_parquet(file: SourceFile) -> Refusal | None:
    if file.path.stat().st_size == 0:
        return file.refuse("file.empty", "it holds nothing", fix="Fill the file or remove it")
    actual = signature(file.path)
    if actual != "a Parquet table":
        return mismatch(file, actual or "something else", "a Parquet table")
    return unmapped_text(file)


def _unusable(file: SourceFile, table: pq.ParquetFile, header: list[str]) -> Refusal | None:
    if table.metadata.num_rows == 0:
        return file.refuse("file.empty", "it has columns and no rows", fix="Fill the file or remove it")
    return missing_column(file, header) or repeated_column(file, header)


def _records(file: SourceFile, batch: pa.RecordBatch, before: int) -> Iterator[RawRecord | Refusal]:
    try:
        rows = batch.to_pylist()
    except UnicodeDecodeError:  # writers other than Arrow may store bytes that are no UTF-8: find the rows
        for offset in range(batch.num_rows):
            yield _one(file, batch.slice(offset, 1), before + offset + 1)
        return
    for offset, cells in enumerate(rows):
        yield RawRecord(cells=cells, media_type=MEDIA_TYPE, row=before + offset + 1)


def _one(file: SourceFile, batch: pa.RecordBatch, row: int) -> RawRecord | Refusal:
    for name in batch.schema.names:
        try:
            batch.column(name).to_pylist()
        except UnicodeDecodeError:
            reason = "the value holds bytes that are not UTF-8"
            return file.refuse("text.encoding", reason, row=row, field=name, fix="Write the table again as UTF-8")
    return RawRecord(cells=batch.to_pylist()[0], media_type=MEDIA_TYPE, row=row)


def _broken(file: SourceFile, read: int, error: Exception) -> Refusal:
    reason = f"the table is damaged: {str(error).splitlines()[0]}"
    if read:
        reason += f"; the rows after {read} could not be read"
    return file.refuse("parquet.broken", reason, fix="Write the table again, or fetch it again")
