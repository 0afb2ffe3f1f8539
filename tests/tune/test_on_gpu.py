"""What is prepared for a GPU, and that nothing is on a CPU. The kernels themselves need a GPU and are not run here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from luthier.tune import on_gpu


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, bool]]]:
    """The kernels that were asked for, Liger being as good as installed."""
    asked: list[dict[str, bool]] = []

    def apply(_: Any, kernels: dict[str, bool]) -> None:
        asked.append(kernels)

    monkeypatch.setattr(on_gpu, "is_liger_kernel_available", lambda: True)
    monkeypatch.setattr(on_gpu.liger, "apply_liger_kernel", apply)
    before = torch.get_float32_matmul_precision()
    yield asked
    torch.set_float32_matmul_precision(before)


@pytest.fixture
def model() -> LlamaForCausalLM:
    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    return LlamaForCausalLM(LlamaConfig(vocab_size=8, **sizes))


def test_a_gpu_multiplies_float32_as_tf32_and_takes_kernels_but_for_the_loss(
    prepared: list[dict[str, bool]], model: LlamaForCausalLM
) -> None:
    assert on_gpu.use_gpu_kernels(model, "cuda")
    assert torch.get_float32_matmul_precision() == "high"
    (kernels,) = prepared
    assert kernels["rms_norm"] and not kernels["cross_entropy"] and not kernels["fused_linear_cross_entropy"]


def test_a_cpu_is_left_as_it_was(prepared: list[dict[str, bool]], model: LlamaForCausalLM) -> None:
    assert not on_gpu.use_gpu_kernels(model, "cpu")
    assert torch.get_float32_matmul_precision() == "highest" and not prepared


def test_without_the_package_only_the_precision_is_set(
    prepared: list[dict[str, bool]], model: LlamaForCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_gpu, "is_liger_kernel_available", lambda: False)
    assert not on_gpu.use_gpu_kernels(model, "cuda")
    assert torch.get_float32_matmul_precision() == "high" and not prepared
