"""Every setting of a run with the place it came from, so that a run can be read before it starts."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from luthier.base_models import ResolvedModel, precision_for, this_device
from luthier.config import FROM_SCRATCH, Config

LORA_ALPHA = {"lora": 32, "rslora": 8}  # both scale rank 16 by 2


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a tuning run works with. The `lora_*` mean nothing where `method` is `full`."""

    method: str
    lora_rank: int
    lora_alpha: int
    lora_plus_ratio: float  # 1 but for lora_plus
    lora_dropout: float
    lora_target_modules: str | tuple[str, ...]
    lora_upper_layers: float
    learning_rate: float
    head_learning_rate: float
    batch_size: int
    epochs: dict[str, float]  # per task
    mixing: dict[str, float]  # task -> its share of the loss; empty: as the examples come
    warmup: float
    weight_decay: float
    max_gradient_norm: float
    max_tokens: int
    row_tokens: int
    label_head: str
    label_head_depth: float
    head_start_steps: int
    dev_max_cost: float
    dev_items: int
    dev_patience: int | None
    dev_min_improvement: float
    precision: str
    device: str
    seed: int


def resolve(config: Config, base: ResolvedModel) -> tuple[Resolved, list[dict[str, Any]]]:
    """The settings of a run, and a line `{"name", "value", "from"}` for each."""
    tune, defaults = config.tune, base.defaults
    device = this_device()
    origins: dict[str, str] = {}

    def pick(name: str, given: Any, catalogue: Any) -> Any:
        origins[name] = "luthier.yaml" if given is not None else f"default for {base.name}"
        return given if given is not None else catalogue

    method = method_for(config, base)
    ratio = tune.lora.plus_ratio if method == "lora_plus" else 1.0
    to_lora = lora_rate_factor(method, ratio)
    learning_rate = pick("learning_rate", tune.learning_rate, defaults.learning_rate / to_lora)
    epochs = pick("epochs", tune.epochs, defaults.epochs)
    settings = Resolved(
        method=method,
        lora_rank=tune.lora.rank,
        lora_alpha=tune.lora.alpha or LORA_ALPHA["rslora" if method == "rslora" else "lora"],
        lora_plus_ratio=ratio,
        lora_dropout=tune.lora.dropout,
        lora_target_modules=(
            tune.lora.target_modules if isinstance(tune.lora.target_modules, str) else tuple(tune.lora.target_modules)
        ),
        lora_upper_layers=tune.lora.upper_layers,
        learning_rate=learning_rate,
        head_learning_rate=pick("head_learning_rate", tune.head_learning_rate, learning_rate * to_lora),
        batch_size=pick("batch_size", tune.batch_size, defaults.batch_size),
        epochs={task: tune.task_epochs.get(task, epochs) for task in config.tasks},
        mixing={task: weight / sum(tune.mixing.values()) for task, weight in tune.mixing.items()},
        warmup=tune.warmup,
        weight_decay=tune.weight_decay,
        max_gradient_norm=tune.max_gradient_norm,
        max_tokens=tune.max_tokens,
        row_tokens=tune.row_tokens,
        label_head=tune.label_head,
        label_head_depth=tune.label_head_depth,
        head_start_steps=tune.head_start_steps,
        dev_max_cost=tune.early_stopping.max_cost,
        dev_items=tune.early_stopping.dev_items,
        dev_patience=tune.early_stopping.patience,
        dev_min_improvement=tune.early_stopping.min_improvement,
        precision=precision_for(tune.precision, device),
        device=device,
        seed=config.seed,
    )
    origins |= {"device": "this machine", "epochs": _epochs_from(config, origins["epochs"])}
    if tune.head_learning_rate is None:
        origins["head_learning_rate"] = "as learning_rate" if to_lora == 1 else "the rate of plain LoRA"
    if tune.learning_rate is None and to_lora != 1:
        origins["learning_rate"] += f", divided by {to_lora:g} for {method}"
    if tune.precision == "auto":
        origins["precision"] = "this machine"
    written = tune.model_fields_set | {f"lora_{name}" for name in tune.lora.model_fields_set}
    written |= {f"dev_{name.removeprefix('dev_')}" for name in tune.early_stopping.model_fields_set}
    if "seed" in config.model_fields_set:
        written.add("seed")
    plain = {name: "luthier.yaml" if name in written else "default" for name in asdict(settings)}
    return settings, [
        {"name": name, "value": value, "from": origins.get(name, plain[name])}
        for name, value in asdict(settings).items()
        if _matters(name, settings)
    ]


def method_for(config: Config, base: ResolvedModel) -> str:
    """How the weights are changed: all of them where a model began from nothing, unless luthier.yaml says otherwise."""
    written = "method" in config.tune.model_fields_set
    return "full" if base.name == FROM_SCRATCH and not written else config.tune.method


def lora_rate_factor(method: str, plus_ratio: float) -> float:
    """How many times the rate of `method` plain LoRA would learn at.

    Full fine-tuning wants about a tenth of LoRA's rate (Biderman et al. 2024, "LoRA Learns Less and Forgets Less").
    With LoRA+ the rates of A and B stand `plus_ratio` apart, on either side of LoRA's.
    """
    if method == "full":
        return 10.0
    return math.sqrt(plus_ratio) if method == "lora_plus" else 1.0


def usual_rates(base: ResolvedModel, method: str, plus_ratio: float) -> tuple[float, float]:
    """The usual range of learning rates for this model under this method: the catalogue's is plain LoRA's."""
    low, high = base.defaults.learning_rate_range
    factor = lora_rate_factor(method, plus_ratio)
    return low / factor, high / factor


def _matters(name: str, settings: Resolved) -> bool:
    """Whether a setting says anything about a run with these."""
    if name == "lora_plus_ratio":
        return settings.method == "lora_plus"
    if name == "mixing":
        return bool(settings.mixing)
    return settings.method != "full" or not name.startswith("lora_")


def _epochs_from(config: Config, otherwise: str) -> str:
    """Where the epochs of each task come from, `otherwise` being where those of tasks without their own do."""
    own = [task for task in config.tasks if task in config.tune.task_epochs]
    if len(own) == len(config.tasks) or not own or otherwise == "luthier.yaml":
        return "luthier.yaml" if own else otherwise
    return f"luthier.yaml ({', '.join(own)}), {otherwise}"
