"""Tables of better and worse answers become pairs; what is none is refused by row and counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from luthier.config import Config
from luthier.errors import RequestError
from luthier.records import Pair, Refusal, Target
from luthier.sources.pairs import read_pairs
from luthier.store.artefacts import Artefact, ArtefactStore

FIELDS = {"inputs": {"note": "note"}, "chosen": "better", "rejected": "worse", "id": "id", "group": "client"}


def configured(**source: Any) -> Config:
    pairs = {"name": "corrections", "path": "c.*", "task": "sum", "fields": FIELDS, **source}
    return Config.model_validate(
        {
            "name": "x",
            "tasks": {
                "sum": {"kind": "generate", "instruction": "Sum up.", "inputs": {"note": ""}},
                "flags": {
                    "kind": "classify",
                    "instruction": "Flag.",
                    "inputs": {"note": ""},
                    "labels": {"red": "", "blue": ""},
                    "multi_label": True,
                },
            },
            "sources": [],
            "tune": {"preference": {"pairs": [pairs]}},
        }
    )


def read(config: Config, folder: Path) -> Artefact:
    artefact = read_pairs(config, folder, ArtefactStore(folder / ".luthier"))
    assert artefact is not None
    return artefact


def write(folder: Path, *rows: dict[str, Any]) -> None:
    (folder / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


ROW = {"id": "1", "note": "A note.", "better": "Good.", "worse": "Bad.", "client": "C1"}


def test_a_row_is_a_pair_with_its_place(tmp_path: Path) -> None:
    write(tmp_path, ROW)
    (pair,) = read(configured(), tmp_path).records("pairs", Pair)
    assert pair == Pair(
        id="corrections:1",
        task="sum",
        inputs={"note": "A note."},
        chosen=Target(text="Good."),
        rejected=Target(text="Bad."),
        source=pair.source,
        group="C1",
    )
    assert str(pair.source) == "c.jsonl, row 1"


def test_what_is_no_pair_is_refused_with_its_reason(tmp_path: Path) -> None:
    write(
        tmp_path,
        ROW,
        {**ROW, "id": "2", "worse": ""},
        {**ROW, "id": "3", "worse": "Good."},
        {**ROW, "id": "4", "better": " "},
        {**ROW, "id": "1"},
    )
    artefact = read(configured(), tmp_path)
    codes = {(refusal.row, refusal.code) for refusal in artefact.records("refusals", Refusal)}
    assert codes == {(2, "rejected.missing"), (3, "pair.same"), (4, "target.missing"), (5, "id.repeated")}
    assert artefact.json("summary") == {
        "read": 5,
        "pairs": 1,
        "refused": 4,
        "reasons": {"id.repeated": 1, "pair.same": 1, "rejected.missing": 1, "target.missing": 1},
    }


def test_labels_are_read_on_both_sides(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("note,better,worse\nn,red;blue,red\nn,none,green\n")
    fields = {"inputs": {"note": "note"}, "chosen": "better", "rejected": "worse"}
    artefact = read(configured(task="flags", fields=fields), tmp_path)
    (pair,) = artefact.records("pairs", Pair)
    assert pair.chosen.labels == ("red", "blue") and pair.rejected.labels == ("red",)
    assert pair.group is None, "nobody said whose it is"
    assert [refusal.code for refusal in artefact.records("refusals", Refusal)] == ["label.unknown"]


def test_the_same_file_is_not_read_again_and_another_is(tmp_path: Path) -> None:
    write(tmp_path, ROW)
    first = read(configured(), tmp_path)
    assert read(configured(), tmp_path).manifest["created"] == first.manifest["created"]
    write(tmp_path, ROW, {**ROW, "id": "2"})
    assert read(configured(), tmp_path).key != first.key


def test_mistakes_of_the_settings_are_said(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"c\.\*"):
        read(configured(), tmp_path)
    with pytest.raises(ValueError, match=r"tune.preference.pairs.0.task names no task: 'sums'"):
        configured(task="sums")
    with pytest.raises(ValueError, match="name at least one source of pairs"):
        Config.model_validate({**configured().model_dump(exclude_unset=True), "tune": {"preference": {"pairs": []}}})
    assert (
        read_pairs(Config.model_validate({"name": "x", "tasks": {}, "sources": []}), tmp_path, ArtefactStore(tmp_path))
        is None
    )
