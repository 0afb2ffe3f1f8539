"""Every method learns, resumes to the same weights, and is loaded as it was saved."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
import torch
from miniature import two_task_config, two_task_examples
from transformers import LlamaForCausalLM, set_seed

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.config import Config
from luthier.config.tuning import Method
from luthier.errors import RefusedError
from luthier.inference.specialist import Specialist
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore, content_key
from luthier.tasks import build
from luthier.tune import trainer
from luthier.tune.adapters import adapted, changed_weights, lora_pass
from luthier.tune.batching import pack_step, plan
from luthier.tune.checkpoints import newest_checkpoint
from luthier.tune.encode import encode
from luthier.tune.optimiser import optimizer_for, parameter_groups
from luthier.tune.run import tune
from luthier.tune.settings import resolve

STEPS = 30
RATE = {"lora": 1e-2, "rslora": 1e-2, "dora": 1e-2, "lora_plus": 2.5e-3, "pissa": 1e-2, "full": 3e-3}
METHODS = [method for method in get_args(Method) if method != "qlora"]
NewProject = Callable[[str], tuple[Path, ArtefactStore]]


@pytest.fixture
def new_project(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> NewProject:
    """A project with 32 training examples: 16 notes, each with a task in labels and one in words."""

    def make(name: str) -> tuple[Path, ArtefactStore]:
        write_tiny_model(tmp_path / name / "tiny")
        store = ArtefactStore(tmp_path / name / ".luthier")
        with store.write("curate", "c", {}) as writer:
            writer.records("examples", Example, training_examples())
        return tmp_path / name, store

    return make


def training_examples() -> list[Example]:
    return [example for example in two_task_examples(21) if example.split == "train"] + [
        example for example in two_task_examples(21) if example.split == "dev"
    ]


def config_of(method: str, **tune_settings: object) -> Config:
    return two_task_config(method=method, batch_size=8, head_start_steps=20, **tune_settings)


@pytest.fixture
def apt_model(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> Path:
    """The tiny model with weights as large as a narrow one needs: its layers pass something on, and its embeddings,
    which adapters leave alone, are long enough to be sure of a word."""
    write_tiny_model(tmp_path / "apt")
    model = LlamaForCausalLM.from_pretrained(tmp_path / "apt")
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 2:
                weight.mul_(15 if "embed" in name else 7)
    model.save_pretrained(tmp_path / "apt")
    return tmp_path / "apt"


@pytest.mark.parametrize("method", METHODS)
def test_each_method_learns_32_examples_by_heart(method: str, apt_model: Path) -> None:
    base = base_models.resolve(str(apt_model))
    config = config_of(method, learning_rate=RATE[method], head_learning_rate=2e-2)
    settings, tasks = resolve(config, base)[0], build(config)
    items = encode(two_task_examples(16), tasks, ChatTemplate(base_models.load_tokenizer(base)), settings).items
    assert len(items) == 32
    set_seed(1)
    module = adapted(base, tasks, settings)
    optimizer = optimizer_for(module, settings)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, STEPS)
    step, losses = pack_step(items, 1024), [[0.0, 0.0] for _ in range(STEPS)]
    for number in range(STEPS):
        optimizer.zero_grad()
        for row in step.rows:
            words, heads = trainer.row_losses(module, row)
            (words / step.target_tokens + heads / step.head_items).backward()
            losses[number][0] += words.item() / step.target_tokens
            losses[number][1] += heads.item() / step.head_items
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    assert losses[-1][0] < 0.1 and losses[-1][1] < 0.05  # nats a token; nats a label


@pytest.mark.parametrize("method", METHODS)
def test_a_killed_run_ends_with_the_same_weights(
    method: str, base: ResolvedModel, template: ChatTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that goes on began elsewhere: all that it ends with must come from the checkpoint."""
    config = config_of(method)
    settings, tasks = resolve(config, base)[0], build(config)
    items = encode(two_task_examples(16), tasks, template, settings).items

    def new(name: str, seed: int) -> trainer.SpecialistTrainer:
        set_seed(seed)
        steps = trainer.Steps(items, plan(items, {"colour": 1, "sum": 1}, 8, 0), 1024)  # 32 examples: four steps
        return trainer.SpecialistTrainer(adapted(base, tasks, settings), steps, settings, tmp_path / name, 1)

    whole = new("whole", 1)
    whole.train()
    right, rows = trainer.row_losses, [0]

    def losses(module, row):  # type: ignore[no-untyped-def]
        rows[0] += 1
        if rows[0] == 6:  # in the third step, each having at most a row of each task
            raise KeyboardInterrupt
        return right(module, row)

    with monkeypatch.context() as once, pytest.raises(KeyboardInterrupt):
        once.setattr(trainer, "row_losses", losses)
        new("killed", 1).train()
    resumed = new("killed", 2)
    checkpoint = newest_checkpoint(tmp_path / "killed")
    assert checkpoint is not None
    resumed.train(resume_from_checkpoint=str(checkpoint))
    ended, expected = resumed.module.state(), whole.module.state()
    assert ended.keys() == expected.keys()
    for name, weight in expected.items():
        assert torch.equal(ended[name], weight), name


@pytest.mark.parametrize("method", ["pissa", "full"])
def test_what_is_loaded_computes_what_was_trained(
    method: str, new_project: NewProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, store = new_project("a")
    config = config_of(method, epochs=1)
    ids = torch.arange(40)[None]
    seen: list[torch.Tensor] = []
    save = trainer.SpecialistModel.save

    def saving(module, folder):  # type: ignore[no-untyped-def]
        with torch.no_grad():
            seen.append(module.model(input_ids=ids).logits)
        save(module, folder)

    monkeypatch.setattr(trainer.SpecialistModel, "save", saving)
    specialist = Specialist.load(tune(config, root, store), config, root)
    base = base_models.load_model(base_models.resolve("tiny", root=root), torch.float32)
    with torch.no_grad():
        found, untuned = specialist.module.model(input_ids=ids).logits, base(input_ids=ids).logits
    assert torch.allclose(found, seen[0], rtol=1e-5, atol=1e-5)
    assert (found - untuned).abs().max() > 1e-4
    assert specialist.card.method == method


def test_what_changes_a_result_changes_the_settings_that_key_it(base: ResolvedModel) -> None:
    told: list[dict[str, object]] = [{"method": method} for method in get_args(Method)]
    told += [{"lora": {"alpha": 16}}, {"mixing": {"colour": 1, "sum": 1}}, {"mixing": {"colour": 1, "sum": 2}}]
    told += [{"method": "lora_plus", "lora": {"plus_ratio": 4}}, {"lora": {"target_modules": ["q_proj", "lm_head"]}}]
    keys = {content_key(dataclasses.asdict(resolve(two_task_config(**own), base)[0])) for own in told}
    assert len(keys) == len(told)
    same = resolve(two_task_config(mixing={"colour": 2, "sum": 4}), base)[0]
    assert same == resolve(two_task_config(mixing={"colour": 1, "sum": 2}), base)[0], "only proportions count"


def test_each_method_has_its_own_default_rates_and_scale(base: ResolvedModel) -> None:
    """The tiny model borrows smollm2-135m's rate, 1e-3: a tenth of it in full; for LoRA+ 1e-3 / sqrt(16), and 16 times
    that for B. Label heads keep LoRA's. rsLoRA scales rank 16 by 8 / sqrt(16) = 2 as LoRA does by 32 / 16.
    """

    def rates(method: str) -> tuple[float, float, int]:
        settings = resolve(two_task_config(method=method), base)[0]
        return settings.learning_rate, settings.head_learning_rate, settings.lora_alpha

    assert rates("lora") == rates("dora") == rates("pissa") == rates("qlora") == (1e-3, 1e-3, 32)
    assert rates("rslora") == (1e-3, 1e-3, 8)
    assert rates("full")[:2] == pytest.approx((1e-4, 1e-3))
    assert rates("lora_plus")[:2] == pytest.approx((2.5e-4, 1e-3))


def test_the_optimiser_gives_each_matrix_its_rate(base: ResolvedModel) -> None:
    config = two_task_config(method="lora_plus", learning_rate=1e-3, head_learning_rate=5e-3)
    settings = resolve(config, base)[0]
    module = adapted(base, build(config), settings)
    rate_of = {id(w): group["lr"] for group in parameter_groups(module, settings) for w in group["params"]}
    assert len(rate_of) == len(module.trainable())
    for name, weight in module.trainable().items():
        expected = 1.6e-2 if ".lora_B." in name else 5e-3 if name.startswith("heads") else 1e-3
        assert rate_of[id(weight)] == pytest.approx(expected), name


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("lora", "14 of 14 layers fused"),  # seven in each of two layers
        ("pissa", "14 of 14 layers fused"),
        ("dora", "14 of 14 layers fused"),
        ("full", "none: every weight is trained"),
    ],
)
def test_the_pass_that_layers_take_is_said(method: str, said: str, base: ResolvedModel) -> None:
    config = two_task_config(method=method)
    assert lora_pass(adapted(base, build(config), resolve(config, base)[0])) == said


def test_dropout_leaves_the_plain_pass(base: ResolvedModel) -> None:
    config = two_task_config(lora={"dropout": 0.1})
    module = adapted(base, build(config), resolve(config, base)[0])
    assert lora_pass(module) == "0 of 14 layers fused, the others as PEFT computes them"


def test_settings_of_lora_are_not_listed_for_a_method_that_has_none(base: ResolvedModel) -> None:
    names = {line["name"] for line in resolve(two_task_config(method="full"), base)[1]}
    assert "method" in names and not any(name.startswith("lora_") for name in names)


def test_pissa_begins_as_the_base_model_and_at_its_principal_part(base: ResolvedModel) -> None:
    config = two_task_config(method="pissa", lora={"rank": 4})
    set_seed(3)
    module = adapted(base, build(config), resolve(config, base)[0])
    generic = base_models.load_model(base, torch.float32)
    ids = torch.arange(30)[None]
    with torch.no_grad():
        assert torch.allclose(module.model(input_ids=ids).logits, generic(input_ids=ids).logits, atol=1e-5)
    layer = module.model.get_base_model().model.layers[0].mlp.down_proj
    a, b = (layer.lora_A.default, layer.lora_B.default)
    trained = layer.scaling["default"] * b.parametrizations.weight.original @ a.parametrizations.weight.original
    u, s, v = torch.linalg.svd(layer.base_layer.weight)
    principal = u[:, :4] * s[:4] @ v[:4]
    assert (trained - principal).norm() < 0.01 * principal.norm()


def test_pissa_trains_half_of_what_it_holds(base: ResolvedModel) -> None:
    """A layer at rank 4: q, o 4 x (48 + 48), k, v 4 x (48 + 16), gate, up, down 4 x (48 + 96): 3008, so 6016 in two."""
    config = two_task_config(method="pissa", lora={"rank": 4}, label_head="never")
    module = adapted(base, build(config), resolve(config, base)[0])
    assert sum(weight.numel() for weight in module.trainable().values()) == 6016
    assert sum(value.numel() for value in module.state().values()) == 2 * 6016


@pytest.mark.parametrize("ends", [["lm_head"], ["embed_tokens"], ["embed_tokens", "lm_head", "q_proj"]])
def test_named_embeddings_learn_from_the_words_loss(
    ends: list[str], base: ResolvedModel, template: ChatTemplate
) -> None:
    """lm_head is applied outside the model, at target positions: the adapted one must be what is applied."""
    config = two_task_config(lora={"target_modules": ends}, label_head="never")
    settings, tasks = resolve(config, base)[0], build(config)
    module = adapted(base, tasks, settings)
    items = encode(two_task_examples(4), tasks, template, settings).items
    with torch.no_grad():
        for name, weight in module.trainable().items():
            if "lora_B" in name or "embedding_A" in name:
                weight.normal_(std=0.5)
    words = sum(trainer.row_losses(module, row)[0] for row in pack_step(items, 512).rows)
    words.backward()
    for name, weight in module.trainable().items():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name
    with module.model.disable_adapter():
        without = sum(trainer.row_losses(module, row)[0] for row in pack_step(items, 512).rows)
    assert abs(words - without) > 1e-3 * without
    assert {end for end in ends if any(end in name for name in module.trainable())} == set(ends)


def test_adapters_above_the_label_heads_are_not_counted_as_changed(base: ResolvedModel, template: ChatTemplate) -> None:
    """Heads read the first of two layers: the second, the last norm and the output embeddings stay as they were."""
    config = two_task_config(label_head="always", method="lora", lora={"target_modules": ["q_proj", "lm_head"]})
    settings, tasks = resolve(config, base)[0], build(config)
    module = adapted(base, tasks, settings)
    items = [i for i in encode(two_task_examples(4), tasks, template, settings).items if i.task == "colour"]
    names = {name for name in changed_weights(module, items) if not name.startswith("heads")}
    assert names and all(".layers.0." in name for name in names)


def test_a_module_that_is_not_there_is_refused_with_those_that_are(base: ResolvedModel) -> None:
    config = two_task_config(lora={"target_modules": ["q_proj", "lm_heads"]})
    with pytest.raises(RefusedError, match=r"called 'lm_heads'.*It has .*lm_head.*q_proj"):
        adapted(base, build(config), resolve(config, base)[0])


def test_master_weights_keep_what_bfloat16_would_lose(base: ResolvedModel) -> None:
    """A step of 1e-3 from 1 is lost in bfloat16, whose next number below is 1 - 0.00390625.

    Adam moves a weight of constant gradient by its rate in each step. After one step 0.999 is still nearest to 1, after
    two 0.998 is nearer to the next; without a master every step would start, and end, at 1.
    """
    config = two_task_config(method="full", precision="bfloat16", learning_rate=1e-3)
    settings = resolve(config, base)[0]
    module = adapted(base, build(config), settings)
    norm = module.model.model.norm.weight
    assert norm.dtype == torch.bfloat16 and torch.equal(norm, torch.ones_like(norm))
    optimizer = optimizer_for(module, settings)
    seen = []
    for _ in range(4):
        norm.grad = torch.ones_like(norm)
        optimizer.step()
        seen.append(norm[0].item())
    assert seen == [1.0, 0.99609375, 0.99609375, 0.99609375]
    kept = optimizer.state_dict()
    again = adapted(base, build(config), settings)
    resumed = optimizer_for(again, settings)
    resumed.load_state_dict(kept)
    for module_, optimizer_ in ((module, optimizer), (again, resumed)):
        module_.model.model.norm.weight.grad = torch.ones_like(norm)
        optimizer_.step()
    assert torch.equal(again.model.model.norm.weight, norm)
    assert torch.equal(resumed.state_dict()["masters"][0], optimizer.state_dict()["masters"][0])


def test_qlora_without_a_gpu_is_refused_in_one_line_with_the_way_out(
    new_project: NewProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("luthier.base_models.four_bit.this_device", lambda: "cpu")
    root, store = new_project("a")
    with pytest.raises(RefusedError) as refused:
        tune(config_of("qlora", epochs=1), root, store)
    line = "luthier.yaml, tune.method: qlora needs an NVIDIA GPU, and PyTorch sees none here. Set tune.method: lora"
    assert str(refused.value).startswith(line) and "\n" not in str(refused.value)
