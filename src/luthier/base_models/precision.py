"""Where models run and in which precision: one rule for tuning and for every system that is measured."""

from __future__ import annotations

import torch


def this_device() -> str:
    """`cuda` where there is a GPU, else `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def precision_for(asked: str, device: str) -> str:
    """The name of the torch type that weights are held in.

    Args:
        asked: `tune.precision`; `auto` is bfloat16 where the processor multiplies it natively: elsewhere it is
            emulated, many times slower.
        device: as `this_device` names it.
    """
    if asked != "auto":
        return asked
    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    native = torch.cpu.get_capabilities()
    return "bfloat16" if native.get("avx512_bf16") or native.get("amx_bf16") else "float32"
