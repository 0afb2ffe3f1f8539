"""JSON Lines: each line is a row or a refusal that says why it is none."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luthier.config import Source
from luthier.sources.parsers.formats import parse
from luthier.sources.raw import RawRecord, SourceFile

if TYPE_CHECKING:
    from tests.sources.conftest import Desk

TEXTS = {"fields": {"text": "text"}}


def test_half_a_line_is_refused_and_the_rest_of_the_file_goes_on(desk: Desk) -> None:
    desk.write("a.jsonl", '{"text": "one"}\n{"text": "tw\n\n{"text": "three"}\r\n{"text": "four"}')
    raw, (refusal,) = desk.parse("a.jsonl", **TEXTS)
    assert [(r.row, r.cells["text"]) for r in raw] == [(1, "one"), (4, "three"), (5, "four")]
    assert (refusal.code, refusal.row) == ("jsonl.broken", 2)
    assert refusal.fix == 'Write one whole {"name": value} object on the line'


def test_a_line_that_stops_short_says_so(desk: Desk) -> None:
    desk.write("a.jsonl", '{"text": "one"}\n{"text": "two",\n')
    (refusal,) = desk.parse("a.jsonl", **TEXTS)[1]
    assert refusal.reason.startswith("the line ends in the middle of its JSON")


@pytest.mark.parametrize(
    ("line", "code", "reason"),
    [
        ('["text"]', "jsonl.not_object", "the line holds a list, not an object"),
        ('"text"', "jsonl.not_object", "the line holds a text, not an object"),
        ("null", "jsonl.not_object", "the line holds null, not an object"),
        ("12", "jsonl.not_object", "the line holds the value '12', not an object"),
        ('{"text": "a", "text": "b"}', "jsonl.broken", "the name 'text' stands in one object twice"),
        ('{"text": NaN}', "jsonl.broken", "NaN is no JSON number"),
        ("[" * 100_000, "jsonl.broken", "its values are nested too deeply"),
        ('{"text": "a"} {"text": "b"}', "jsonl.broken", "Extra data at character 15"),
        ('{"text": ' + "9" * 5000 + "}", "jsonl.broken", None),
    ],
)
def test_what_is_no_object_is_refused_by_its_line(desk: Desk, line: str, code: str, reason: str | None) -> None:
    desk.write("a.jsonl", '{"text": "one"}\n' + line + '\n{"text": "three"}\n')
    raw, (refusal,) = desk.parse("a.jsonl", **TEXTS)
    assert [r.row for r in raw] == [1, 3]
    assert (refusal.row, refusal.code) == (2, code)
    assert reason is None or refusal.reason == reason


def test_a_column_that_no_row_has_refuses_the_file_and_one_that_some_rows_lack_does_not(desk: Desk) -> None:
    desk.write_jsonl("a.jsonl", [{"text": "one"}, {"text": "two", "client": "c1"}])
    assert len(desk.parse("a.jsonl", fields={"text": "text", "group": "client"})[0]) == 2
    raw, (refusal,) = desk.parse("a.jsonl", fields={"text": "text", "group": "cliant"})
    assert raw == []
    assert (refusal.code, refusal.field) == ("column.missing", "cliant")
    assert refusal.fix == "Rename 'client', if that is the one, or set fields.group"


def test_documents_need_a_text_column(desk: Desk) -> None:
    desk.write_jsonl("a.jsonl", [{"text": "one"}])
    assert [r.code for r in desk.parse("a.jsonl")[1]] == ["text.unmapped"]


@pytest.mark.parametrize("content", ["", "\n \n", "\u2003\n"])
def test_an_empty_file_is_refused(desk: Desk, content: str) -> None:
    desk.write("a.jsonl", content)
    assert [r.code for r in desk.parse("a.jsonl", **TEXTS)[1]] == ["file.empty"]


def test_line_separators_inside_a_text_do_not_end_the_line(desk: Desk) -> None:
    desk.write("a.jsonl", '{"text": "one\u2028two\u0085three"}\n')
    assert [r.cells["text"] for r in desk.parse("a.jsonl", **TEXTS)[0]] == ["one\u2028two\u0085three"]


def test_a_line_of_200_megabytes_is_passed_over_in_bounded_memory(desk: Desk) -> None:
    with (desk.root / "a.jsonl").open("wb") as stream:
        stream.write(b'{"text": "first"}\n{"text": "')
        for _ in range(200):
            stream.write(b"x" * 10**6)
        stream.write(b'"}\n{"text": "last"}\n')
    tracemalloc.start()
    raw, refusals = desk.parse("a.jsonl", **TEXTS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (desk.root / "a.jsonl").unlink()  # pytest would keep it
    assert [(r.row, r.cells["text"]) for r in raw] == [(1, "first"), (3, "last")]
    assert [(r.row, r.code) for r in refusals] == [(2, "line.too_long")]
    assert peak < 64 * 2**20  # the bound is 16 MiB of text, held twice while it is joined; the line is 191 MiB


texts = st.text(st.characters(codec="utf-8"), max_size=20)
values = st.one_of(texts, st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.lists(texts, max_size=3))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.dictionaries(texts, values, max_size=4), min_size=1, max_size=6), plain=st.booleans())
def test_what_a_json_writer_wrote_is_read_back(tmp_path: Path, rows: list[dict[str, Any]], plain: bool) -> None:
    rows = [{**row, "text": "one"} for row in rows]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=plain) + "\n" for row in rows), encoding="utf-8", newline="")
    source = Source.model_validate({"name": "desk", "path": "a.jsonl", **TEXTS})
    items = list(parse(SourceFile(source=source, path=path, name="a.jsonl")))
    assert [dict(i.cells) for i in items if isinstance(i, RawRecord)] == rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=15), max_size=8))
def test_every_line_that_is_not_blank_is_a_row_or_a_refusal(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "one"}\n' + "\n".join(lines), encoding="utf-8", newline="")
    source = Source.model_validate({"name": "desk", "path": "a.jsonl", **TEXTS})
    items = list(parse(SourceFile(source=source, path=path, name="a.jsonl")))
    assert [i.row for i in items] == [1, *(n for n, line in enumerate(lines, start=2) if line.strip())]
