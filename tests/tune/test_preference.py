"""Preference tuning on a tiny model: margins rise, label heads stay, and a stopped run ends as if it had not been."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from miniature import two_task_config, two_task_examples
from safetensors.numpy import load_file

from luthier.config import Config
from luthier.errors import RefusedError, RequestError
from luthier.inference.merging import write_merged
from luthier.inference.systems.tuned import Tuned
from luthier.records import Example
from luthier.sources.pairs import read_pairs
from luthier.store.artefacts import Artefact, ArtefactStore
from luthier.tune import preference_training
from luthier.tune.preference import prefer
from luthier.tune.run import tune


@pytest.fixture(scope="module")
def supervised(
    tmp_path_factory: pytest.TempPathFactory, write_tiny_model: Callable[[Path], None]
) -> Callable[[Path, str], ArtefactStore]:
    """Copies a project that was tuned in the supervised way, once for each method."""
    made: dict[str, Path] = {}

    def copy(to: Path, method: str) -> ArtefactStore:
        if method not in made:
            made[method] = tmp_path_factory.mktemp("supervised")
            write_tiny_model(made[method] / "tiny")
            store = ArtefactStore(made[method] / ".luthier")
            with store.write("curate", "c", {"ingest": "i"}) as writer:
                writer.records("examples", Example, two_task_examples(24))
            tune(configured(method), made[method], store)
        shutil.copytree(made[method], to, dirs_exist_ok=True)
        write_corrections(to)
        return ArtefactStore(to / ".luthier")

    return copy


def configured(method: str = "lora", loss: str = "dpo") -> Config:
    section: dict[str, Any] = {
        "pairs": [
            {
                "name": "corrections",
                "path": "corrections.jsonl",
                "task": "sum",
                "fields": {"inputs": {"note": "note"}, "id": "id", "group": "client"},
            }
        ],
        "epochs": 4,
        "learning_rate": 3e-3,
        "batch_size": 4,
        "rows": 2,
        "method": loss,
    }
    rate = 1e-3 if method == "full" else 3e-3
    supervised_settings = {"method": method, "epochs": 3, "learning_rate": rate, "batch_size": 8}
    return two_task_config(**supervised_settings, label_head="always", preference=section)


def write_corrections(folder: Path) -> None:
    """A correction of each training and dev note, a row without a worse answer, and one whose answers are the same."""
    lines = []
    for example in two_task_examples(24):
        if example.task == "sum":
            row = {"id": example.id, "note": example.inputs["note"], "client": example.group}
            lines.append({**row, "chosen": "Cash and bonds.", "rejected": example.target.text})
    lines += [{**lines[0], "id": "x", "rejected": ""}, {**lines[0], "id": "y", "rejected": "Cash and bonds."}]
    (folder / "corrections.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")


def preferred(config: Config, root: Path, store: ArtefactStore) -> Artefact:
    read_pairs(config, root, store)
    return prefer(config, root, store, store.require("tune", ""))


@pytest.mark.parametrize(("loss", "method"), [("dpo", "lora"), ("kto", "lora"), ("dpo", "full")])
def test_margins_rise_and_label_heads_answer_as_before(
    tmp_path: Path, supervised: Callable[[Path, str], ArtefactStore], loss: str, method: str
) -> None:
    store = supervised(tmp_path, method)
    config = configured(method, loss)
    before = store.require("tune", "")
    artefact = preferred(config, tmp_path, store)
    said = artefact.json("preference")
    assert said["pairs"] == 18 and said["refused"] == {"pair.measured_group": 6} and said["unreadable"] == 2
    assert said["margin"]["after"] > said["margin"]["before"] + 1
    assert said["better_is_likelier"]["after"] > said["better_is_likelier"]["before"]
    assert store.require("tune", "").key == artefact.key != before.key
    assert artefact.manifest["made_from"]["supervised"] == before.key
    assert not any((store.root / "work").iterdir())

    dev = [e for e in two_task_examples(24) if e.split == "dev" and e.task == "colour"]
    old, new = (list(Tuned(config, tmp_path, one).answer(dev)) for one in (before, artefact))
    assert artefact.json("specialist")["tasks"]["colour"]["answered_by"] == "label_head"
    assert [dict(answer.scores) for answer in new] == [dict(answer.scores) for answer in old]
    assert _heads(artefact) == _heads(before)
    write_merged(artefact, tmp_path, tmp_path / "merged")
    assert not any("lora" in name for name in load_file(tmp_path / "merged" / "model.safetensors"))


def test_the_reference_is_the_supervised_adapter(
    tmp_path: Path, supervised: Callable[[Path, str], ArtefactStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRL's first margin is 0, since policy and reference are one; a reference without adapter would be elsewhere."""
    store = supervised(tmp_path, "lora")
    copies: list[dict[str, Any]] = []

    def remembering(module: Any) -> None:
        state = module.model.state_dict()
        copies.append({name: value.clone() for name, value in state.items() if ".ref." in name})
        forget(module)

    forget = preference_training.forget_reference
    monkeypatch.setattr("luthier.tune.preference.forget_reference", remembering)
    artefact = preferred(configured(), tmp_path, store)
    assert artefact.json("preference")["log"][0]["rewards/margins"] == pytest.approx(0, abs=1e-6)
    before = store.find("tune", artefact.manifest["made_from"]["supervised"])
    assert before is not None
    adapter = load_file(before.folder / "adapter" / "adapter_model.safetensors")
    held = {name.replace(".ref.", "."): value.numpy() for name, value in copies[0].items()}
    assert held.keys() == adapter.keys()
    assert all((held[name] == value).all() for name, value in adapter.items())


@pytest.mark.parametrize("loss", ["dpo", "kto"])
def test_a_run_that_was_stopped_ends_with_the_same_weights(
    tmp_path: Path, supervised: Callable[[Path, str], ArtefactStore], monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    config = configured(loss=loss)
    stores = [supervised(tmp_path / name, "lora") for name in ("a", "b")]
    living, calls = preference_training._train_only, iter(range(13))

    def stopping(*arguments: Any) -> None:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        living(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(preference_training, "_train_only", stopping)
        with pytest.raises(KeyboardInterrupt):
            preferred(config, tmp_path / "a", stores[0])
    resumed = preferred(config, tmp_path / "a", stores[0])
    whole = preferred(config, tmp_path / "b", stores[1])
    assert resumed.key == whole.key and _adapter(resumed) == _adapter(whole)
    supervised_key = whole.manifest["made_from"]["supervised"]
    before = stores[1].find("tune", supervised_key)
    assert before is not None and _adapter(before) != _adapter(whole)


def test_nothing_that_may_teach_is_refused_and_says_why(
    tmp_path: Path, supervised: Callable[[Path, str], ArtefactStore]
) -> None:
    store = supervised(tmp_path, "lora")
    lines = [json.loads(line) for line in (tmp_path / "corrections.jsonl").read_text().splitlines()]
    measured = [line for line in lines if line["client"] in ("3", "7")]
    (tmp_path / "corrections.jsonl").write_text("\n".join(map(json.dumps, measured)))
    with pytest.raises(RefusedError, match=r"no pair may teach: 2 \(their group is measured\)"):
        preferred(configured(), tmp_path, store)


def test_pairs_teach_nothing_that_curation_masks(
    tmp_path: Path, supervised: Callable[[Path, str], ArtefactStore]
) -> None:
    store = supervised(tmp_path, "lora")
    plain = configured().model_dump(exclude_unset=True)
    config = Config.model_validate({**plain, "curate": {"privacy": {"email": "mask"}}})
    with pytest.raises(RefusedError, match="pairs are not curated"):
        preferred(config, tmp_path, store)


def test_without_trl_the_extra_is_named(
    tmp_path: Path, supervised: Callable[[Path, str], ArtefactStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "trl" else found(name, *a))
    monkeypatch.delitem(sys.modules, "trl", raising=False)
    with pytest.raises(RequestError, match=r"needs TRL.*pip install 'luthier\[preference\]'"):
        preferred(configured(), tmp_path, supervised(tmp_path, "lora"))


def _adapter(artefact: Artefact) -> dict[str, bytes]:
    held = load_file(artefact.folder / "adapter" / "adapter_model.safetensors")
    return {name: array.tobytes() for name, array in held.items()}


def _heads(artefact: Artefact) -> dict[str, bytes]:
    held = load_file(artefact.folder / "label_heads.safetensors")
    return {name: array.tobytes() for name, array in held.items()}
