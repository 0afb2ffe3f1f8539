"""The page on sweeps and learning curves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from page_reading import Page
from report_project import Project

from luthier.errors import LuthierError
from luthier.report.tuning_page import as_yaml, write_tuning_page
from luthier.store.artefacts import ArtefactStore


def trial(number: int, figure: float | None, state: str = "finished", **settings: Any) -> dict[str, Any]:
    by_task = {"summary": figure, "risk": figure} if figure is not None else {}
    return {"number": number, "state": state, "settings": settings, "figure": figure, "by_task": by_task}


def swept(store: ArtefactStore) -> None:
    trials = [
        trial(0, 0.5),
        trial(1, 0.61, **{"learning_rate": 4.4444e-4, "lora.rank": 8}),
        trial(2, 0.2, "stopped early", **{"learning_rate": 1e-2, "lora.rank": 16}),
        trial(3, None, "failed", **{"learning_rate": 1.0, "lora.rank": 16}),
    ]
    for row in trials:
        row |= {"seconds": 90.0, "why": "<b>because</b>" if row["state"] != "finished" else ""}
    space = {"learning_rate": {"low": 1e-4, "high": 1.0, "scale": "log"}, "lora.rank": {"among": [8, 16]}}
    found = {"trials": trials, "space": space, "best": 1, "importance": {}, "share": 0.5, "seconds": 360.0}
    with store.write("sweep", "s", {}) as writer:
        writer.json("sweep", found)


def learnt(store: ArtefactStore) -> None:
    def ends(value: float) -> dict[str, float | None]:
        return {"value": value, "low": value - 0.05, "high": value + 0.05}

    points = [
        {"share": share, "draw": 0, "examples": n, "figure": ends(figure)}
        for share, n, figure in ((0.1, 100, 0.4), (0.5, 500, 0.6), (1.0, 1000, 0.65))
    ]
    forecast = [
        {"multiple": 2.0, "examples": 2000, "figure": ends(0.69), "gain": {"value": 0.04, "low": 0.01, "high": 0.06}}
    ]
    curve = {"metric": "rougeL", "points": points, "law": {"a": 0.2, "b": 2.0, "c": 0.35}, "forecast": forecast}
    with store.write("learning_curve", "c", {}) as writer:
        writer.json("learning_curve", {"summary": curve})


def test_it_names_the_best_settings_and_what_more_data_would_bring(project: Project, tmp_path: Path) -> None:
    store = ArtefactStore(tmp_path / ".luthier")
    swept(store)
    learnt(store)
    text = write_tuning_page(project.config(), tmp_path, store).read_text(encoding="utf-8")
    assert "4 trials took 6 min 00 s, each tuned on 50% of the training examples" in text
    assert "learning_rate: 0.000444" in text and "rank: 8" in text
    assert "2 times the data (2,000 training examples) is expected to give" in text and "+0.040" in text
    assert "<b>because" not in text  # every text is escaped
    drawn = {str(canvas["data-plot"]) for canvas in Page(text).all("div", class_="canvas")}
    assert drawn == {"plot-sweep-trials", "plot-sweep-learning_rate", "plot-sweep-lora-rank", "plot-learning-summary"}


def test_either_alone_is_shown_and_neither_is_said(project: Project, tmp_path: Path) -> None:
    store = ArtefactStore(tmp_path / ".luthier")
    with pytest.raises(LuthierError, match="neither a sweep nor a learning curve"):
        write_tuning_page(project.config(), tmp_path, store)
    learnt(store)
    text = write_tuning_page(project.config(), tmp_path, store).read_text(encoding="utf-8")
    assert 'id="curve"' in text and 'id="sweep"' not in text


def test_dotted_settings_are_written_as_the_file_has_them() -> None:
    assert as_yaml({}) == ""
    assert as_yaml({"lora.rank": 8, "learning_rate": 0.00044444, "lora.alpha": 16}) == (
        "tune:\n  lora:\n    rank: 8\n    alpha: 16\n  learning_rate: 0.000444\n"
    )
