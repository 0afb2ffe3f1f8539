"""A run that has not ended, on the page on tuning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_project import Project

from luthier.errors import LuthierError
from luthier.report.tuning_page import write_tuning_page
from luthier.report.under_way import under_way
from luthier.store.artefacts import ArtefactStore
from luthier.store.live_log import append_live


def step(number: int, loss: float) -> dict[str, Any]:
    rates = {"tokens_per_second": 1234.5, "target_tokens_per_second": 98.7}
    return {"step": number, "steps": 40, "loss": loss, "seconds_left": 125.0, "seconds": 3.0, "epoch": 0.5, **rates}


def test_the_page_shows_how_far_the_run_is_and_what_it_went_through(project: Project, tmp_path: Path) -> None:
    store = ArtefactStore(tmp_path / ".luthier")
    folder = store.work_folder("tune", "k")
    append_live(folder, step(5, 2.5))
    append_live(folder, {"event": "memory", "step": 7, "row_tokens": 512, "recompute": False, "said": "CUDA"})
    append_live(folder, {"event": "rollback", "steps": [8], "why": "the loss is nan", "back_to": 5})
    append_live(folder, step(10, 1.25))
    append_live(folder, {"step": 10, "steps": 40, "seconds_left": 120.0, "dev": {"summary": {"rougeL": 0.4}}})
    text = write_tuning_page(project.config(), tmp_path, store).read_text(encoding="utf-8")
    assert "Step 10 of 40: loss 1.250, 1,234 tokens a second, of which 99 are learned, 2 min 05 s left." in text
    assert "Out of memory at step 7: rows of 512 tokens at most since." in text
    assert "The loss is nan at step 8: back to step 5, without 8." in text


def test_its_curve_has_the_loss_and_dev(tmp_path: Path) -> None:
    lines = [step(5, 2.5) | {"written": "t"}, {"step": 5, "dev": {"a": {"rougeL": 0.4}}, "written": "t"}]
    found = under_way(lines)
    assert found is not None
    loss, dev = found.curve.figure["data"]
    assert (loss["x"], loss["y"]) == ([5], [2.5]) and (dev["x"], dev["y"]) == ([5], [0.4])


def test_without_a_step_there_is_nothing_to_show(project: Project, tmp_path: Path) -> None:
    assert under_way([]) is None
    with pytest.raises(LuthierError, match="no tuning under way"):
        write_tuning_page(project.config(), tmp_path, ArtefactStore(tmp_path / ".luthier"))
