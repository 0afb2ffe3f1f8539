"""`luthier export`: a specialist leaves its project whole, or the command says why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from transformers import set_seed

from luthier import base_models
from luthier.cli import run
from luthier.config import Config
from luthier.inference.specialist import SpecialistCard, TaskAnswer
from luthier.project import Project
from luthier.tasks import build
from luthier.tune.adapters import adapted
from luthier.tune.settings import resolve

SETTINGS = {
    "name": "Miniature",
    "base_model": "tiny",
    "tasks": {"sum": {"kind": "generate", "instruction": "Sum it up.", "inputs": {"note": "Note"}}},
    "sources": [],
}


@pytest.fixture
def project(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> Path:
    write_tiny_model(tmp_path / "tiny")
    (tmp_path / "luthier.yaml").write_text(yaml.safe_dump(SETTINGS))
    return tmp_path


def _tuned(folder: Path) -> None:
    """A specialist as `luthier tune` leaves one, without the training."""
    config = Config.model_validate(SETTINGS)
    base = base_models.resolve("tiny", root=folder)
    settings = resolve(config, base)[0]
    set_seed(0)
    module = adapted(base, build(config), settings)
    card = SpecialistCard(
        base_model="tiny",
        fingerprint=base.fingerprint,
        method="lora",
        precision=settings.precision,
        max_tokens=settings.max_tokens,
        head_layers=module.head_layers,
        tasks={"sum": TaskAnswer("generated")},
    )
    with Project(folder).store.write("tune", "k", {"tasks": {}}) as writer:
        module.save(writer.folder)
        writer.json("specialist", card.plain())


def test_a_specialist_is_written_to_the_folder_that_was_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _tuned(project)
    out = project / "out"
    capsys.readouterr()
    assert run(["export", "--project", str(project), "--merged", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "folder": str(out),
        "base_model": "tiny",
        "method": "lora",
        "precision": json.loads((out / "specialist.json").read_text())["precision"],
    }
    assert {"config.json", "model.safetensors", "tokenizer.json", "label_heads.safetensors"} <= {
        path.name for path in out.iterdir()
    }


def test_without_a_specialist_the_command_names_the_one_that_makes_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", "--project", str(project), "--merged", str(project / "out")]) == 1
    assert "Run `luthier tune` first" in capsys.readouterr().err
    assert not (project / "out").exists()
