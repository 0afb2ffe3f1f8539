"""Which examples meet, and what is learnt from each."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from luthier.inference.specialist import SpecialistModel
from luthier.tune.adapters import changed_weights
from luthier.tune.batching import Item, pack_step, plan
from luthier.tune.trainer import row_losses


def _item(task: str, number: int) -> Item:
    return Item(f"{task}:{number}", task, (1, 2, number), (4, 5), None)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 9), st.integers(0, 5))
def test_every_task_is_seen_as_often_as_its_epochs_say(first: int, second: int, batch_size: int, seed: int) -> None:
    items = [_item("a", number) for number in range(first)] + [_item("b", number) for number in range(second)]
    steps = plan(items, {"a": 2.0, "b": 0.5}, batch_size, seed)
    seen = Counter(number for step in steps for number in step)
    assert all(seen[number] == 2 for number in range(first))
    assert sum(seen[first + number] for number in range(second)) == round(0.5 * second)
    assert max(seen.values()) <= 2
    assert all(1 <= len(step) <= batch_size for step in steps)


def test_the_plan_follows_from_the_seed_alone() -> None:
    items = [_item("a", number) for number in range(20)]
    assert plan(items, {"a": 3}, 4, seed=1) == plan(items, {"a": 3}, 4, seed=1) != plan(items, {"a": 3}, 4, seed=2)


@pytest.mark.parametrize("row_tokens", [30, 5000], ids=["one example a row", "one row a task"])
def test_a_weight_of_two_gives_the_gradient_of_the_example_twice(
    new_module: Callable[[], SpecialistModel], items: list[Item], row_tokens: int
) -> None:
    weighted, twice = new_module(), new_module()
    heavy = [dataclasses.replace(item, weight=2.0 if number % 2 else 1.0) for number, item in enumerate(items)]
    again = [*items, *(item for number, item in enumerate(items) if number % 2)]
    for module, chosen in ((weighted, heavy), (twice, again)):
        for row in pack_step(chosen, row_tokens).rows:
            sum(row_losses(module, row)).backward()  # type: ignore[union-attr]
    for (name, one), other in zip(weighted.trainable().items(), twice.trainable().values(), strict=True):
        assert one.grad is not None and other.grad is not None, name
        assert (one.grad - other.grad).norm() <= 1e-5 * other.grad.norm(), name


def test_heads_learn_the_same_alone_as_beside_words(
    new_module: Callable[[], SpecialistModel], items: list[Item]
) -> None:
    """Alone, the pass ends where they read."""
    alone, beside = new_module(), new_module()
    for module, chosen in ((alone, _without_words(items)), (beside, items)):
        torch.stack([row_losses(module, row)[1] for row in pack_step(chosen, 5000).rows]).sum().backward()
    for (name, one), other in zip(alone.trainable().items(), beside.trainable().values(), strict=True):
        assert (one.grad is None) == (other.grad is None), name
        assert one.grad is None or (one.grad - other.grad).norm() <= 1e-5 * other.grad.norm(), name


@pytest.mark.parametrize("heads_alone", [True, False])
def test_the_weights_that_a_run_says_it_changes_are_those_that_get_a_gradient(
    new_module: Callable[[], SpecialistModel], items: list[Item], heads_alone: bool
) -> None:
    module, chosen = new_module(), _without_words(items) if heads_alone else items
    for row in pack_step(chosen, 5000).rows:
        sum(row_losses(module, row)).backward()  # type: ignore[union-attr]
    learning = {name for name, weight in module.trainable().items() if weight.grad is not None}
    assert changed_weights(module, chosen).keys() == learning
    assert (len(learning) < len(module.trainable())) == heads_alone


def _without_words(items: Sequence[Item]) -> list[Item]:
    return [dataclasses.replace(item, target=()) for item in items if item.labels is not None]
