"""What was made is found again, and nothing half-made is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from luthier.store.artefacts import ArtefactStore, ArtefactWriter


def test_what_was_made_before_is_not_filled_again_and_becomes_current(tmp_path: Path) -> None:
    store, filled = ArtefactStore(tmp_path), []

    def fill(writer: ArtefactWriter) -> None:
        filled.append(writer.folder)
        writer.json("figure", len(filled))

    one = store.find_or_write("count", "k1", {}, fill)
    store.find_or_write("count", "k2", {}, fill)
    again = store.find_or_write("count", "k1", {}, fill)
    assert (again, again.json("figure"), len(filled)) == (one, 1, 2)
    assert store.current("count") == one
    store.find_or_write("count", "k2", {}, fill, current=False)
    assert store.current("count") == one


def test_an_artefact_that_fails_half_way_is_not_there(tmp_path: Path) -> None:
    store = ArtefactStore(tmp_path)

    def fill(writer: ArtefactWriter) -> None:
        writer.json("figure", 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.find_or_write("count", "k1", {}, fill)
    assert store.current("count") is None and store.keys("count") == set()
    assert list((tmp_path / "artefacts" / "count").iterdir()) == []


def test_what_a_killed_writer_left_goes_a_day_later(tmp_path: Path) -> None:
    stage = tmp_path / "artefacts" / "count"
    for name, age in ((".k1-old", 90_000), (".k2-new", 10)):
        (stage / name).mkdir(parents=True)
        (stage / name / "half.parquet").write_bytes(b"half")
        for path in (stage / name / "half.parquet", stage / name):
            os.utime(path, (time.time() - age,) * 2)
    ArtefactStore(tmp_path).find_or_write("count", "k3", {}, lambda writer: writer.json("figure", 1))
    assert sorted(path.name for path in stage.iterdir()) == [".k2-new", "k3"]
