"""A merged specialist says what the adapted one says, in any program."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.errors import LuthierError
from luthier.inference.engine import Engine
from luthier.inference.label_heads import LabelHeads
from luthier.inference.merging import merged, write_merged
from luthier.inference.specialist import SpecialistCard, SpecialistModel, TaskAnswer, load_module
from luthier.store.artefacts import Artefact, ArtefactStore
from luthier.tasks import build
from luthier.tune.adapters import adapted
from luthier.tune.settings import Resolved, resolve

sys.path.append(str(Path(__file__).parents[1] / "tune"))
from miniature import two_task_config

METHODS = ["lora", "rslora", "dora", "lora_plus", "pissa", "full"]
IDS = torch.arange(30)[None]


@pytest.fixture
def base(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> ResolvedModel:
    write_tiny_model(tmp_path / "tiny")
    return base_models.resolve("tiny", root=tmp_path)


def moved(base: ResolvedModel, **tune: object) -> tuple[SpecialistModel, Resolved]:
    """A specialist whose every trained weight is where training might have left it."""
    config = two_task_config(**tune)
    settings = resolve(config, base)[0]
    set_seed(1)
    module = adapted(base, build(config), settings)
    with torch.no_grad():
        for weight in module.trainable().values():
            weight.add_(torch.randn_like(weight), alpha=0.05)
    return module.eval(), settings


def artefact_of(module: SpecialistModel, settings: Resolved, base: ResolvedModel, store: ArtefactStore) -> Artefact:
    card = SpecialistCard(
        base_model="tiny",
        fingerprint=base.fingerprint,
        method=settings.method,
        precision=settings.precision,
        max_tokens=settings.max_tokens,
        head_layers=module.head_layers,
        tasks={"colour": TaskAnswer("label_head", ("red", "blue")), "sum": TaskAnswer("generated")},
    )
    with store.write("tune", "k", {"tasks": {}}) as writer:
        module.save(writer.folder)
        writer.json("specialist", card.plain())
    return store.require("tune", "luthier tune")


@torch.no_grad()
def logits(model: torch.nn.Module) -> torch.Tensor:
    found: torch.Tensor = model(input_ids=IDS).logits
    return found


@pytest.mark.parametrize("method", METHODS)
def test_a_merged_folder_loads_anywhere_and_says_the_same(method: str, base: ResolvedModel, tmp_path: Path) -> None:
    module, settings = moved(base, method=method)
    expected = logits(module.model)
    prompts = [list(range(5, 25)), list(range(40, 52))]
    written = Engine(module.model).generate(prompts, max_new_tokens=12, end_of_turn=2)
    folder = tmp_path / "out" / "merged"
    write_merged(artefact_of(module, settings, base, ArtefactStore(tmp_path / ".luthier")), tmp_path, folder)
    plain = AutoModelForCausalLM.from_pretrained(folder)
    assert torch.allclose(logits(plain), expected, rtol=1e-4, atol=1e-5)
    for prompt, answer in zip(prompts, written, strict=True):
        ids = torch.tensor([prompt])
        new = plain.generate(ids, max_new_tokens=12, do_sample=False, pad_token_id=0, eos_token_id=2)[0, len(prompt) :]
        assert tuple(token for token in new.tolist() if token != 2) == answer.ids
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.chat_template and tokenizer("The note")["input_ids"]
    heads = LabelHeads.load(folder / "label_heads.safetensors", plain.config.hidden_size)
    assert all(torch.equal(w, module.heads.state_dict()[name]) for name, w in heads.state_dict().items())
    card = json.loads((folder / "specialist.json").read_text())
    assert card["method"] == method and card["tasks"]["colour"]["answered_by"] == "label_head"
    assert not list(folder.glob("adapter*")) and not [*folder.parent.glob(".merged*")]
    assert base_models.resolve(str(folder)).parameters > 0


@pytest.mark.parametrize("method", ["lora", "dora", "pissa"])
@pytest.mark.parametrize("ends", [["lm_head"], ["embed_tokens"], ["lm_head", "embed_tokens", "q_proj"]])
def test_adapters_on_tied_embeddings_are_in_force_saved_and_merged_apart(
    method: str, ends: list[str], base: ResolvedModel, tmp_path: Path
) -> None:
    """The tiny model ties its input and output embeddings. Moving one must not move the other."""
    module, settings = moved(base, method=method, lora={"target_modules": ends})
    expected = logits(module.model)
    generic = base_models.load_model(base, torch.float32)
    assert not torch.allclose(expected, logits(generic), atol=1e-3)
    artefact = artefact_of(module, settings, base, ArtefactStore(tmp_path / ".luthier"))
    card = SpecialistCard.read(artefact.json("specialist"))
    loaded = load_module(artefact.folder, card, base).eval()
    assert torch.allclose(logits(loaded.model), expected, rtol=1e-4, atol=1e-5)
    write_merged(artefact, tmp_path, tmp_path / "merged")
    plain = AutoModelForCausalLM.from_pretrained(tmp_path / "merged")
    assert torch.allclose(logits(plain), expected, rtol=1e-4, atol=1e-5)
    assert not plain.config.tie_word_embeddings
    untouched = plain.get_input_embeddings() if ends == ["lm_head"] else plain.get_output_embeddings()
    if len(ends) == 1:
        assert torch.equal(untouched.weight, generic.get_input_embeddings().weight)


def test_a_model_without_adapted_embeddings_stays_tied(base: ResolvedModel) -> None:
    plain = merged(moved(base)[0])
    assert plain.config.tie_word_embeddings
    assert plain.get_output_embeddings().weight is plain.get_input_embeddings().weight


def test_a_folder_with_something_in_it_is_left_alone(base: ResolvedModel, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    artefact = artefact_of(*moved(base), base, ArtefactStore(tmp_path / ".luthier"))
    with pytest.raises(LuthierError, match="there is something here already"):
        write_merged(artefact, tmp_path, tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]
