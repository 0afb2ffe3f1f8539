"""The fused pass gives PEFT's numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from luthier.tune.fused_lora import fuse, row_lengths


def _model(dtype: torch.dtype = torch.float32, **lora: object) -> nn.Module:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=50,
        hidden_size=24,
        intermediate_size=40,
        num_hidden_layers=2,
        num_attention_heads=2,
        attention_bias=True,
    )
    adapter = LoraConfig(r=3, lora_alpha=7, target_modules="all-linear", **lora)
    model = get_peft_model(LlamaForCausalLM(config).to(dtype), adapter)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=0.1)
    return model


def _gradients(model: nn.Module) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    logits = model(input_ids=torch.arange(12).reshape(2, 6)).logits
    logits.pow(2).sum().backward()
    return logits.detach(), {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("lora", [{}, {"use_rslora": True}, {"use_dora": True}])
def test_outputs_and_gradients_are_those_of_peft(lora: dict[str, object]) -> None:
    plain, fused = _model(**lora), _model(**lora)
    assert fuse(fused) == 14  # seven linear layers in each of two
    expected, gradients = _gradients(plain)
    found, fused_gradients = _gradients(fused)
    assert torch.allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert fused_gradients.keys() == gradients.keys()
    for name, gradient in gradients.items():
        assert (fused_gradients[name] - gradient).norm() <= 1e-5 * gradient.norm(), name


@pytest.mark.parametrize("lora", [{}, {"use_dora": True}])
def test_adapters_stay_float32_on_a_model_in_bfloat16(lora: dict[str, object]) -> None:
    """bfloat16 keeps 8 bits: a rounding is off by at most 1/256, and a few of them are far below a tenth."""
    plain, fused = _model(torch.bfloat16, **lora), _model(torch.bfloat16, **lora)
    assert fuse(fused) == 14
    expected, gradients = _gradients(plain)
    found, fused_gradients = _gradients(fused)
    assert (found - expected).norm() <= 0.02 * expected.norm()
    for name, gradient in gradients.items():
        assert fused_gradients[name].dtype == gradient.dtype == torch.float32
        assert (fused_gradients[name] - gradient).norm() <= 0.1 * gradient.norm(), name


def test_what_is_not_plain_lora_is_left_alone() -> None:
    make: list[Callable[[], nn.Module]] = [
        lambda: _model(lora_dropout=0.1),
        lambda: _model(lora_bias=True),
    ]
    assert [fuse(one()) for one in make] == [0, 0]


def test_row_lengths_are_those_of_the_whole_matrix() -> None:
    """By hand, at scale 2: W + 2 B A = [[3, 0], [0, 1]] + 2 [[0], [1]] [[1, 1]] = [[3, 0], [2, 3]]: 3 and √13."""
    weight, a, b = torch.tensor([[3.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 1.0]]), torch.tensor([[0.0], [1.0]])
    assert torch.allclose(row_lengths(weight, a, b, 2.0), torch.tensor([3.0, 13.0**0.5]))


def test_nothing_as_large_as_a_weight_is_kept_for_the_way_back() -> None:
    """PEFT's DoRA keeps an identity matrix for each layer."""
    model = _model(use_dora=True)
    fuse(model)
    weights = {weight.data_ptr() for weight in model.parameters()}
    kept: list[int] = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.extend([tensor.numel()] if tensor.data_ptr() not in weights else [])
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(input_ids=torch.arange(3)[None])
    assert max(kept) <= 3 * 50  # tokens times the widest thing there is, the vocabulary


def test_a_disabled_adapter_is_out_of_force() -> None:
    model = _model()
    ids = torch.arange(6)[None]
    fuse(model)
    on = model(input_ids=ids).logits
    with model.disable_adapter():
        off = model(input_ids=ids).logits
    torch.manual_seed(0)
    base = LlamaForCausalLM(model.config)(input_ids=ids).logits
    assert torch.allclose(off, base, atol=1e-6) and not torch.allclose(on, base, atol=1e-3)
