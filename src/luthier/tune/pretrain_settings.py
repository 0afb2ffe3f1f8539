"""Every setting of a pre-training run, with the place it came from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from luthier.base_models import ResolvedModel, precision_for, this_device
from luthier.config import FROM_SCRATCH, Config, Lora, Pretrain, Scratch

EPOCHS, EPOCHS_FROM_SCRATCH = 1.0, 10.0
RATE_FROM_SCRATCH = 1e-3
FULL_TO_LORA = 10.0  # full fine-tuning wants about a tenth of LoRA's rate (Biderman et al. 2024)


@dataclass(frozen=True, slots=True)
class PretrainSettings:
    """What a pre-training run works with. `lora` is None for `full`, `scratch` for a model that is there already."""

    method: str
    lora: Lora | None
    scratch: Scratch | None
    epochs: float
    learning_rate: float
    block_tokens: int
    batch_blocks: int
    warmup: float
    weight_decay: float
    max_gradient_norm: float
    dev_share: float
    examples: bool
    precision: str
    device: str
    seed: int

    def plain(self) -> dict[str, Any]:
        """The settings as JSON stores them."""
        shapes = {name: held and held.model_dump() for name, held in (("lora", self.lora), ("scratch", self.scratch))}
        return {**asdict(self), **shapes}


def resolve_pretrain(config: Config, origin: ResolvedModel | None) -> tuple[PretrainSettings, list[dict[str, Any]]]:
    """The settings of a run, and a line `{"name", "value", "from"}` for each.

    Args:
        origin: the model that goes on reading; None for one from scratch.
    """
    asked = config.tune.pretrain or Pretrain()
    scratch = None if origin is not None else config.scratch or Scratch()
    method = asked.method or ("lora" if scratch is None else "full")
    rate = RATE_FROM_SCRATCH if origin is None else origin.defaults.learning_rate
    if origin is not None and method == "full":
        rate /= FULL_TO_LORA
    settings = PretrainSettings(
        method=method,
        lora=config.tune.lora if method == "lora" else None,
        scratch=scratch,
        epochs=asked.epochs or (EPOCHS if scratch is None else EPOCHS_FROM_SCRATCH),
        learning_rate=asked.learning_rate or rate,
        block_tokens=asked.block_tokens if scratch is None else min(asked.block_tokens, scratch.context),
        batch_blocks=asked.batch_blocks,
        warmup=asked.warmup,
        weight_decay=asked.weight_decay,
        max_gradient_norm=config.tune.max_gradient_norm,
        dev_share=asked.dev_share,
        examples=asked.examples if asked.examples is not None else scratch is not None,
        precision=precision_for(config.tune.precision, this_device()),
        device=this_device(),
        seed=config.seed,
    )
    return settings, [
        {"name": name, "value": value, "from": _origin(name, config, asked, origin)}
        for name, value in settings.plain().items()
        if value is not None
    ]


def _origin(name: str, config: Config, asked: Pretrain, origin: ResolvedModel | None) -> str:
    """Where a setting came from."""
    if name in asked.model_fields_set and getattr(asked, name, None) is not None:
        return "luthier.yaml"
    whole = {"seed": config, "scratch": config, "lora": config.tune, "max_gradient_norm": config.tune}
    if name in whole and name in whole[name].model_fields_set:
        return "luthier.yaml"
    if name == "device" or (name == "precision" and config.tune.precision == "auto"):
        return "this machine"
    if name in ("learning_rate", "epochs", "method", "examples"):
        return f"default for {origin.name if origin is not None else 'a model from ' + FROM_SCRATCH}"
    return "default"
