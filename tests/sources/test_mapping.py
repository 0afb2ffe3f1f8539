"""A raw record becomes a document or an example, or is refused for its first fault."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from luthier.config import Config
from luthier.errors import RequestError
from luthier.records import Document, Example, Provenance, Refusal, Target
from luthier.sources.mapping import RecordMapper
from luthier.sources.raw import RawRecord, SourceFile

TASKS: dict[str, Any] = {
    "summary": {"kind": "generate", "instruction": "", "inputs": {"note": "", "statement": ""}},
    "intent": {
        "kind": "classify",
        "instruction": "",
        "inputs": {"note": ""},
        "labels": {"card_arrival": "", "lost_card": "", "fees; charges": ""},
    },
    "open": {"kind": "classify", "instruction": "", "inputs": {"note": ""}},
    "risk": {
        "kind": "classify",
        "instruction": "",
        "inputs": {"note": ""},
        "multi_label": True,
        "labels": {"concentration": "", "missing_disclosure": ""},
    },
}


class Desk:
    """One source and its mapper."""

    def __init__(self, task: str | None, **fields: Any) -> None:
        described = {"name": "notes", "path": "x", "task": task, "fields": fields}
        config = Config.model_validate({"name": "Desk", "tasks": TASKS, "sources": [described]})
        self.source = config.sources[0]
        self.mapper = RecordMapper(self.source, config.tasks[task] if task else None)

    def map(self, cells: dict[str, object], row: int | None = 1, file: str = "notes/a.csv") -> Any:
        raw = RawRecord(cells=cells, media_type="text/csv" if row else "text/markdown", row=row)
        return self.mapper.record(raw, SourceFile(source=self.source, path=Path(file), name=file))


def labelled(value: object, task: str, **more: Any) -> tuple[str, ...] | Refusal:
    desk = Desk(task, inputs={"note": "text"}, target="label", **more)
    record = desk.map({"text": "Where is my card?", "label": value})
    return record if isinstance(record, Refusal) else record.target.labels


def test_every_field_of_an_example_comes_from_its_column() -> None:
    desk = Desk(
        "summary",
        inputs={"note": "memo", "statement": "holdings"},
        target="summary",
        alternatives=["second", "third"],
        id="number",
        group="client",
        family="form",
        profile={"segment": "seg", "region": "reg"},
    )
    cells = {
        "memo": " As written \n",
        "holdings": "",
        "summary": "Short.",
        "second": "Brief.",
        "third": "",
        "number": 17,
        "client": " C1 ",
        "form": "f2",
        "seg": "Private",
        "reg": None,
    }
    assert desk.map(cells, row=4) == Example(
        id="notes:17",
        task="summary",
        inputs={"note": " As written \n", "statement": ""},
        target=Target(text="Short."),
        source=Provenance(source="notes", file="notes/a.csv", row=4),
        group="C1",
        family="f2",
        alternatives=("Brief.",),
        profile={"segment": "Private"},
        origin="expert",
    )


def test_every_field_of_a_document_in_a_table_comes_from_its_column() -> None:
    desk = Desk(None, text="body", title="head", effective_date="from", expiry_date="to", group="client", family="fam")
    cells = {"body": "Text", "head": "Fees", "from": "2026-01-31", "to": "", "client": "C1", "fam": "fees"}
    document = desk.map(cells, row=2)
    assert document.source == Provenance(source="notes", file="notes/a.csv", row=2)
    assert (document.text, document.title, document.media_type) == ("Text", "Fees", "text/plain")
    assert (document.effective_date, document.expiry_date) == (dt.date(2026, 1, 31), None)
    assert (document.group, document.family) == ("C1", "fees")


def test_a_whole_file_takes_its_front_matter_and_needs_no_mapping() -> None:
    cells = {"text": "Body", "title": "Fees", "expiry_date": "2026-12-31", "group": "C1", "segment": "Retail"}
    document = Desk(None, profile={"segment": "segment", "region": "region"}).map(cells, row=None, file="fees.md")
    assert isinstance(document, Document)
    assert (document.title, document.group, document.family) == ("Fees", "C1", None)
    assert document.expiry_date == dt.date(2026, 12, 31)
    assert document.profile == {"segment": "Retail"}
    assert document.media_type == "text/markdown"


def test_a_whole_file_can_be_an_example_when_its_front_matter_holds_the_target() -> None:
    desk = Desk("intent", inputs={"note": "text"}, target="intent")
    example = desk.map({"text": "Where is my card?", "intent": "card_arrival"}, row=None)
    assert example.target == Target(labels=("card_arrival",))
    refusal = desk.map({"text": "Where is my card?"}, row=None, file="b.txt")
    assert (refusal.code, refusal.field) == ("column.missing", "intent")


def test_ids_begin_with_the_source_and_are_the_same_every_time() -> None:
    desk = Desk(None, text="t")
    first, second, other = desk.map({"t": "x"}, 1), desk.map({"t": "x"}, 2), desk.map({"t": "x"}, 1, "notes/b.csv")
    # sha256("notes/a.csv") begins with 544bc351a216, by `printf notes/a.csv | sha256sum`
    assert first.id == "notes:544bc351a216-1"
    assert second.id == "notes:544bc351a216-2"
    assert other.id != first.id
    assert desk.map({"text": "x"}, None, "notes/a.csv").id == "notes:544bc351a216"


def test_a_repeated_id_is_refused_with_both_places_and_a_refused_row_takes_no_id() -> None:
    desk = Desk(None, text="t", id="n")
    assert desk.map({"t": "", "n": "A-1"}, row=1).code == "text.empty"
    assert desk.map({"t": "x", "n": "A-1"}, row=2).id == "notes:A-1"
    refusal = desk.map({"t": "y", "n": "A-1"}, row=7, file="notes/b.csv")
    assert (refusal.code, refusal.row, refusal.field) == ("id.repeated", 7, "n")
    assert refusal.reason == "the id 'A-1' of notes/b.csv, row 7 was used before, in notes/a.csv, row 2"
    assert desk.map({"t": "x", "n": " "}, row=8).code == "id.missing"


def test_without_a_group_an_example_is_a_group_of_its_own() -> None:
    desk = Desk("intent", inputs={"note": "text"}, target="label", group="client")
    cells = {"text": "a", "label": "lost_card"}
    assert desk.map({**cells, "client": "C1"}).group == "C1"
    alone = desk.map({**cells, "client": ""})
    assert alone.group == alone.id


@pytest.mark.parametrize("value", [dt.date(2026, 3, 1), dt.datetime(2026, 3, 1), " 2026-03-01 "])
def test_dates_are_dates_midnights_or_iso_text(value: object) -> None:
    assert Desk(None, text="t", effective_date="d").map({"t": "x", "d": value}).effective_date == dt.date(2026, 3, 1)


@pytest.mark.parametrize(
    "value", ["2026-02-30", "01.03.2026", "20260301", "2026-W09-7", "2026-3-1", "2026-03-01T10:00", 20260301,
              dt.datetime(2026, 3, 1, 10), "２０２６-03-01"]
)  # fmt: skip
def test_any_other_date_refuses_the_row_with_the_fields_name(value: object) -> None:
    refusal = Desk(None, text="t", expiry_date="valid to").map({"t": "x", "valid to": value}, row=3)
    assert (refusal.code, refusal.field, refusal.row) == ("date.invalid", "valid to", 3)
    assert refusal.fix == "Write a date of the calendar as YYYY-MM-DD"


@pytest.mark.parametrize(
    ("value", "text"),
    [(12, "12"), (0.5, "0.5"), (True, "true"), (Decimal("1.20"), "1.20"), (dt.date(2026, 1, 2), "2026-01-02")],
)
def test_numbers_booleans_and_dates_are_read_as_text(value: object, text: str) -> None:
    assert Desk(None, text="t").map({"t": value}).text == text


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (["a"], "value.nested"),
        ({"a": "b"}, "value.nested"),
        (b"bytes", "value.nested"),
        ("a\0b", "text.nul"),
        ("a\ud800b", "text.surrogate"),
        (None, "text.empty"),
        (float("nan"), "text.empty"),
        (" \n", "text.empty"),
    ],
)
def test_what_is_no_text_refuses_the_row(value: object, code: str) -> None:
    refusal = Desk(None, text="t").map({"t": value}, row=5)
    assert (refusal.code, refusal.field, refusal.row) == (code, "t", 5)
    assert refusal.fix


def test_an_absent_column_is_named_with_the_nearest_key_of_the_row() -> None:
    refusal = Desk(None, text="text").map({"txt": "x"}, row=2)
    assert (refusal.code, refusal.field) == ("column.missing", "text")
    assert refusal.fix == "Rename 'txt', if that is the one, or write an empty value"


def test_one_empty_input_among_others_is_kept_and_only_empty_ones_are_refused() -> None:
    desk = Desk("summary", inputs={"note": "n", "statement": "s"}, target="t")
    assert desk.map({"n": "", "s": "x", "t": "y"}).inputs == {"note": "", "statement": "x"}
    assert desk.map({"n": " ", "s": None, "t": "y"}).code == "input.empty"


@pytest.mark.parametrize("value", [None, "", " \n"])
def test_a_missing_text_target_is_refused(value: object) -> None:
    refusal = Desk("summary", inputs={"note": "n", "statement": "s"}, target="t").map({"n": "x", "s": "", "t": value})
    assert (refusal.code, refusal.field) == ("target.missing", "t")


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        ("concentration", ("concentration",)),
        (" missing_disclosure ;concentration", ("missing_disclosure", "concentration")),
        ("concentration;;concentration", ("concentration",)),
        (["concentration", " missing_disclosure"], ("concentration", "missing_disclosure")),
        ("", ()),
        ("none", ()),
        ([], ()),
        (["none"], ()),
    ],
)
def test_a_cell_or_a_list_is_a_set_of_labels(value: object, labels: tuple[str, ...]) -> None:
    assert labelled(value, "risk") == labels


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "target.missing"),
        ("none;concentration", "label.contradiction"),
        ("concentraton", "label.unknown"),
        ("Concentration", "label.unknown"),  # kept as written: case counts
        (["concentration;missing_disclosure"], "label.unknown"),  # a list is not split again
        ([["concentration"]], "value.nested"),
    ],
)
def test_other_label_sets_are_refused(value: object, code: str) -> None:
    refusal = labelled(value, "risk")
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (code, "label")


def test_an_unknown_label_is_refused_with_the_nearest_valid_one() -> None:
    refusal = labelled("concentraton", "risk")
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "the task has no label 'concentraton'"
    assert refusal.fix == "Write 'concentration', if that is meant"
    far = labelled("zzzz", "risk")
    assert isinstance(far, Refusal)
    assert far.fix == "Write one of concentration, missing_disclosure"


def test_a_single_label_task_takes_exactly_one() -> None:
    assert labelled("lost_card", "intent") == ("lost_card",)
    assert labelled("fees; charges", "intent") == ("fees; charges",)  # a valid label may hold the separator
    codes = {str(value): labelled(value, "intent") for value in ("lost_card;card_arrival", "", [], None, "none")}
    assert {value: r.code if isinstance(r, Refusal) else r for value, r in codes.items()} == {
        "lost_card;card_arrival": "label.several",
        "": "target.missing",
        "[]": "target.missing",
        "None": "target.missing",
        "none": "label.unknown",
    }


def test_without_a_list_of_labels_each_is_taken_as_written() -> None:
    assert labelled("Whatever it says", "open") == ("Whatever it says",)
    assert labelled("a|b", "open", label_separator="|").code == "label.several"  # type: ignore[union-attr]
    assert labelled("a;b", "open", label_separator="|") == ("a;b",)
    assert labelled(11, "open") == ("11",)


@pytest.mark.parametrize(
    ("task", "fields", "said"),
    [
        ("intent", {"target": "l"}, "fields.inputs does not say which column is 'note'"),
        ("intent", {"inputs": {"note": "t"}}, "fields.target does not say"),
        ("intent", {"inputs": {"note": "t"}, "target": "l", "text": "t"}, "fields.text means nothing"),
        (None, {"text": "t", "target": "l"}, "fields.target means nothing"),
        (None, {"inputs": {"note": "t"}}, "fields.inputs means nothing"),
    ],
)
def test_fields_that_do_not_fit_the_task_are_errors_of_the_request(
    task: str | None, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(RequestError) as raised:
        Desk(task, **fields)
    assert said in str(raised.value) and "source 'notes'" in str(raised.value)


@pytest.mark.parametrize(
    ("value", "documents"),
    [
        ("Terms; Tariff ;;Terms", ("Terms", "Tariff")),
        (["a; b", "c"], ("a; b", "c")),
        ("", ()),
        (None, ()),
        (12, ("12",)),
    ],
)
def test_an_example_names_the_documents_it_rests_on(value: object, documents: tuple[str, ...]) -> None:
    desk = Desk("intent", inputs={"note": "text"}, target="label", documents="papers")
    assert desk.map({"text": "Where is it?", "label": "lost_card", "papers": value}).document_ids == documents


def test_a_document_names_no_documents() -> None:
    with pytest.raises(RequestError, match=r"fields\.documents means nothing"):
        Desk(None, text="text", documents="papers")
