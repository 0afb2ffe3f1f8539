"""Stated weights are the tasks' shares of the loss, and the whole keeps its size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from miniature import two_task_config, two_task_examples
from pydantic import ValidationError

from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.inference.specialist import SpecialistModel
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore
from luthier.tasks import build
from luthier.tune.batching import Item, plan
from luthier.tune.encode import encode
from luthier.tune.mixing import Factor, loss_factors
from luthier.tune.run import tune
from luthier.tune.settings import resolve
from luthier.tune.trainer import SpecialistTrainer, Steps, row_losses


def item(task: str, targets: int, *, head: bool = False) -> Item:
    return Item("id", task, (1, 2), tuple(range(targets)), (1.0, 0.0) if head else None)


def test_without_weights_nothing_is_multiplied() -> None:
    assert loss_factors([item("a", 3), item("b", 5, head=True)], [[0, 1]], {}) == {"a": Factor(), "b": Factor()}


def test_two_tasks_in_words() -> None:
    """a has 30 target tokens, b 10: of 40, so a's mean counts 3/4 unasked. One term, so S = S_t = 1.

    a asked for 1/4: 0.25 x 40/30 = 1/3. b asked for 3/4: 0.75 x 40/10 = 3.
    """
    items = [item("a", 15), item("a", 15), item("b", 10)]
    factors = loss_factors(items, [[0, 2], [1]], {"a": 0.25, "b": 0.75})
    assert factors["a"].words == pytest.approx(1 / 3, rel=1e-12)
    assert factors["b"].words == pytest.approx(3, rel=1e-12)


def test_words_and_a_label_head_at_equal_weights_count_as_they_do_without() -> None:
    """S = 2 terms, one of each task's: 2 x 0.5 / 1 x 20/20 = 1, and 2 x 0.5 / 1 x 3/3 = 1."""
    items = [item("a", 20), *[item("b", 0, head=True)] * 3]
    factors = loss_factors(items, [[0, 1, 2, 3]], {"a": 0.5, "b": 0.5})
    assert factors["a"].words == 1 and factors["b"].heads == 1


def test_a_task_answered_both_ways_splits_its_share() -> None:
    """b is trained in words and by its head: S = 2, S_b = 2, S_a = 1. N = 20 + 2 x 5 = 30, M = 2. Shares 1/4 and 3/4.

    a, words: 2 x 0.25 / 1 x 30/20 = 0.75. b, words: 2 x 0.75 / 2 x 30/10 = 2.25. b, head: 2 x 0.75 / 2 x 2/2 = 0.75.
    """
    items = [item("a", 20), item("b", 5, head=True), item("b", 5, head=True)]
    factors = loss_factors(items, [[0, 1, 2]], {"a": 0.25, "b": 0.75})
    assert factors["a"].words == pytest.approx(0.75, rel=1e-12)
    assert factors["b"].words == pytest.approx(2.25, rel=1e-12)
    assert factors["b"].heads == pytest.approx(0.75, rel=1e-12)


def test_an_example_that_is_seen_twice_counts_twice() -> None:
    """a's 10 tokens are seen in both steps, b's 10 in one: N = 30, N_a = 20. 0.5 x 30/20 = 0.75; 0.5 x 30/10 = 1.5."""
    factors = loss_factors([item("a", 10), item("b", 10)], [[0, 1], [0]], {"a": 0.5, "b": 0.5})
    assert (factors["a"].words, factors["b"].words) == (0.75, 1.5)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.booleans()), min_size=1, max_size=12),
    st.fixed_dictionaries({task: st.floats(0.01, 10) for task in "abc"}),
)
def test_shares_are_what_was_asked_and_their_sum_is_what_it_was(
    made: list[tuple[str, int, bool]], shares: dict[str, float]
) -> None:
    """With a loss of 1 a token and 1 an example, the run's loss is its number of terms, and task t's part of it w_t."""
    heads = {task: any(head for name, _, head in made if name == task) for task in "abc"}
    items = [item(task, targets, head=heads[task]) for task, targets, _ in made]
    factors = loss_factors(items, [range(len(items))], shares)
    n, m = sum(len(i.target) for i in items), max(1, sum(i.labels is not None for i in items))
    losses = {
        task: sum(
            factors[task].words * len(i.target) / n + factors[task].heads * (i.labels is not None) / m
            for i in items
            if i.task == task
        )
        for task in factors
    }
    terms = 1 + any(i.labels is not None for i in items)
    assert sum(losses.values()) == pytest.approx(terms)
    for task, loss in losses.items():
        assert loss / terms == pytest.approx(shares[task] / sum(shares[name] for name in factors))


def test_the_trainer_multiplies_by_them(
    new_module: Callable[[], SpecialistModel], base: ResolvedModel, template: ChatTemplate, tmp_path: Path
) -> None:
    config = two_task_config(mixing={"colour": 1, "sum": 3})
    settings = resolve(config, base)[0]
    assert settings.mixing == {"colour": 0.25, "sum": 0.75}
    items = encode(two_task_examples(6), build(config), template, settings).items
    planned = plan(items, {"colour": 1, "sum": 1}, 12, 0)
    steps = Steps(items, planned, 1024, settings.mixing)
    module = new_module()
    trainer = SpecialistTrainer(module, steps, settings, tmp_path, 1)
    trainer.create_optimizer()
    step = steps[0]
    factors = loss_factors(items, steps.plan, settings.mixing)
    expected = torch.zeros(())
    for row in step.rows:
        words, heads = row_losses(module, row)
        expected = expected + factors[row.task].words * words / step.target_tokens
        expected = expected + factors[row.task].heads * heads / step.head_items
    assert torch.allclose(trainer.training_step(module, step), expected, rtol=1e-5)
    plain_trainer = SpecialistTrainer(module, Steps(items, planned, 1024), settings, tmp_path, 1)
    assert not torch.allclose(plain_trainer.training_step(module, step), expected, rtol=1e-2)


def test_weights_are_of_all_tasks_or_none_and_of_tasks_that_exist() -> None:
    with pytest.raises(ValidationError, match=r"tune\.mixing has no weight for task 'sum'"):
        two_task_config(mixing={"colour": 1})
    with pytest.raises(ValidationError, match="names no task: 'sun'"):
        two_task_config(mixing={"colour": 1, "sun": 1})


def test_a_run_takes_its_weights_from_the_settings(
    tmp_path: Path, write_tiny_model: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, float]] = []

    def seen(items: list[Item], planned: list[list[int]], shares: dict[str, float]) -> dict[str, Factor]:
        asked.append(dict(shares))
        raise KeyboardInterrupt

    write_tiny_model(tmp_path / "tiny")
    store = ArtefactStore(tmp_path / ".luthier")
    with store.write("curate", "c", {}) as writer:
        writer.records("examples", Example, two_task_examples(24))
    monkeypatch.setattr("luthier.tune.steps.loss_factors", lambda *given: seen(*given) if given[2] else {})
    with pytest.raises(KeyboardInterrupt):
        tune(two_task_config(mixing={"colour": 1, "sum": 3}, epochs=1, head_start_steps=1), tmp_path, store)
    assert asked == [{"colour": 0.25, "sum": 0.75}]
