"""The optimiser of a run: which weights learn at which rate, and in which precision they are summed.

Label heads have a rate of their own, since they may have been fitted already. LoRA+ gives the B matrices a higher one
than the A matrices (Hayou et al. 2024, "LoRA+: Efficient Low Rank Adaptation of Large Models"): a wide layer's output
moves by the sum of what both learn, and at one rate B learns too slowly for its share. Adapters of embeddings keep the
lower rate: what multiplies their A is a one and zeros, not a wide state, so the argument does not hold there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from luthier.inference.specialist import SpecialistModel
from luthier.tune.settings import Resolved


def optimizer_for(module: SpecialistModel, settings: Resolved) -> torch.optim.Optimizer:
    """AdamW over `parameter_groups`, with float32 master copies of weights that are held in less."""
    groups = parameter_groups(module, settings)
    halved = any(weight.dtype != torch.float32 for group in groups for weight in group["params"])
    optimizer = MasterAdamW if halved else torch.optim.AdamW
    return optimizer(groups, weight_decay=settings.weight_decay)


def parameter_groups(module: SpecialistModel, settings: Resolved) -> list[dict[str, Any]]:
    """The weights that tuning changes, as groups `{"params", "lr"}`; none is empty."""
    heads = {id(weight) for weight in module.heads.parameters()}
    groups: dict[float, list[nn.Parameter]] = {}
    for name, weight in module.trainable().items():
        rate = settings.learning_rate * (settings.lora_plus_ratio if ".lora_B." in name else 1.0)
        rate = settings.head_learning_rate if id(weight) in heads else rate
        groups.setdefault(rate, []).append(weight)
    return [{"params": weights, "lr": rate} for rate, weights in groups.items()]


def optimizer_bytes(weights: Iterable[nn.Parameter]) -> int:
    """What the optimiser keeps of these weights: two moments in float32, and the masters."""
    return sum(weight.numel() * (8 + (4 if weight.dtype != torch.float32 else 0)) for weight in weights)


class MasterAdamW(torch.optim.AdamW):
    """AdamW that sums updates in float32 for weights held in bfloat16, which has 8 bits of mantissa.

    A step of 1e-5 of a weight's size is lost in bfloat16, where the next number is 4e-3 away; a master copy keeps it
    until enough have come together (Micikevicius et al. 2018, "Mixed Precision Training"). The copies are part of the
    state, so a resumed run goes on from them and not from what they were rounded to.
    """

    def __init__(self, groups: list[dict[str, Any]], *, weight_decay: float) -> None:
        self.pairs: list[tuple[nn.Parameter, nn.Parameter]] = []  # what the model holds, and its master
        masters = [{**group, "params": [self._master(weight) for weight in group["params"]]} for group in groups]
        super().__init__(masters, weight_decay=weight_decay)

    def _master(self, weight: nn.Parameter) -> nn.Parameter:
        if weight.dtype == torch.float32:
            return weight
        master = nn.Parameter(weight.detach().float().clone())
        self.pairs.append((weight, master))
        return master

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One update of the masters by the gradients that the model's weights hold, then of those by the masters."""
        for weight, master in self.pairs:
            master.grad = None if weight.grad is None else weight.grad.float()
        loss: float | None = super().step(closure)
        for weight, master in self.pairs:
            weight.copy_(master)
            master.grad = None
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        super().zero_grad(set_to_none)
        for weight, _ in self.pairs:
            weight.grad = None

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "masters": [master.detach() for _, master in self.pairs]}

    @torch.no_grad()
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        held = dict(state_dict)
        for (weight, master), kept in zip(self.pairs, held.pop("masters"), strict=True):
            master.copy_(kept)
            weight.copy_(master)
        super().load_state_dict(held)
