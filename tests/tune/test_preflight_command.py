"""`luthier preflight` as a person and as a script meet it, and the preview of what is masked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from miniature import two_task_config, two_task_examples
from mistaken_runs import material

from luthier import cli
from luthier.chat_template import ChatTemplate
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore
from luthier.tune.batching import Item
from luthier.tune.preflight.preview import Preview, legend, previews, shown


@pytest.fixture
def project(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> Callable[..., Path]:
    def make(**tune: object) -> Path:
        write_tiny_model(tmp_path / "tiny")
        with ArtefactStore(tmp_path / ".luthier").write("curate", "x", {}) as writer:
            writer.records("examples", Example, two_task_examples(40))
        settings = two_task_config(**tune).model_dump(exclude_unset=True)
        (tmp_path / "luthier.yaml").write_text(yaml.safe_dump(settings))
        return tmp_path

    return make


def test_a_run_that_may_start_is_estimated(project: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(epochs=1)
    assert cli.run(["preflight", "--project", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["estimate"]["memory_bytes"] > 0 and found["estimate"]["steps"] > 0
    assert {check["state"] for check in found["checks"]} <= {"ok", "warn"}
    assert (Path(found["folder"]) / "preflight.json").is_file()
    assert not (folder / ".luthier" / "work").exists(), "nothing was trained"


def test_a_run_that_may_not_start_exits_1_with_the_fix(
    project: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project(epochs=1, learning_rate=0.5)
    assert cli.run(["preflight", "--project", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "refuse" in out and "Set tune.learning_rate between 0.0005 and 0.002" in out
    assert "tune.preflight.max_learning_rate_factor" in out and "Estimate" not in out
    assert "{taught, end of turn|<|im_end|>}" in out, "without a terminal the preview has marks"
    assert cli.run(["tune", "--project", str(folder)]) == 1
    assert "preflight, learning rate" in capsys.readouterr().err


def test_a_limit_that_somebody_raised_lets_the_run_pass(
    project: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project(epochs=1, learning_rate=0.5, preflight={"max_learning_rate_factor": 1000})
    assert cli.run(["preflight", "--project", str(folder), "--no-probe"]) == 0
    assert "warn" in capsys.readouterr().out


def test_a_preview_holds_every_token_once_and_says_what_is_taught(items: list[Item], template: ChatTemplate) -> None:
    labels = {"colour": ("red", "blue")}
    by_task = {preview.task: preview for preview in previews(items, template, labels)}
    for preview in by_task.values():
        item = next(item for item in items if item.example_id == preview.example_id)
        assert sum(piece.tokens for piece in preview.pieces) == len(item.prompt) + len(item.target)
        assert "".join(piece.text for piece in preview.pieces) == template.shown([*item.prompt, *item.target])
        taught = [piece for piece in preview.pieces if piece.kind in ("target", "end")]
        assert [piece.kind for piece in taught] == ["target", "end"] and taught[-1].text == "<|im_end|>"
        assert sum(piece.tokens for piece in taught) == len(item.target)
    assert by_task["sum"].labels is None and not {"read", "both"} & {piece.kind for piece in by_task["sum"].pieces}
    colour = by_task["colour"]
    item = next(item for item in items if item.example_id == colour.example_id)
    read = sum(piece.tokens for piece in colour.pieces if piece.kind in ("read", "both"))
    assert read == len(item.prompt) - item.own_from
    assert Preview.read(json.loads(json.dumps(colour.plain()))) == colour


def test_colour_says_the_same_as_marks(tiny_model: Path) -> None:
    for preview in shown(material(tiny_model)):
        coloured = preview.coloured()
        assert coloured.plain == "".join(piece.text for piece in preview.pieces)
        styles = {str(span.style) for span in coloured.spans}
        assert "bold green" in styles and any("dim" in style for style in styles)
        assert "{taught|" in preview.plain_text()
    assert "masked" in legend(colour=True).plain and "{taught|…}" in legend(colour=False).plain
