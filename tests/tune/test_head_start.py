from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch

from luthier.inference.specialist import SpecialistModel
from luthier.tune import head_start
from luthier.tune.batching import Item, pack_step
from luthier.tune.head_start import start_heads
from luthier.tune.settings import Resolved
from luthier.tune.trainer import row_losses

HEAD = "heads.heads.colour."


def _head_loss(module: SpecialistModel, items: list[Item]) -> float:
    step = pack_step(items, 200)
    with torch.no_grad():
        return sum(row_losses(module, row)[1].item() for row in step.rows) / step.head_items


def test_heads_start_better_than_their_labels_shares_and_the_model_is_untouched(
    new_module: Callable[[], SpecialistModel], items: list[Item], settings: Resolved
) -> None:
    module = new_module()
    before = {name: weight.clone() for name, weight in module.state_dict().items()}
    start_heads(module, items, dataclasses.replace(settings, head_start_steps=0))
    from_shares = _head_loss(module, items)
    start_heads(module, items, dataclasses.replace(settings, head_start_steps=200))
    assert _head_loss(module, items) < 0.5 * from_shares
    changed = {name for name, weight in module.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed == {HEAD + "query", HEAD + "weight", HEAD + "bias"}
    assert all(weight.grad is None for weight in module.parameters())


def test_the_same_seed_starts_the_same_heads(
    new_module: Callable[[], SpecialistModel], items: list[Item], settings: Resolved
) -> None:
    one, other = new_module(), new_module()
    for module in (one, other):
        start_heads(module, items, settings)
    assert torch.equal(one.state_dict()[HEAD + "query"], other.state_dict()[HEAD + "query"])


def test_where_memory_is_short_heads_start_from_fewer_examples(
    new_module: Callable[[], SpecialistModel],
    items: list[Item],
    settings: Resolved,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Room for the states of 30 tokens of 16 bits each: some items' own ids, not all of them."""
    module = new_module()
    width = module.model.config.hidden_size
    labelled = [item for item in items if item.labels is not None]
    monkeypatch.setattr(head_start, "HELD_BYTES", 30 * 2 * width)
    read: list[int] = []
    frozen_states = head_start._frozen_states
    monkeypatch.setattr(
        head_start, "_frozen_states", lambda *given: read.append(len(given[2])) or frozen_states(*given)
    )
    start_heads(module, labelled, settings)
    assert 0 < read[0] < len(labelled)
    assert f"starts from {read[0]} of {len(labelled)} examples" in capsys.readouterr().err
