"""The sides of `gpu_lora.py`. Each makes its own model of random weights, takes all steps, and says what they took."""

from __future__ import annotations

import gc
import tempfile
import time
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback, set_seed
from transformers.utils import is_flash_attn_2_available, is_liger_kernel_available

from luthier.base_models import ResolvedModel, TuningDefaults
from luthier.config import Config
from luthier.inference.label_heads import LabelHeads
from luthier.inference.specialist import SpecialistModel
from luthier.packed_attention import use_packed_attention
from luthier.tune.batching import Item
from luthier.tune.fused_lora import fuse
from luthier.tune.on_gpu import use_gpu_kernels
from luthier.tune.settings import Resolved, resolve
from luthier.tune.steps import Steps
from luthier.tune.trainer import SpecialistTrainer

WARM_UP = 2  # kernels are compiled and memory is laid out
RANK, ALPHA, LEARNING_RATE = 16, 32, 1e-4


class Shape(NamedTuple):
    """A Llama's sizes, and how long its rows are."""

    vocabulary: int
    hidden: int
    intermediate: int
    layers: int
    heads: int
    key_value_heads: int
    row_tokens: int

    @property
    def weights(self) -> int:
        """Numbers in the linear layers of all blocks."""
        keys = self.hidden * self.key_value_heads // self.heads
        return self.layers * self.hidden * (2 * self.hidden + 2 * keys + 3 * self.intermediate)


class Took(NamedTuple):
    """What all steps but the first `warm_up` took."""

    seconds: float
    memory: int | None  # bytes on the GPU at most; None on a CPU
    warm_up: int


class Clock(TrainerCallback):
    """Measures from the end of the warm-up to the end of the run."""

    def __init__(self, warm_up: int) -> None:
        self.warm_up, self.started = warm_up, 0.0
        self.took: Took | None = None

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == self.warm_up:
            self.started = _now()

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        memory = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None
        self.took = Took(_now() - self.started, memory, self.warm_up)


def luthier(shape: Shape, steps: list[list[Item]], device: str) -> Took:
    """Luthier's trainer, as `luthier tune` runs it."""
    settings = _settings(shape, len(steps[0]), device)
    model = _model(shape, device, "sdpa")
    use_packed_attention(model)
    lora = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules="all-linear", task_type="CAUSAL_LM")
    adapted = get_peft_model(model, lora)
    fuse(adapted)
    use_gpu_kernels(adapted, device)
    module = SpecialistModel(adapted, LabelHeads(shape.hidden, {}), 1)
    items = [item for step in steps for item in step]
    sizes = [len(step) for step in steps]
    plan = [list(range(sum(sizes[:number]), sum(sizes[: number + 1]))) for number in range(len(steps))]
    with tempfile.TemporaryDirectory() as folder:
        trainer = SpecialistTrainer(
            module, Steps(items, plan, shape.row_tokens), settings, Path(folder), checkpoint_every=len(steps) + 1
        )
        return _taken(trainer, len(steps))


def trl(shape: Shape, steps: list[list[Item]], device: str, attention: str) -> Took:
    """TRL's SFTTrainer with PEFT, padding-free, as many examples at a time as fill a row."""
    from datasets import Dataset, disable_progress_bars
    from transformers.trainer_callback import PrinterCallback
    from trl import SFTConfig, SFTTrainer

    disable_progress_bars()
    rows = [
        {"input_ids": [*item.prompt, *item.target], "completion_mask": [0] * len(item.prompt) + [1] * len(item.target)}
        for step in steps
        for item in step
    ]
    at_once = _that_fill(shape.row_tokens, rows, len(steps[0]))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arguments = SFTConfig(
            output_dir=folder,
            per_device_train_batch_size=at_once,
            gradient_accumulation_steps=len(steps[0]) // at_once,
            num_train_epochs=1,
            learning_rate=LEARNING_RATE,
            completion_only_loss=True,
            padding_free=True,
            max_length=None,
            gradient_checkpointing=False,
            use_liger_kernel=device == "cuda" and is_liger_kernel_available(),
            bf16=device == "cuda",
            tf32=True if device == "cuda" else None,
            use_cpu=device == "cpu",
            train_sampling_strategy="sequential",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        trainer = SFTTrainer(
            model=_model(shape, device, attention),
            args=arguments,
            train_dataset=Dataset.from_list(rows),
            processing_class=_tokenizer(),
            peft_config=LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules="all-linear", task_type="CAUSAL_LM"),
        )
        trainer.remove_callback(PrinterCallback)
        return _taken(trainer, len(steps))


def attentions(device: str) -> list[str]:
    """What TRL's padding-free rows can be attended with here: FlashAttention, made for them, where it is installed."""
    if device == "cpu":
        return ["sdpa"]
    if is_flash_attn_2_available():
        return ["flash_attention_2"]
    return ["flash_attention_3"] if find_spec("flash_attn_interface") else ["flex_attention", "sdpa"]


def _taken(trainer: Any, steps: int) -> Took:
    """Runs a trainer from a clean slate and leaves one."""
    clock = Clock(min(WARM_UP, steps - 1))
    trainer.add_callback(clock)
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    trainer.train()
    trainer.model = trainer.module = None
    gc.collect()
    torch.cuda.empty_cache()
    assert clock.took is not None
    return clock.took


def _that_fill(row_tokens: int, rows: list[dict[str, list[int]]], batch: int) -> int:
    """The largest divisor of the batch whose examples fit into a row on average."""
    mean = sum(len(row["input_ids"]) for row in rows) / len(rows)
    return max(
        count for count in range(1, batch + 1) if batch % count == 0 and (count == 1 or count * mean <= row_tokens)
    )


def _settings(shape: Shape, batch: int, device: str) -> Resolved:
    task = {"kind": "generate", "instruction": "", "inputs": {"text": ""}}
    tune = {"lora": {"rank": RANK, "alpha": ALPHA}, "batch_size": batch, "row_tokens": shape.row_tokens}
    config = Config.model_validate({"name": "speed", "tasks": {"work": task}, "sources": [], "tune": tune})
    defaults = TuningDefaults(
        learning_rate=LEARNING_RATE,
        batch_size=batch,
        epochs=1.0,
        reason="the benchmark's",
        learning_rate_range=(LEARNING_RATE, LEARNING_RATE),
    )
    base = ResolvedModel(name="random", folder=Path(), fingerprint="", parameters=0, defaults=defaults)
    settings, _ = resolve(config, base)
    assert settings.device == device
    return settings


def _model(shape: Shape, device: str, attention: str) -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_value_heads,
        max_position_embeddings=8192,
        rope_parameters={"rope_type": "default", "rope_theta": 500_000.0},
        tie_word_embeddings=False,
        attn_implementation=attention,
        bos_token_id=0,
        eos_token_id=1,
    )
    set_seed(0)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16 if device == "cuda" else torch.float32)
    try:
        with torch.device(device):
            return LlamaForCausalLM(config)
    finally:
        torch.set_default_dtype(before)


def _tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer of two tokens: the ids are given, but TRL asks for the padding's."""
    from tokenizers import Tokenizer, models

    words = Tokenizer(models.WordLevel({"<pad>": 0, "<eos>": 1}, unk_token="<pad>"))
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>", unk_token="<pad>")


def _now() -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()
