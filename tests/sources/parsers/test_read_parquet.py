"""Parquet: the mapped columns of every row, and what is said of a table that cannot be read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luthier.config import Source
from luthier.sources.parsers.formats import parse
from luthier.sources.raw import RawRecord, SourceFile

if TYPE_CHECKING:
    from tests.sources.conftest import Desk

TEXTS = {"fields": {"text": "text"}}


def test_only_mapped_columns_are_read_and_rows_go_on_counting_over_batches(desk: Desk) -> None:
    rows = 3000  # batches hold 1024
    table = pa.table({"text": [f"text {n}" for n in range(rows)], "picture": [b"x"] * rows})
    pq.write_table(table, desk.root / "a.parquet", row_group_size=700)
    raw, refusals = desk.parse("a.parquet", **TEXTS)
    assert [(r.row, dict(r.cells)) for r in raw] == [(n + 1, {"text": f"text {n}"}) for n in range(rows)]
    assert refusals == []


def test_a_column_with_a_dot_in_its_name_is_that_column(desk: Desk) -> None:
    table = pa.table({"client.note": ["one"], "client": [{"note": "two"}]})
    pq.write_table(table, desk.root / "a.parquet")
    raw, _ = desk.parse("a.parquet", fields={"text": "client.note"})
    assert [r.cells["client.note"] for r in raw] == ["one"]


def test_values_keep_their_types(desk: Desk) -> None:
    table = pa.table(
        {"text": ["a"], "labels": [["x", "y"]], "day": pa.array([dt.date(2026, 1, 31)]), "n": pa.array([7])}
    )
    pq.write_table(table, desk.root / "a.parquet")
    (raw,), _ = desk.parse(
        "a.parquet", fields={"text": "text", "effective_date": "day", "profile": {"n": "n", "l": "labels"}}
    )
    assert dict(raw.cells) == {"text": "a", "labels": ["x", "y"], "day": dt.date(2026, 1, 31), "n": 7}


def test_a_row_with_bytes_that_are_no_utf8_is_refused_and_its_neighbours_are_read(desk: Desk) -> None:
    wrong = pa.Array.from_buffers(pa.string(), 3, pa.array([b"one", b"caf\xe9", b"three"], pa.binary()).buffers())
    pq.write_table(pa.table({"text": wrong}), desk.root / "a.parquet")
    raw, (refusal,) = desk.parse("a.parquet", **TEXTS)
    assert [(r.row, r.cells["text"]) for r in raw] == [(1, "one"), (3, "three")]
    assert (refusal.code, refusal.row, refusal.field) == ("text.encoding", 2, "text")


def test_a_missing_column_is_named_with_the_nearest_one(desk: Desk) -> None:
    pq.write_table(pa.table({"texts": ["one"]}), desk.root / "a.parquet")
    (refusal,) = desk.parse("a.parquet", **TEXTS)[1]
    assert (refusal.code, refusal.field) == ("column.missing", "text")
    assert "'texts'" in (refusal.fix or "")


def test_empty_damaged_and_other_files_are_told_apart(desk: Desk) -> None:
    desk.write("empty.parquet", b"")
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), desk.root / "none.parquet")
    desk.write("other.parquet", "text\none\n")
    pq.write_table(pa.table({"text": ["one"] * 100}), desk.root / "whole.parquet")
    desk.write("half.parquet", (desk.root / "whole.parquet").read_bytes()[:-40])
    codes = {
        name: [r.code for r in desk.parse(f"{name}.parquet", **TEXTS)[1]] for name in ("empty", "none", "other", "half")
    }
    assert codes == {
        "empty": ["file.empty"],
        "none": ["file.empty"],
        "other": ["format.mismatch"],
        "half": ["parquet.broken"],
    }


def test_damage_in_the_middle_keeps_what_came_before_it(desk: Desk) -> None:
    path = desk.root / "a.parquet"
    pq.write_table(
        pa.table({"text": [f"text {n}" for n in range(4000)]}), path, row_group_size=2000, compression="zstd"
    )
    content = bytearray(path.read_bytes())
    offset = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    content[offset : offset + 400] = b"\xff" * 400
    path.write_bytes(bytes(content))
    raw, (refusal,) = desk.parse("a.parquet", **TEXTS)
    assert refusal.code == "parquet.broken"
    assert 0 < len(raw) <= 2000
    assert f"the rows after {len(raw)} could not be read" in refusal.reason


texts = st.text(st.characters(codec="utf-8"), max_size=20)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(texts, st.none() | st.lists(texts, max_size=3)), min_size=1, max_size=8))
def test_what_a_parquet_writer_wrote_is_read_back(tmp_path: Path, rows: list[tuple[str, list[str] | None]]) -> None:
    schema = pa.schema({"text": pa.string(), "labels": pa.list_(pa.string())})
    cells = [{"text": text, "labels": labels} for text, labels in rows]
    pq.write_table(pa.Table.from_pylist(cells, schema=schema), tmp_path / "a.parquet")
    fields = {"text": "text", "profile": {"labels": "labels"}}
    source = Source.model_validate({"name": "desk", "path": "a.parquet", "fields": fields})
    items = list(parse(SourceFile(source=source, path=tmp_path / "a.parquet", name="a.parquet")))
    assert [dict(i.cells) for i in items if isinstance(i, RawRecord)] == cells
