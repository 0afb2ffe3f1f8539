"""PiSSA: LoRA that begins as the principal part of each weight, where plain LoRA begins as nothing.

Meng et al. 2024, "PiSSA: Principal Singular Values and Singular Vectors Adaptation of Large Language Models", split
W = (W - s B0 A0) + s B0 A0 by the largest singular values and train the second term. The authors store the first, so
that the base model is no longer the base model. Here it is left alone, and what is taken from it is part of the
adapter:

    y = W x + s (B A - B0 A0) x = W x + s [B  -B0] [A; A0] x          A, B trained, from A0, B0 on; A0, B0 frozen

That is the same function with the same gradients, and a plain LoRA adapter of twice the rank: it loads on the model as
it was published, and without the adapter one has that model back.
"""

from __future__ import annotations

import torch
from peft import PeftModel
from peft.tuners.lora.layer import Linear as LoraLinear
from torch import Tensor, nn
from torch.nn.utils import parametrize

OVERSAMPLING, PASSES = 16, 16
"""Of the randomised decomposition (Halko et al. 2011): how many directions more than asked are followed, and how often.
It need not be exact, since whatever it finds is taken off again."""


def start_at_principal(model: PeftModel, rank: int) -> None:
    """Lets every LoRA layer of `model`, of rank 2 x `rank` each, begin as PiSSA does. Draws random numbers.

    Adapters of embeddings begin as ever: a lookup has no wide input whose main directions could be followed.
    """
    for layer in model.modules():
        if isinstance(layer, LoraLinear):
            (name,) = layer.lora_A
            a, b = principal_part(layer.get_base_layer().weight, rank, layer.scaling[name])
            _begin_at(layer.lora_A[name], a, a, dim=0)
            _begin_at(layer.lora_B[name], b, -b, dim=1)


def principal_part(weight: Tensor, rank: int, scale: float) -> tuple[Tensor, Tensor]:
    """A0 (rank, in) and B0 (out, rank) in float32, with scale B0 A0 the best approximation of `weight` (out, in)."""
    wide = weight.detach().float()
    u, s, v = torch.svd_lowrank(wide, q=min(rank + OVERSAMPLING, *wide.shape), niter=PASSES)
    root = (s[:rank] / scale).sqrt()
    return (v[:, :rank] * root).T.contiguous(), (u[:, :rank] * root).contiguous()


def _begin_at(matrix: nn.Linear, trained: Tensor, frozen: Tensor, *, dim: int) -> None:
    """Makes a matrix of two halves: one to be trained, one that stays."""
    with torch.no_grad():
        matrix.weight.copy_(torch.cat([trained, frozen], dim=dim))
    parametrize.register_parametrization(matrix, "weight", _Beside(frozen, dim))


class _Beside(nn.Module):
    """A weight whose second half, along `dim`, is frozen; what is trained is the first."""

    def __init__(self, frozen: Tensor, dim: int) -> None:
        super().__init__()
        self.dim = dim
        self.frozen: Tensor
        self.register_buffer("frozen", frozen.clone())

    def forward(self, trained: Tensor) -> Tensor:
        return torch.cat([trained, self.frozen.to(trained.dtype)], dim=self.dim)

    def right_inverse(self, whole: Tensor) -> Tensor:
        """The half to be trained, of a whole weight."""
        return whole.narrow(self.dim, 0, whole.shape[self.dim] - self.frozen.shape[self.dim]).clone()
