"""LoRA's forward and backward pass of one linear layer, in as few memory passes as it takes.

With y = x Wᵀ + s (x Aᵀ) Bᵀ, an eager implementation writes the low-rank product, scales it and adds it, each a pass
over a tensor as large as y, and as much again on the way back. On a CPU, where a small model's layers are bound by
memory, those passes cost more than the low-rank products. Here the product is accumulated into y (and its gradient into
x's) by the matrix multiplication itself:

    forward    h = x Aᵀ           y  = x W ᵀ + b;  y  += s h Bᵀ
    backward   g = s dy B         dx = dy W;       dx += g A          dA = gᵀ x      dB = s dyᵀ h

The same numbers up to rounding; `fuse` leaves alone whatever is not plain LoRA on a plain layer. Adapters in float32 on
a model in bfloat16 stay float32 where they are kept and updated, and are rounded for the products alone: PEFT would
widen every input instead, and multiply in float32.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from peft.tuners.lora.layer import Linear as LoraLinear
from torch import Tensor, nn


def fuse(model: nn.Module) -> int:
    """Gives every plain LoRA layer of `model` the fused pass and returns how many there were.

    Left as they are: layers with dropout, DoRA or another variant, several adapters, or a frozen weight that is not
    kept as floating-point numbers.
    """
    count = 0
    for layer in model.modules():
        if isinstance(layer, LoraLinear) and _is_plain(layer):
            layer.forward = MethodType(_forward, layer)
            count += 1
    return count


def is_fused(layer: nn.Module) -> bool:
    """Whether `fuse` gave this layer its pass."""
    return getattr(layer.forward, "__func__", None) is _forward


def _is_plain(layer: LoraLinear) -> bool:
    base = layer.get_base_layer()
    names = list(layer.lora_A)
    if type(base) is not nn.Linear or len(names) != 1:
        return False
    (name,) = names
    return (
        isinstance(layer.lora_dropout[name], nn.Identity)
        and name not in layer.lora_variant
        and not layer.lora_bias[name]
        and base.weight.dtype.is_floating_point
    )


def _forward(layer: LoraLinear, x: Tensor, *args: Any, **keywords: Any) -> Tensor:
    if layer.disable_adapters or layer.merged:
        plain: Tensor = type(layer).forward(layer, x, *args, **keywords)
        return plain
    (name,) = layer.active_adapters
    base = layer.get_base_layer()
    adapted: Tensor = _Fused.apply(  # type: ignore[no-untyped-call]
        x, base.weight, base.bias, layer.lora_A[name].weight, layer.lora_B[name].weight, layer.scaling[name]
    )
    return adapted


class _Fused(torch.autograd.Function):
    """x (…, in), weight (out, in), bias (out,) or None, a (rank, in), b (out, rank) -> (…, out)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, a: Tensor, b: Tensor, scale: float) -> Tensor:
        ctx.kept_in = a.dtype, b.dtype
        flat, a, b = x.reshape(-1, x.shape[-1]), a.to(x.dtype), b.to(x.dtype)
        low = flat @ a.T
        y = nn.functional.linear(flat, weight, bias)
        y.addmm_(low, b.T, alpha=scale)
        ctx.save_for_backward(flat, low, weight, a, b)
        ctx.scale, ctx.shape = scale, x.shape
        return y.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        flat, low, weight, a, b = ctx.saved_tensors
        dy = gradients[0].reshape(-1, gradients[0].shape[-1])
        dlow = (dy @ b).mul_(ctx.scale)
        dx = None
        if ctx.needs_input_grad[0]:
            dx = (dy @ weight).addmm_(dlow, a).view(ctx.shape)
        da, db = dlow.T @ flat, (dy.T @ low).mul_(ctx.scale)
        return dx, None, None, da.to(ctx.kept_in[0]), db.to(ctx.kept_in[1]), None
