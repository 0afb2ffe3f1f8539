"""How the model is changed: the `tune` section of `luthier.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from luthier.config.preflight import Preflight
from luthier.config.pretraining import Pretrain
from luthier.config.section import Name, Settings, Share


class Lora(Settings):
    """Low-rank adaptation (Hu et al. 2021)."""

    rank: PositiveInt = 16
    alpha: PositiveInt = 32
    dropout: Share = 0.0
    """0 by default: it draws random numbers for every adapted layer, which a CPU feels (docs/LOG.md)."""
    target_modules: list[str] | Literal["all-linear"] = "all-linear"
    upper_layers: Annotated[float, Field(gt=0, le=1)] = 1.0
    """The share of the model's layers, counted from the top, that are adapted. Below them nothing needs a gradient, so
    0.5 saves a quarter of a step's matrix products; what it costs in quality is the task's to say. Where a label head
    alone answers, some of them must lie below what it reads (`label_head_depth`), or the run is refused."""


class Tune(Settings):
    """How the model is changed. A setting left out is the base model's own default (`luthier models show NAME`)."""

    lora: Lora = Lora()
    learning_rate: PositiveFloat | None = None
    """5e-5 to 1e-4 suits models of 7-8 billion parameters; small ones want far more. None: the catalogue's."""
    head_learning_rate: PositiveFloat | None = None
    """For the label heads, once they are tuned together with the model. None: as `learning_rate`."""
    batch_size: PositiveInt | None = None
    """Examples per optimiser step, whatever the memory. None: the catalogue's."""
    epochs: PositiveFloat | None = None
    task_epochs: dict[Name, PositiveFloat] = {}
    """Task -> epochs, where one task needs more passes over its examples than another."""
    warmup: Share = 0.06
    """Share of the steps over which the learning rate rises; it then falls along a cosine."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    max_gradient_norm: PositiveFloat = 1.0
    max_tokens: PositiveInt = 2048
    """The longest example, prompt and target together. A longer prompt loses its middle and is counted."""
    max_truncated: Share = 0.02
    """Above this share of truncated examples training is refused."""
    preflight: Preflight = Preflight()
    """What may not be so before tuning starts (`luthier preflight`)."""
    row_tokens: PositiveInt = 1024
    """Tokens packed into one forward pass; memory grows with it, results do not depend on it."""
    label_head: Literal["auto", "always", "never"] = "auto"
    """Whether `classify` answers come from a small layer on the hidden states or from generated labels. `auto`
    trains both and lets dev decide."""
    label_head_depth: Annotated[float, Field(gt=0, le=1)] = 0.5
    """How far up the model, as a share of its layers, label heads read. What a text says is plainest half-way up, above
    it the states turn to the next word; and a pass that ends there costs half (docs/decisions/label-head.md)."""
    head_start_steps: NonNegativeInt = 500
    """Steps of 16 examples in which label heads alone are fitted to the untuned model's states, before the model is
    tuned with them. The states are computed once, so this takes seconds. Many more, and a head knows its examples by
    heart, which leaves the model nothing to learn from them. 0: heads start from nothing."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """`auto` is bfloat16 where the processor multiplies it natively, else float32."""
    checkpoints_per_epoch: PositiveInt = 4
    pretrain: Pretrain | None = None
    """Reading the curated documents before the tasks are learnt. None: not done, but for a model from scratch."""
