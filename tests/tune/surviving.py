"""Small runs that things go wrong in, and what a run that nothing went wrong in would have learned."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
import torch
from torch import Tensor

from luthier.inference.specialist import SpecialistModel
from luthier.tune import trainer as training
from luthier.tune.batching import Item, plan
from luthier.tune.checkpoints import newest_checkpoint
from luthier.tune.optimiser import optimizer_for
from luthier.tune.row_loss import row_losses
from luthier.tune.settings import Resolved
from luthier.tune.steps import Steps
from luthier.tune.trainer import SpecialistTrainer

Weights = dict[str, Tensor]
EVERY = 3  # steps between checkpoints


class Runs:
    """Makes trainers of one plan over and over: 20 items, 4 a step, so five steps an epoch."""

    def __init__(
        self, new_module: Callable[[], SpecialistModel], items: list[Item], settings: Resolved, root: Path
    ) -> None:
        self.new_module, self.items, self.settings, self.root = new_module, items, settings, root

    def steps(self, epochs: int = 3) -> Steps:
        planned = plan(self.items, dict.fromkeys(("colour", "sum"), float(epochs)), 4, seed=1)
        return Steps(self.items, planned, self.settings.row_tokens)

    def folder(self, name: str) -> Path:
        folder = self.root / name
        folder.mkdir(exist_ok=True)
        return folder

    def new(self, name: str = "run", epochs: int = 3, **more: object) -> SpecialistTrainer:
        """A trainer of a fresh module, in the folder of that name."""
        steps, folder = self.steps(epochs), self.folder(name)
        return SpecialistTrainer(self.new_module(), steps, self.settings, folder, EVERY, **more)  # type: ignore[arg-type]

    def go_on(self, name: str = "run", epochs: int = 3, **more: object) -> SpecialistTrainer:
        """A trainer of a fresh module that has run from the newest checkpoint there to the end."""
        trainer = self.new(name, epochs, **more)
        checkpoint = newest_checkpoint(self.folder(name))
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        return trainer

    def by_hand(
        self, epochs: int = 3, without: Collection[int] = (), rates: Callable[[int], float] = lambda _: 1.0
    ) -> Weights:
        """What a plain loop learns: each step's gradient, clipped, by AdamW along a cosine after a warm-up.

        Args:
            without: steps that are left out, their place in the schedule kept.
            rates: step -> by what its learning rate is multiplied.
        """
        module, steps, settings = self.new_module(), self.steps(epochs), self.settings
        optimizer = optimizer_for(module, settings)
        first = [group["lr"] for group in optimizer.param_groups]
        warmup = round(settings.warmup * len(steps))
        module.train()
        for number in range(len(steps)):
            done = (number - warmup) / max(1, len(steps) - warmup)
            share = number / max(1, warmup) if number < warmup else 0.5 * (1 + math.cos(math.pi * done))
            for group, rate in zip(optimizer.param_groups, first, strict=True):
                group["lr"] = rate * rates(number) * max(0.0, share)
            if number not in without:
                step = steps[number]
                for row in step.rows:
                    words, heads = row_losses(module, row)
                    (words / max(1, step.target_tokens) + heads / max(1, step.head_items)).backward()
                torch.nn.utils.clip_grad_norm_(module.parameters(), settings.max_gradient_norm)
            optimizer.step()
            optimizer.zero_grad()
        return weights(module)


def weights(module: SpecialistModel) -> Weights:
    return {name: weight.detach().clone() for name, weight in module.trainable().items()}


def same(one: Weights, other: Weights) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one | other)


def close(one: Weights, other: Weights) -> bool:
    """Equal up to the rounding of sums in another order, which AdamW's first steps enlarge."""
    return all(torch.allclose(one[name], other[name], rtol=1e-3, atol=2e-5) for name in one | other)


def at_steps(numbers: Collection[int], what: Callable[[Tensor], Tensor], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lets something happen to the word losses of these steps, whenever they are run; lists the steps as they are."""
    seen: list[int] = []
    gradients, losses = SpecialistTrainer._gradients, training.row_losses
    now = [-1]

    def of_step(self, step):  # type: ignore[no-untyped-def]
        now[0] = self.state.global_step
        seen.append(now[0])
        return gradients(self, step)

    def of_row(module, row):  # type: ignore[no-untyped-def]
        words, heads = losses(module, row)
        return (what(words), heads) if now[0] in numbers else (words, heads)

    monkeypatch.setattr(SpecialistTrainer, "_gradients", of_step)
    monkeypatch.setattr(training, "row_losses", of_row)
    return seen


def undefined(loss: Tensor) -> Tensor:
    return loss * float("nan")


def killed(loss: Tensor) -> Tensor:
    raise KeyboardInterrupt
