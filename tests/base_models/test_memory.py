"""What tuning takes of memory, reckoned by hand, and held against what autograd keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel, Qwen3Config, Qwen3ForCausalLM

from luthier.base_models import (
    CATALOGUE,
    Architecture,
    architecture_of,
    kv_cache_bytes,
    require_entry,
    training_memory,
    weight_bytes,
)
from luthier.base_models.memory import activation_bytes
from luthier.base_models.model_folder import parameter_count
from luthier.tune.fused_lora import fuse

SMALL = {
    "vocab_size": 64,
    "hidden_size": 256,
    "intermediate_size": 704,
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "tie_word_embeddings": True,
}


def small(*, head_norms: bool = False) -> Architecture:
    return Architecture(
        vocabulary=64,
        hidden_size=256,
        intermediate_size=704,
        layers=4,
        heads=8,
        key_value_heads=2,
        head_size=32,
        context=2048,
        tied=True,
        head_norms=head_norms,
    )


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("smollm2-135m", 134_515_008),
        ("smollm2-360m", 361_821_120),
        ("smollm2-1.7b", 1_711_376_384),
        ("qwen3-0.6b", 596_049_920),
        ("qwen3-4b", 4_022_468_096),
        ("qwen3-8b", 8_190_735_360),
        ("mistral-7b", 7_248_023_552),
        ("llama3-8b", 8_030_261_248),
    ],
)
def test_a_catalogue_models_sizes_give_its_published_parameter_count(name: str, parameters: int) -> None:
    assert require_entry(name).parameters == parameters
    assert {entry.name for entry in CATALOGUE} >= {name}


def test_a_folders_sizes_give_the_numbers_in_its_files(tiny_model: Path) -> None:
    assert architecture_of(tiny_model).parameters == parameter_count(tiny_model)


@pytest.mark.parametrize(("kind", "config"), [(LlamaForCausalLM, LlamaConfig), (Qwen3ForCausalLM, Qwen3Config)])
def test_sizes_are_read_as_transformers_reads_them(kind: type, config: type, tmp_path: Path) -> None:
    model = kind(config(**{**SMALL, "tie_word_embeddings": False}))
    model.save_pretrained(tmp_path)
    assert architecture_of(tmp_path).parameters == sum(weight.numel() for weight in model.parameters())


def test_lora_weights_of_llama_3_8b_by_hand() -> None:
    """A layer at rank 16: q, o 16 x (4096 + 4096) each, k, v 16 x (4096 + 1024), gate, up, down 16 x (4096 + 14336).

    16 x (2 x 8192 + 2 x 5120 + 3 x 18432) = 1,310,720; of 32 layers 41,943,040. lm_head: 16 x (4096 + 128256).
    """
    llama = require_entry("llama3-8b").architecture
    assert llama.lora_parameters(16) == 41_943_040
    assert llama.lora_parameters(16, layers=16) == 41_943_040 // 2
    assert llama.lora_parameters(16, ["q_proj", "lm_head"]) == 32 * 16 * 8192 + 16 * 132_352


def test_a_token_in_the_cache_of_llama_3_8b_is_128_kib() -> None:
    """Keys and values, 32 layers, 8 heads of 128, 2 bytes: 2 x 32 x 1024 x 2 = 131,072."""
    assert kv_cache_bytes(require_entry("llama3-8b").architecture, 10, "bfloat16") == 10 * 131_072


def test_weights_and_what_follows_them_by_hand() -> None:
    """The small model: a layer has 256x256 x2 + 256x64 x2 + 256x704 x3 = 704,512 linear weights, four 2,818,048.

    With 64x256 = 16,384 embeddings and 9 norms of 256, 2,836,736 in all. In NF4 a weight takes 1/2 + 1/64 + 1/4096
    bytes: 2,818,048 x (2048 + 64 + 1) / 4096 = 1,453,743.5 bytes, and the other 18,688 take two each.
    """
    sizes = small()
    assert (sizes.linear_parameters, sizes.parameters) == (2_818_048, 2_836_736)
    assert weight_bytes(sizes, "bfloat16", four_bit=True) == pytest.approx(1_453_743.5 + 2 * 18_688, abs=1)
    full = training_memory(sizes, method="full", precision="bfloat16", row_tokens=10)
    assert (full.weights, full.gradients, full.optimizer) == (2 * 2_836_736, 2 * 2_836_736, 16 * 2_836_736)
    full = training_memory(sizes, method="full", precision="float32", row_tokens=10)
    assert (full.weights, full.gradients, full.optimizer) == (4 * 2_836_736, 4 * 2_836_736, 8 * 2_836_736)
    adapter = sizes.lora_parameters(16)
    lora = training_memory(sizes, method="lora", precision="float32", row_tokens=10)
    assert (lora.weights, lora.gradients, lora.optimizer) == (4 * (2_836_736 + adapter), 4 * adapter, 8 * adapter)


def _kept(model: PreTrainedModel, tokens: int) -> int:
    """Bytes that autograd keeps of one row below the output embeddings."""
    weights = {weight.data_ptr() for weight in model.parameters()}
    found: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            found[storage.data_ptr()] = storage  # held, so that no address is used twice
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(input_ids=torch.arange(tokens)[None] % 64, use_cache=False)
    return sum(storage.nbytes() for storage in found.values())


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("method", ["lora", "dora", "full"])
@pytest.mark.parametrize("head_norms", [False, True])
def test_activations_are_what_autograd_keeps(method: str, precision: str, head_norms: bool) -> None:
    kind, config = (Qwen3ForCausalLM, Qwen3Config) if head_norms else (LlamaForCausalLM, LlamaConfig)
    model = kind(config(**SMALL)).to(getattr(torch, precision))
    model.set_attn_implementation("sdpa")
    inner = model.model
    if method != "full":
        model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", use_dora=method == "dora"))
        fuse(model)
    reckoned = activation_bytes(
        small(head_norms=head_norms), method=method, precision=precision, tokens=256, lora_rank=16
    )
    assert reckoned == pytest.approx(_kept(inner, 256), rel=0.06)


def test_more_of_everything_takes_more() -> None:
    llama = require_entry("llama3-8b").architecture

    def total(method: str = "lora", precision: str = "bfloat16", row_tokens: int = 1024, **other: int) -> int:
        return training_memory(llama, method=method, precision=precision, row_tokens=row_tokens, **other).total

    assert total("qlora") < total() < total("pissa") < total("dora") < total("full")
    assert total() < total(row_tokens=2048) and total() < total(lora_rank=64) and total() < total(precision="float32")
    assert total(recompute=True) < total()
    assert 16e9 < total() < 30e9, "8 billion weights of two bytes fit a GPU of 40 GB, and not one of 16"
