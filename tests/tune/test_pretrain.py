"""Pre-training on a tiny model: what it learns, leaves behind, and goes on from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from miniature import two_task_config, two_task_examples
from safetensors.numpy import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from luthier import base_models
from luthier.config import Config
from luthier.errors import LuthierError, RefusedError
from luthier.inference.systems.tuned import Tuned
from luthier.records import Document, Example, Finding, Provenance
from luthier.store.artefacts import Artefact, ArtefactStore
from luthier.tune import pretrain as stage
from luthier.tune.pretrain import base_so_far, pretrain
from luthier.tune.pretrain_training import PretrainTrainer
from luthier.tune.run import tune

FAST = {"epochs": 3, "learning_rate": 1e-2, "block_tokens": 64, "batch_blocks": 2}


def letters(count: int = 24) -> list[Document]:
    """Letters that resemble one another; the last four belong to clients who are measured on dev."""
    return [
        Document(
            id=f"letter:{n}",
            text=f"The note says red and blue things, and cash is {n % 10}%.",
            media_type="text/plain",
            source=Provenance(source="letters", file=f"{n}.txt"),
            group={count - 4: "3", count - 3: "7", count - 2: "11", count - 1: "15"}.get(n),
        )
        for n in range(count)
    ]


@pytest.fixture
def project(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> tuple[Path, ArtefactStore]:
    write_tiny_model(tmp_path / "tiny")
    store = ArtefactStore(tmp_path / ".luthier")
    curated(store, letters())
    return tmp_path, store


def curated(store: ArtefactStore, documents: list[Document]) -> None:
    with store.write("curate", f"c{len(documents)}", {}) as writer:
        writer.records("examples", Example, two_task_examples(24))
        writer.records("documents", Document, documents)
        writer.records("findings", Finding, [])


def configured(method: str, **more: object) -> Config:
    return two_task_config(epochs=1, pretrain={**FAST, "method": method, **more})


def done(config: Config, root: Path, store: ArtefactStore) -> Artefact:
    artefact = pretrain(config, root, store)
    assert artefact is not None
    return artefact


@pytest.mark.parametrize(("method", "most"), [("full", 0.25), ("lora", 0.9)])
def test_reading_documents_lowers_perplexity_on_those_kept_aside(
    project: tuple[Path, ArtefactStore], method: str, most: float
) -> None:
    artefact = done(configured(method), *project)
    summary = artefact.json("summary")
    before, after = summary["before"], summary["after"]
    assert after["per_token"] < most * before["per_token"] and after["per_byte"] < before["per_byte"]
    assert before["tokens"] == after["tokens"] and before["texts"] == 5  # four of dev's clients and one kept aside
    assert summary["documents"]["learnt"] == 19 and summary["documents"]["excluded"] == {"held_out.group": 4}
    assert [row["code"] for row in artefact.json("documents")] == ["held_out.group"] * 4
    log = artefact.json("training_log")
    assert summary["steps"] - log[-1]["step"] < 5 and log[-1]["loss"] < log[0]["loss"]
    assert not any((project[1].root / "work").iterdir())


def test_a_model_that_reads_on_and_on_knows_its_documents_by_heart(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    curated(store, letters(5)[:1])
    artefact = done(configured("full", epochs=70, dev_share=0, weight_decay=0), root, store)
    assert artefact.json("training_log")[-1]["loss"] < 0.1  # nats a token
    assert artefact.json("summary")["before"] is None, "there was nothing left to measure on"


def test_what_comes_out_is_a_plain_model_folder_with_the_same_tokenizer(
    project: tuple[Path, ArtefactStore],
) -> None:
    root, store = project
    folder = done(configured("lora"), root, store).folder / "model"
    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizers = [AutoTokenizer.from_pretrained(path) for path in (folder, root / "tiny")]
    ids = [tokenizer.encode("red; blue; EUR 415k <|im_end|>") for tokenizer in tokenizers]
    assert ids[0] == ids[1] and tokenizers[0].chat_template == tokenizers[1].chat_template
    assert not any("lora" in name for name in model.state_dict())
    assert model.dtype == torch.float32, "as the base model's own weights lie on disk"


def test_the_merged_model_answers_as_the_trained_one_did(
    project: tuple[Path, ArtefactStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[torch.nn.Module] = []
    monkeypatch.setattr(PretrainTrainer, "learnt", _remembering(PretrainTrainer.learnt, trained))
    artefact = done(configured("lora", epochs=1), *project)
    merged = base_models.load_model(base_models.pretrained_model(artefact), torch.float32)
    ids = torch.arange(3, 60)[None]
    with torch.no_grad():
        torch.testing.assert_close(merged(ids).logits, trained[0].eval()(ids).logits, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_run_that_was_stopped_ends_with_the_same_weights(
    project: tuple[Path, ArtefactStore], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, method: str
) -> None:
    root, store = project
    config = configured(method)
    with monkeypatch.context() as patched:
        patched.setattr(PretrainTrainer, "training_step", _stopping_after(PretrainTrainer.training_step, 7))
        with pytest.raises(KeyboardInterrupt):
            pretrain(config, root, store)
    assert store.current("pretrain") is None
    resumed = done(config, root, store)
    other = ArtefactStore(tmp_path / "other")
    curated(other, letters())
    whole = done(config, root, other)
    assert resumed.key == whole.key
    assert _weights(resumed) == _weights(whole)
    assert resumed.json("summary")["before"] == whole.json("summary")["before"]


def test_tuning_begins_with_the_model_that_has_read_and_says_so(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    config = configured("full", epochs=1)
    artefact = tune(config, root, store)
    read = store.require("pretrain", "")
    made_from = artefact.manifest["made_from"]
    assert made_from["pretrain"] == read.key
    assert made_from["base_model"] == base_models.pretrained_model(read).fingerprint
    assert made_from["base_model"] != base_models.resolve("tiny", root=root).fingerprint
    assert base_so_far(config, root, store).fingerprint == made_from["base_model"]
    dev = [example for example in two_task_examples(24) if example.split == "dev"]
    assert len(list(Tuned(config, root, artefact).answer(dev))) == len(dev)
    read.folder.rename(read.folder.with_name("elsewhere"))
    with pytest.raises(LuthierError, match=r"pre-trained model .* is gone.*Run `luthier tune` again"):
        Tuned(config, root, artefact)


def test_other_settings_of_tuning_read_nothing_again(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    first = done(configured("full", epochs=1), root, store)
    config = two_task_config(epochs=3, learning_rate=1e-4, pretrain={**FAST, "method": "full", "epochs": 1})
    assert done(config, root, store).manifest["created"] == first.manifest["created"]
    assert pretrain(two_task_config(), root, store) is None, "nobody asked for it"


def test_nothing_to_learn_is_refused_and_says_why(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    curated(store, letters()[-4:])
    with pytest.raises(RefusedError, match=r"nothing to pre-train on.*4 \(its group is measured\)"):
        pretrain(configured("full"), root, store)


def test_what_tuning_would_refuse_is_refused_before_a_document_is_read(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    config = two_task_config(epochs=1, pretrain=FAST, learning_rate=1.0)
    with pytest.raises(RefusedError, match="the learning rate 1 is"):
        pretrain(config, root, store)
    assert not any((store.root / "work").glob("pretrain-*/checkpoint-*"))


def test_weights_held_in_half_precision_still_move_by_small_steps(
    project: tuple[Path, ArtefactStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen-bit weights would not move by 1e-5 of their size; the float32 copies do, and are what is saved."""
    root, store = project
    pretraining = {**FAST, "method": "full", "learning_rate": 1e-6, "epochs": 1, "weight_decay": 0}
    config = two_task_config(precision="bfloat16", pretrain=pretraining)
    artefact = done(config, root, store)
    began = load_file(root / "tiny" / "model.safetensors")["model.layers.0.mlp.up_proj.weight"]
    ended = load_file(artefact.folder / stage.MODEL / "model.safetensors")["model.layers.0.mlp.up_proj.weight"]
    moved = abs(ended - began)
    assert 0 < moved.max() < 1e-4 and (moved > 0).mean() > 0.9


def _remembering(method: Callable[..., object], seen: list[torch.nn.Module]) -> Callable[..., object]:
    def learnt(self: PretrainTrainer) -> object:
        seen.append(self.module.model)
        return method(self)

    return learnt


def _stopping_after(method: Callable[..., object], steps: int) -> Callable[..., object]:
    taken = iter(range(steps))

    def step(self: PretrainTrainer, *arguments: object, **keywords: object) -> object:
        if next(taken, None) is None:
            raise KeyboardInterrupt
        return method(self, *arguments, **keywords)

    return step


def _weights(artefact: Artefact) -> dict[str, bytes]:
    return {
        name: array.tobytes() for name, array in load_file(artefact.folder / stage.MODEL / "model.safetensors").items()
    }
