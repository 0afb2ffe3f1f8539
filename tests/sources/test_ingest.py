"""The stage: real files in, tables and a reconciled summary out."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from luthier.errors import LuthierError, RequestError
from luthier.records import Document, Example, Provenance, Refusal
from luthier.sources import ingest as stage
from luthier.sources.ingest import ingest, reconcile
from luthier.store.artefacts import ArtefactStore

if TYPE_CHECKING:
    from tests.sources.conftest import Desk

FIELDS = {"inputs": {"note": "text"}, "target": "label", "group": "client"}
INTENT = {"name": "messages", "task": "intent", "fields": FIELDS}
ROWS = [
    {"text": "Where is my card?", "label": "card_arrival", "client": "C1"},
    {"text": "I lost it, sorry;\nwhat now?", "label": "lost_card", "client": "C2"},
    {"text": "Is it free?", "label": "fees; charges", "client": "C1"},
    {"text": "Which label?", "label": "card_arival", "client": "C3"},
    {"text": "", "label": "lost_card", "client": "C4"},
    {"text": "No label", "label": "", "client": "C5"},
]


def write_table(desk: Desk, name: str, rows: list[dict[str, Any]]) -> None:
    if name.endswith(".csv"):
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        desk.write(name, buffer.getvalue())
    elif name.endswith(".jsonl"):
        desk.write_jsonl(name, rows)
    else:
        (desk.root / name).parent.mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), desk.root / name)


@pytest.mark.parametrize("name", ["data.csv", "data.jsonl", "data.parquet"])
def test_every_row_of_a_table_is_an_example_or_a_refusal(desk: Desk, name: str) -> None:
    write_table(desk, name, ROWS)
    outcome = desk.ingest({**INTENT, "path": name})
    assert [e.inputs["note"] for e in outcome.examples] == [row["text"] for row in ROWS[:3]]
    assert [e.target.labels for e in outcome.examples] == [("card_arrival",), ("lost_card",), ("fees; charges",)]
    assert [e.group for e in outcome.examples] == ["C1", "C2", "C1"]
    assert [e.source for e in outcome.examples] == [Provenance(source="messages", file=name, row=n) for n in (1, 2, 3)]
    assert all(e.split is None and e.id.startswith("messages:") for e in outcome.examples)
    assert [(r.row, r.code, r.field) for r in outcome.refusals] == [
        (4, "label.unknown", "label"),
        (5, "input.empty", "text"),
        (6, "target.missing", "label"),
    ]
    counts = {
        "files": 1,
        "read": 6,
        "documents": 0,
        "examples": 3,
        "refused": 3,
        "reasons": {"input.empty": 1, "label.unknown": 1, "target.missing": 1},
    }
    assert outcome.summary == {"sources": [{"name": "messages", **counts}], "totals": counts}


def fill_with_documents(desk: Desk) -> None:
    """One good file of each format, and one bad one."""
    word, buffer = docx.Document(), io.BytesIO()
    word.add_paragraph("Word text")
    word.save(buffer)
    (desk.root / "docs").mkdir()
    canvas = Canvas(str(desk.root / "docs/f.pdf"))
    canvas.drawString(72, 700, "PDF text")
    canvas.save()
    desk.write("docs/a.csv", "Product;Value\nBond;12\n")
    desk.write("docs/b.txt", "Plain text")
    desk.write("docs/c.md", "---\ntitle: Mark\neffective_date: 2026-01-31\n---\nMarkdown text")
    desk.write("docs/d.html", "<title>Page</title><p>HTML text</p>")
    desk.write("docs/e.docx", buffer.getvalue())
    pq.write_table(pa.table({"text": ["Parquet text"]}), desk.root / "docs/g.parquet")
    desk.write("docs/h.jsonl", '{"text": "JSON text"}\n')
    for name in ("a.csv", "b.txt", "c.md", "d.html", "e.docx", "f.pdf", "g.parquet", "h.jsonl"):
        desk.write(f"docs/bad/{name}", b"\xff\xfe\x00broken")


def test_every_format_becomes_documents_and_every_bad_file_a_refusal(desk: Desk) -> None:
    fill_with_documents(desk)
    tables = ("**/*.csv", "**/*.parquet", "**/*.jsonl")
    files = [{"name": ending, "path": f"docs/**/*.{ending}"} for ending in ("txt", "md", "html", "docx", "pdf")]
    sources = [
        {"name": "statements", "path": f"docs/{tables[0]}"},
        *(
            {"name": f"table{n}", "path": f"docs/{path}", "fields": {"text": "text"}}
            for n, path in enumerate(tables[1:])
        ),
        *files,
    ]
    outcome = desk.ingest(*sources)
    assert {d.source.file: d.text for d in outcome.documents} == {
        "docs/a.csv": "Product | Value\nBond | 12",
        "docs/b.txt": "Plain text",
        "docs/c.md": "Markdown text",
        "docs/d.html": "HTML text",
        "docs/e.docx": "Word text",
        "docs/f.pdf": "PDF text",
        "docs/g.parquet": "Parquet text",
        "docs/h.jsonl": "JSON text",
    }
    assert [d.source.row for d in outcome.documents if d.source.row] == [1, 1]
    assert len(outcome.refusals) == 8
    assert len({r.file for r in outcome.refusals}) == 8
    assert all(r.fix for r in outcome.refusals)
    for source in outcome.summary["sources"]:
        assert (source["files"], source["documents"], source["refused"]) == (2, 1, 1)
    assert outcome.summary["totals"]["documents"] == outcome.summary["totals"]["refused"] == 8


def test_documents_and_examples_come_side_by_side_and_refusals_are_counted_by_source(desk: Desk) -> None:
    write_table(desk, "data.csv", ROWS)
    desk.write("docs/a.txt", "A document")
    desk.write("docs/b.bin", "What is this?")
    outcome = desk.ingest({**INTENT, "path": "data.csv"}, {"name": "docs", "path": "docs"})
    assert (len(outcome.documents), len(outcome.examples), len(outcome.refusals)) == (1, 3, 4)
    assert outcome.summary["sources"][1]["reasons"] == {"format.unknown": 1}
    for name in ("files", "documents", "examples", "refused"):
        assert outcome.summary["totals"][name] == sum(source[name] for source in outcome.summary["sources"])


def test_a_finished_artefact_is_not_made_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    write_table(desk, "data.csv", ROWS)
    first = desk.ingest({**INTENT, "path": "data.csv"})
    monkeypatch.setattr(stage, "parse", lambda file: pytest.fail("the file was read again"))
    assert desk.ingest({**INTENT, "path": "data.csv"}).artefact == first.artefact
    os.utime(desk.root / "data.csv", (0, 0))  # content counts, not time
    assert desk.ingest({**INTENT, "path": "data.csv", "split": "test"}).artefact == first.artefact


def test_an_older_artefact_becomes_the_newest_again(desk: Desk) -> None:
    write_table(desk, "data.csv", ROWS)
    first = desk.ingest({**INTENT, "path": "data.csv"}).artefact
    second = desk.ingest({**INTENT, "path": "data.csv", "origin": "gold"}).artefact
    assert desk.store.current("ingest") == second
    desk.ingest({**INTENT, "path": "data.csv"})
    assert desk.store.current("ingest") == first


def test_the_key_follows_content_mapping_and_labels_and_not_the_instruction(desk: Desk) -> None:
    def key(
        instruction: str = "Name it.", labels: tuple[str, ...] = ("card_arrival", "lost_card"), **source: Any
    ) -> str:
        task = {
            "kind": "classify",
            "instruction": instruction,
            "inputs": {"note": ""},
            "labels": dict.fromkeys(labels, ""),
        }
        return desk.ingest({**INTENT, "path": "data.csv", **source}, tasks={"intent": task}).artefact.key

    write_table(desk, "data.csv", ROWS)
    first = key()
    assert key(instruction="Say which.") == first
    assert key(labels=("card_arrival",)) != first
    assert key(fields={**FIELDS, "group": None}) != first
    write_table(desk, "data.csv", ROWS[:2])
    assert key() != first


def test_a_source_that_matches_nothing_stops_before_anything_is_written(desk: Desk) -> None:
    write_table(desk, "data.csv", ROWS)
    with pytest.raises(RequestError) as raised:
        desk.ingest({**INTENT, "path": "data.csv"}, {"name": "docs", "path": "documents"})
    assert "'docs'" in str(raised.value) and "'documents'" in str(raised.value)
    assert desk.store.current("ingest") is None


def test_an_encoding_nobody_knows_is_an_error_of_the_request(desk: Desk) -> None:
    write_table(desk, "data.csv", ROWS)
    for name in ("utf-88", "base64"):
        with pytest.raises(RequestError, match=name):
            desk.ingest({**INTENT, "path": "data.csv", "encoding": name})


def test_when_everything_is_refused_the_stage_fails_and_says_the_first_reason(desk: Desk) -> None:
    write_table(desk, "data.csv", ROWS[3:])
    desk.write("docs/a.bin", "?")
    with pytest.raises(LuthierError) as raised:
        desk.ingest({**INTENT, "path": "data.csv"}, {"name": "docs", "path": "docs"})
    assert raised.value.exit_code == 1
    assert "every file and row of every source was refused" in str(raised.value)
    for code in ("1 format.unknown", "1 label.unknown", "1 input.empty", "1 target.missing"):
        assert code in str(raised.value)
    assert desk.store.current("ingest") is None
    assert not list((desk.root / ".luthier" / "artefacts" / "ingest").iterdir())


def test_a_file_that_changes_while_it_is_read_stops_the_stage(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    write_table(desk, "data.jsonl", ROWS)
    parse = stage.parse

    def growing(file: Any) -> Any:
        yield from parse(file)
        with file.path.open("a") as stream:
            stream.write("{}\n")

    monkeypatch.setattr(stage, "parse", growing)
    with pytest.raises(LuthierError, match="changed while it was read"):
        desk.ingest({**INTENT, "path": "data.jsonl"})


def test_repeated_ids_are_looked_for_in_the_whole_source_and_not_beyond(desk: Desk) -> None:
    row = {"n": "1", "text": "Where?", "label": "lost_card"}
    for name in ("a/1.jsonl", "a/2.jsonl", "b/1.jsonl"):
        desk.write_jsonl(name, [row])
    fields = {"id": "n", "inputs": {"note": "text"}, "target": "label"}
    outcome = desk.ingest(
        {"name": "first", "path": "a", "task": "intent", "fields": fields},
        {"name": "second", "path": "b", "task": "intent", "fields": fields},
    )
    assert [e.id for e in outcome.examples] == ["first:1", "second:1"]
    (refusal,) = outcome.refusals
    assert (refusal.code, refusal.file) == ("id.repeated", "a/2.jsonl")
    assert "a/2.jsonl, row 1" in refusal.reason and "a/1.jsonl, row 1" in refusal.reason


def test_what_cannot_be_stored_is_refused_and_its_refusal_can_be(desk: Desk) -> None:
    lines = ['{"text": "ok"}', '{"text": "half \\ud800"}', '{"te\\ud800xt": "ok"}', '{"text": "nul \\u0000"}']
    desk.write("a.jsonl", "\n".join(lines))
    outcome = desk.ingest({"name": "docs", "path": "a.jsonl", "fields": {"text": "text"}})
    assert [d.text for d in outcome.documents] == ["ok"]
    assert [r.code for r in outcome.refusals] == ["text.surrogate", "column.missing", "text.nul"]
    assert "te\\ud800xt" in (outcome.refusals[1].fix or "")


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8) | st.none()
labels = st.sampled_from(["card_arrival", "lost_card", "", "nonsense"]) | cells
table_rows = st.lists(st.fixed_dictionaries({"text": cells, "label": labels, "client": cells}), min_size=1, max_size=6)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=table_rows)
def test_rows_in_are_records_and_refusals_whatever_the_rows(tmp_path_factory: Any, rows: list[dict[str, Any]]) -> None:
    root: Path = tmp_path_factory.mktemp("project")
    good = {"text": "Where?", "label": "lost_card", "client": "C1"}
    with (root / "a.jsonl").open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in [good, *rows])
    pq.write_table(pa.Table.from_pylist([good, *rows]), root / "a.parquet")
    with (root / "a.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(good), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows([good, *rows])
    kept: dict[str, list[str]] = {}
    for ending in ("jsonl", "parquet", "csv"):
        config = _config(f"a.{ending}")
        artefact = ingest(config, root, ArtefactStore(root / f".{ending}"))
        examples = list(artefact.records("examples", Example))
        refusals = list(artefact.records("refusals", Refusal))
        assert not list(artefact.records("documents", Document))
        # A CSV row whose cells are all empty holds nothing and is no row.
        written = [row for row in rows if ending != "csv" or any(row.values())]
        assert len(examples) + len(refusals) == 1 + len(written)
        assert [*sorted({e.source.row or 0 for e in examples} | {r.row or 0 for r in refusals})] == [
            1, *(n for n, row in enumerate(rows, start=2) if row in written)
        ]  # fmt: skip
        kept[ending] = [e.inputs["note"] for e in examples]
    assert kept["jsonl"] == kept["parquet"] == kept["csv"]


def _config(path: str) -> Any:
    from luthier.config import Config

    task = {
        "kind": "classify",
        "instruction": "",
        "inputs": {"note": ""},
        "labels": {"card_arrival": "", "lost_card": ""},
    }
    return Config.model_validate({"name": "Desk", "tasks": {"intent": task}, "sources": [{**INTENT, "path": path}]})


def test_what_was_read_must_be_what_the_tables_hold() -> None:
    reconcile(6, 0, 3, 3)
    with pytest.raises(LuthierError, match="6 records were read, but 0 documents, 2 examples and 3 refusals make 5"):
        reconcile(6, 0, 2, 3)
