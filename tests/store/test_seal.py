"""The record of the test split's openings."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from luthier.errors import LuthierError
from luthier.store.seal import Opening, open_seal, openings

FIRST = Opening(when="2026-11-24T10:00:00+00:00", who="ada", cycle=1, evaluation="a1")


def test_openings_are_kept_in_order_and_only_ever_added(tmp_path: Path) -> None:
    second = dataclasses.replace(FIRST, who="Grüße, bob", evaluation="b2")
    assert openings(tmp_path) == []
    open_seal(tmp_path / "store", FIRST)
    before = (tmp_path / "store" / "seal.jsonl").read_bytes()
    open_seal(tmp_path / "store", second)
    assert openings(tmp_path / "store") == [FIRST, second]
    assert (tmp_path / "store" / "seal.jsonl").read_bytes().startswith(before)


def test_an_evaluation_that_goes_on_opens_nothing_new(tmp_path: Path) -> None:
    open_seal(tmp_path, FIRST)
    open_seal(tmp_path, dataclasses.replace(FIRST, when="2026-11-25T10:00:00+00:00"))
    assert openings(tmp_path) == [FIRST]


def test_a_line_that_is_no_opening_is_named(tmp_path: Path) -> None:
    open_seal(tmp_path, FIRST)
    with (tmp_path / "seal.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"when": "never"}\n')
    with pytest.raises(LuthierError, match=r"no opening") as error:
        openings(tmp_path)
    assert "line 2" in str(error.value)
