"""The fused pass gives PEFT's numbers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from luthier.tune.fused_lora import fuse


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


def test_outputs_and_gradients_are_those_of_peft() -> None:
    plain, fused = _model(), _model()
    assert fuse(fused) == 14  # seven linear layers in each of two
    expected, gradients = _gradients(plain)
    found, fused_gradients = _gradients(fused)
    assert torch.allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert fused_gradients.keys() == gradients.keys()
    for name, gradient in gradients.items():
        assert (fused_gradients[name] - gradient).norm() <= 1e-5 * gradient.norm(), name


def test_adapters_stay_float32_on_a_model_in_bfloat16() -> None:
    """bfloat16 keeps 8 bits: a rounding is off by at most 1/256, and a few of them are far below a tenth."""
    plain, fused = _model(torch.bfloat16), _model(torch.bfloat16)
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
        lambda: _model(use_dora=True),
        lambda: _model(lora_bias=True),
    ]
    assert [fuse(one()) for one in make] == [0, 0, 0]


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
