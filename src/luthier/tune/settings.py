"""Every setting of a run with the place it came from, so that a run can be read before it starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch

from luthier.base_models import ResolvedModel
from luthier.config import Config


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a tuning run works with."""

    method: str
    lora_rank: int
    lora_alpha: int
    lora_dropout: float
    lora_target_modules: str | tuple[str, ...]
    lora_upper_layers: float
    learning_rate: float
    head_learning_rate: float
    batch_size: int
    epochs: dict[str, float]  # per task
    warmup: float
    weight_decay: float
    max_gradient_norm: float
    max_tokens: int
    row_tokens: int
    label_head: str
    precision: str
    device: str
    seed: int


def resolve(config: Config, base: ResolvedModel) -> tuple[Resolved, list[dict[str, Any]]]:
    """The settings of a run, and a line `{"name", "value", "from"}` for each."""
    tune, defaults = config.tune, base.defaults
    device = "cuda" if torch.cuda.is_available() else "cpu"
    origins: dict[str, str] = {}

    def pick(name: str, given: Any, catalogue: Any) -> Any:
        origins[name] = "luthier.yaml" if given is not None else f"default for {base.name}"
        return given if given is not None else catalogue

    learning_rate = pick("learning_rate", tune.learning_rate, defaults.learning_rate)
    epochs = pick("epochs", tune.epochs, defaults.epochs)
    settings = Resolved(
        method="lora",
        lora_rank=tune.lora.rank,
        lora_alpha=tune.lora.alpha,
        lora_dropout=tune.lora.dropout,
        lora_target_modules=(
            tune.lora.target_modules if isinstance(tune.lora.target_modules, str) else tuple(tune.lora.target_modules)
        ),
        lora_upper_layers=tune.lora.upper_layers,
        learning_rate=learning_rate,
        head_learning_rate=pick("head_learning_rate", tune.head_learning_rate, learning_rate),
        batch_size=pick("batch_size", tune.batch_size, defaults.batch_size),
        epochs={task: tune.task_epochs.get(task, epochs) for task in config.tasks},
        warmup=tune.warmup,
        weight_decay=tune.weight_decay,
        max_gradient_norm=tune.max_gradient_norm,
        max_tokens=tune.max_tokens,
        row_tokens=tune.row_tokens,
        label_head=tune.label_head,
        precision=_precision(tune.precision, device),
        device=device,
        seed=config.seed,
    )
    given = tune.model_fields_set
    lines = []
    for name, value in asdict(settings).items():
        written = name in given or (
            name.startswith("lora_") and name.removeprefix("lora_") in tune.lora.model_fields_set
        )
        found = "this machine" if name in ("device", "precision") and not written else "default"
        lines.append({"name": name, "value": value, "from": origins.get(name, "luthier.yaml" if written else found)})
    return settings, lines


def _precision(asked: str, device: str) -> str:
    """bfloat16 where the processor multiplies it natively: elsewhere it is emulated, many times slower."""
    if asked != "auto":
        return asked
    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    native = torch.cpu.get_capabilities()
    return "bfloat16" if native.get("avx512_bf16") or native.get("amx_bf16") else "float32"
