"""A base model held in 4 bits, as QLoRA tunes on it: in NF4, whose 16 values suit normally distributed weights, with
the scales quantised once more (Dettmers et al. 2023, "QLoRA: Efficient Finetuning of Quantized LLMs").

bitsandbytes does the arithmetic, on NVIDIA GPUs. Where either is missing a run is refused before anything is loaded.

Of PEFT's `prepare_model_for_kbit_training` nothing is left to do. Adapters freeze the base model anyway; and widening
what is not quantised to float32 widens every state between the layers too, twice the memory, where norms already take
their means in float32 and bfloat16 weights have nothing to gain.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import torch

from luthier.base_models.precision import this_device
from luthier.errors import RefusedError

if TYPE_CHECKING:
    from transformers import BitsAndBytesConfig


def refuse_without_four_bits() -> None:
    """Raises `RefusedError` on a machine that cannot hold a model in 4 bits."""
    if this_device() != "cuda":
        raise RefusedError(
            "qlora needs an NVIDIA GPU, and PyTorch sees none here",
            where="luthier.yaml, tune.method",
            fix="Set tune.method: lora, which tunes the same adapter on any machine",
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise RefusedError(
            "qlora needs bitsandbytes, which is not installed",
            where="luthier.yaml, tune.method",
            fix="Run pip install 'luthier[gpu]', or set tune.method: lora",
        )


def four_bit_config(compute: torch.dtype) -> BitsAndBytesConfig:
    """NF4 with double quantisation, multiplied in `compute`."""
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute,
    )
