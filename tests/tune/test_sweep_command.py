"""`luthier sweep` and `luthier learning-curve` as a person and as a script meet them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from miniature import two_task_config, two_task_examples

from luthier import cli
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore


@pytest.fixture
def project(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> Path:
    write_tiny_model(tmp_path / "tiny")
    with ArtefactStore(tmp_path / ".luthier").write("curate", "x", {}) as writer:
        writer.records("examples", Example, two_task_examples(40))
    settings = two_task_config(epochs=1, learning_rate=1e-3, label_head="always").model_dump(exclude_unset=True)
    settings["sweep"] = {"search": {"lora.rank": {"among": [2, 4]}}, "trials": 5}
    settings["learning_curve"] = {"shares": [0.3, 0.6, 1.0]}
    (tmp_path / "luthier.yaml").write_text(yaml.safe_dump(settings))
    return tmp_path


def test_a_sweep_says_what_it_found_and_where_it_is_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["sweep", "--project", str(project), "--trials", "2"]) == 0
    out = capsys.readouterr().out
    assert "2 trials in" in out and "the settings as they are:" in out
    page = project / "report" / "tuning.html"
    assert out.splitlines()[-1] == str(page) and "Trials, the best first" in page.read_text(encoding="utf-8")
    assert cli.run(["sweep", "--project", str(project), "--trials", "3", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["trials"]) == 3  # it goes on


def test_a_learning_curve_shows_points_and_forecast(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["learning-curve", "--project", str(project), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [point["examples"] for point in found["tasks"]["sum"]["points"]] == [9, 18, 30]
    assert [row["examples"] for row in found["tasks"]["sum"]["forecast"]] == [60, 120]
    assert "What more data would bring" in Path(found["report"]).read_text(encoding="utf-8")


def test_a_setting_that_does_not_exist_exits_2_with_the_nearest(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "luthier.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("lora.rank", "lora.rang"), encoding="utf-8")
    assert cli.run(["sweep", "--project", str(project)]) == 2
    assert "did you mean lora.rank?" in capsys.readouterr().err
