"""LoRA's and DoRA's forward and backward pass of one linear layer, in as few memory passes as it takes.

With y = x Wᵀ + s (x Aᵀ) Bᵀ, an eager implementation writes the low-rank product, scales it and adds it, each a pass
over a tensor as large as y, and as much again on the way back. On a CPU, where a small model's layers are bound by
memory, those passes cost more than the low-rank products. Here the product is accumulated into y (and its gradient into
x's) by the matrix multiplication itself:

    forward    h = x Aᵀ           y  = x W ᵀ + b;  y  += s h Bᵀ
    backward   g = s dy B         dx = dy W;       dx += g A          dA = gᵀ x      dB = s dyᵀ h

DoRA (Liu et al. 2024, "DoRA: Weight-Decomposed Low-Rank Adaptation") gives each row of W + s B A a learnt length m, and
treats the length n that it has as a constant. PEFT makes B A in full to measure it, by way of an identity matrix that
autograd keeps: the square of a layer's input width, for every layer. Of the lengths alone no such matrix is needed:

    n² = |W|² + 2 s B·(W Aᵀ) + s² B·(B A Aᵀ)     row by row, · the sum of products along the rank
    z  = x Wᵀ + s h Bᵀ                            y = (m/n) z + b
    dz = (m/n) dy                                 dm = (dy·z)/n summed over tokens, the rest as above with dz for dy

The same numbers up to rounding; `fuse` leaves alone whatever is neither on a plain layer. Adapters in float32 on a
model in bfloat16 stay float32 where they are kept and updated, and are rounded for the products alone: PEFT would widen
every input instead, and multiply in float32. Lengths and magnitudes are float32 throughout.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from peft.tuners.lora.layer import Linear as LoraLinear
from peft.tuners.lora.variants import DoraLinearVariant
from torch import Tensor, nn


def fuse(model: nn.Module) -> int:
    """Gives every layer of `model` with plain LoRA or DoRA the fused pass and returns how many there were.

    Left as they are: layers with dropout, another variant, several adapters, or a frozen weight that is not kept as
    floating-point numbers.
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
        and type(layer.lora_variant.get(name)) in (type(None), DoraLinearVariant)
        and not layer.lora_bias[name]
        and base.weight.dtype.is_floating_point
    )


def _forward(layer: LoraLinear, x: Tensor, *args: Any, **keywords: Any) -> Tensor:
    if layer.disable_adapters or layer.merged:
        plain: Tensor = type(layer).forward(layer, x, *args, **keywords)
        return plain
    (name,) = layer.active_adapters
    base, scale = layer.get_base_layer(), layer.scaling[name]
    a, b = layer.lora_A[name].weight, layer.lora_B[name].weight
    adapted: Tensor
    if name in layer.lora_variant:
        magnitude = layer.lora_magnitude_vector[name].weight
        length = row_lengths(base.weight, a, b, scale)
        adapted = _FusedDora.apply(x, base.weight, base.bias, a, b, scale, magnitude, length)  # type: ignore[no-untyped-call]
    else:
        adapted = _Fused.apply(x, base.weight, base.bias, a, b, scale)  # type: ignore[no-untyped-call]
    return adapted


@torch.no_grad()
def row_lengths(weight: Tensor, a: Tensor, b: Tensor, scale: float) -> Tensor:
    """The length of each row of weight + scale B A, of shape (out,), without making B A."""
    weight = weight.float()
    squares = weight.pow(2).sum(dim=1)
    squares += (2 * scale * b * (weight @ a.T)).sum(dim=1)
    squares += (scale**2 * b * (b @ (a @ a.T))).sum(dim=1)
    return squares.clamp_min(0.0).sqrt()


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
        dx, da, db = _gradients(ctx, dy, flat, low, weight, a, b)
        return dx, None, None, da, db, None


class _FusedDora(torch.autograd.Function):
    """As `_Fused`, with magnitude and length (out,) -> (…, out)."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        a: Tensor,
        b: Tensor,
        scale: float,
        magnitude: Tensor,
        length: Tensor,
    ) -> Tensor:
        ctx.kept_in = a.dtype, b.dtype
        flat, a, b = x.reshape(-1, x.shape[-1]), a.to(x.dtype), b.to(x.dtype)
        low = flat @ a.T
        z = (flat @ weight.T).addmm_(low, b.T, alpha=scale)
        ctx.save_for_backward(flat, low, weight, a, b, magnitude, length, z)
        ctx.scale, ctx.shape = scale, x.shape
        y = (z * (magnitude / length)).to(x.dtype)
        return (y if bias is None else y.add_(bias)).view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        flat, low, weight, a, b, magnitude, length, z = ctx.saved_tensors
        dy = gradients[0].reshape(-1, gradients[0].shape[-1])
        dmagnitude = (dy * z).sum(dim=0) / length
        dz = (dy * (magnitude / length)).to(dy.dtype)
        dx, da, db = _gradients(ctx, dz, flat, low, weight, a, b)
        return dx, None, None, da, db, None, dmagnitude, None


def _gradients(
    ctx: Any, dz: Tensor, flat: Tensor, low: Tensor, weight: Tensor, a: Tensor, b: Tensor
) -> tuple[Tensor | None, Tensor, Tensor]:
    """The gradients of x, where it is wanted, of a and of b, from that of z (tokens, out)."""
    dlow = (dz @ b).mul_(ctx.scale)
    dx = (dz @ weight).addmm_(dlow, a).view(ctx.shape) if ctx.needs_input_grad[0] else None
    da, db = dlow.T @ flat, (dz.T @ low).mul_(ctx.scale)
    return dx, da.to(ctx.kept_in[0]), db.to(ctx.kept_in[1])
