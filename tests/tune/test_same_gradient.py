"""However examples are laid out, the gradient is that of one example a row; and so is what an epoch learns."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Sequence

import pytest
import torch
from miniature import two_task_config, two_task_examples
from torch import Tensor
from torch.nn import functional as F
from transformers import set_seed

from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.inference import row_inputs
from luthier.inference.hidden_states import backbone
from luthier.inference.label_heads import head_loss
from luthier.inference.specialist import SpecialistModel
from luthier.tasks import build
from luthier.tune.adapters import adapted
from luthier.tune.batching import Item, pack_step, plan
from luthier.tune.encode import encode
from luthier.tune.row_loss import row_losses
from luthier.tune.settings import Resolved

WITHIN = 1e-5  # of the gradient's norm, in float32
TARGETS = {
    "all linear layers": "all-linear",
    "output embeddings too": ("q_proj", "v_proj", "down_proj", "lm_head"),
    "embeddings at both ends": ("k_proj", "up_proj", "embed_tokens", "lm_head"),
}
NewModule = Callable[..., SpecialistModel]


@pytest.fixture
def new_adapted(base: ResolvedModel, settings: Resolved) -> NewModule:
    """Modules equal to one another, all of whose adapters and heads do something already."""

    def make(targets: str | tuple[str, ...] = "all-linear", std: float = 0.05) -> SpecialistModel:
        set_seed(3)
        module = adapted(base, build(two_task_config()), dataclasses.replace(settings, lora_target_modules=targets))
        with torch.no_grad():
            for weight in module.trainable().values():
                weight.add_(std * torch.randn_like(weight))
        return module

    return make


@pytest.mark.parametrize("count", [1, 3, 16], ids=["one example", "an uneven few", "all"])
@pytest.mark.parametrize("row_tokens", [1, 70, 5000], ids=["longer than the budget", "several rows", "a row a task"])
@pytest.mark.parametrize("targets", TARGETS.values(), ids=TARGETS)
def test_the_gradient_is_that_of_one_example_a_row(
    new_adapted: NewModule, items: list[Item], targets: str | tuple[str, ...], row_tokens: int, count: int
) -> None:
    """Two tasks, so two prefixes in a step; rows add to one gradient, as accumulation over micro-batches does."""
    packed, plain = new_adapted(targets), new_adapted(targets)
    chosen = items[:count]
    step = pack_step(chosen, row_tokens)
    assert len(step.rows) == (len(chosen) if row_tokens == 1 else len({i.task for i in chosen})) or row_tokens == 70
    _learn(packed, chosen, row_tokens)
    _plain_loss(plain, chosen).backward()
    _same_gradients(packed, plain)


@pytest.mark.parametrize("share_prefix", [True, False])
def test_rows_of_their_own_give_the_same_gradient(
    new_adapted: NewModule, items: list[Item], monkeypatch: pytest.MonkeyPatch, share_prefix: bool
) -> None:
    """As a model is trained whose attention takes no packed rows. Label heads read the shared prefix too."""
    padded, plain = new_adapted(), new_adapted()
    monkeypatch.setitem(row_inputs._takes_layouts, backbone(padded.model), False)
    chosen = [dataclasses.replace(item, own_from=1) for item in items]
    _learn(padded, chosen, 200, share_prefix=share_prefix)
    _plain_loss(plain, chosen).backward()
    _same_gradients(padded, plain)


def test_whole_examples_keep_to_the_budget_where_no_prefix_is_shared(items: list[Item]) -> None:
    rows = pack_step(items, 200, share_prefix=False).rows
    assert all(len(row.row) <= 200 for row in rows)
    assert sum(len(row.row) for row in rows) == sum(len(item.prompt) + len(item.target) - 1 for item in items)
    assert sum(len(row.row.padded()["input_ids"]) for row in rows) == len(items)


def test_an_epoch_learns_the_same_as_one_example_a_row(
    new_adapted: NewModule, items: list[Item], template: ChatTemplate, settings: Resolved
) -> None:
    """Over three orders of the examples: what the layout changes on dev is far below what the order does."""
    dev = [example for example in two_task_examples(16) if example.split == "dev"]
    held = encode(dev, build(two_task_config()), template, settings).items
    packed, plain = [], []
    for seed in range(3):
        for losses, learn in ((packed, _learn), (plain, _learn_plainly)):
            module = new_adapted(std=0.0)
            _epoch(module, items, seed, learn)
            with torch.no_grad():
                losses.append(_plain_loss(module, held).item())
    noise = statistics.stdev(plain)
    with torch.no_grad():
        before = _plain_loss(new_adapted(std=0.0), held).item()
    assert noise > 0 and max(plain) < before
    assert all(abs(one - other) < 0.05 * noise for one, other in zip(packed, plain, strict=True))


def _epoch(
    module: SpecialistModel, items: Sequence[Item], seed: int, learn: Callable[[SpecialistModel, list[Item]], None]
) -> None:
    optimizer = torch.optim.AdamW(module.trainable().values(), lr=1e-2)
    for numbers in plan(items, {"colour": 1, "sum": 1}, 4, seed):
        optimizer.zero_grad()
        learn(module, [items[number] for number in numbers])
        optimizer.step()


def _learn(module: SpecialistModel, items: list[Item], row_tokens: int = 120, *, share_prefix: bool = True) -> None:
    step = pack_step(items, row_tokens, share_prefix=share_prefix)
    for row in step.rows:
        words, heads = row_losses(module, row)
        (words / max(1, step.target_tokens) + heads / max(1, step.head_items)).backward()


def _learn_plainly(module: SpecialistModel, items: list[Item]) -> None:
    _plain_loss(module, items).backward()


def _plain_loss(module: SpecialistModel, items: Sequence[Item]) -> Tensor:
    """The mean loss a target token plus the mean loss a label head, one example at a time, nothing shared."""
    words, heads = torch.zeros(()), torch.zeros(())
    for item in items:
        ids = torch.tensor([[*item.prompt, *item.target]])
        output = module.model(input_ids=ids, output_hidden_states=True)
        predicting = slice(len(item.prompt) - 1, len(item.prompt) + len(item.target) - 1)
        words = words + F.cross_entropy(output.logits[0, predicting], torch.tensor(item.target), reduction="sum")
        if item.labels is not None:
            states = output.hidden_states[module.head_layers][0, item.own_from : len(item.prompt)]
            logits = module.heads(item.task, [states])
            heads = heads + head_loss(logits, torch.tensor([item.labels]), multi_label=item.multi_label)
    labelled = sum(item.labels is not None for item in items)
    return words / max(1, sum(len(item.target) for item in items)) + heads / max(1, labelled)


def _same_gradients(found: SpecialistModel, expected: SpecialistModel) -> None:
    compared = 0
    for (name, one), other in zip(found.trainable().items(), expected.trainable().values(), strict=True):
        if other.grad is None:
            assert one.grad is None or not one.grad.any(), name
            continue
        assert one.grad is not None and (one.grad - other.grad).norm() <= WITHIN * other.grad.norm(), name
        compared += bool(other.grad.any())
    assert compared > 0
