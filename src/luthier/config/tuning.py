"""How the model is changed: the `tune` section of `luthier.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from luthier.config.preference import Preference
from luthier.config.preflight import Preflight
from luthier.config.pretraining import Pretrain
from luthier.config.section import Name, Settings, Share

Method = Literal["lora", "rslora", "dora", "lora_plus", "pissa", "qlora", "full"]


class Lora(Settings):
    """Low-rank adaptation (Hu et al. 2021)."""

    rank: PositiveInt = 16
    alpha: PositiveInt | None = None
    """What an adapter adds is scaled by alpha/rank, with `rslora` by alpha/√rank. None: 32, with `rslora` 8, so that
    both scale rank 16 alike, by 2."""
    plus_ratio: Annotated[float, Field(ge=1)] = 16.0
    """With `lora_plus`: how many times the rate of the A matrices the B matrices are given. Hayou et al. 2024 found 16
    good for language models from 100 million to 7 billion parameters; a harder task bears more."""
    dropout: Share = 0.0
    """0 by default: it draws random numbers for every adapted layer, which a CPU feels (docs/LOG.md)."""
    target_modules: list[str] | Literal["all-linear"] = "all-linear"
    """`all-linear` is every linear layer but the output embeddings. A list names modules by the ends of their names,
    such as `[q_proj, v_proj]`; `lm_head` and `embed_tokens` are adapted where they are named. Where a model ties the
    two, their adapters are still two, and a merged model keeps them apart."""
    upper_layers: Annotated[float, Field(gt=0, le=1)] = 1.0
    """The share of the model's layers, counted from the top, that are adapted. Below them nothing needs a gradient, so
    0.5 saves a quarter of a step's matrix products; what it costs in quality is the task's to say. Where a label head
    alone answers, some of them must lie below what it reads (`label_head_depth`), or the run is refused."""


class EarlyStopping(Settings):
    """Dev is scored while the model is tuned, by each task's headline figure: generated answers for `generate`."""

    max_cost: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    """The share of the run's work that scoring may be. As many checkpoints are scored, on as many items, as it allows;
    none, and that is said, where it is too little for three scorings of 16 items a task. 0: dev is not scored."""
    dev_items: PositiveInt = 64
    """Items of a task that are scored at most: a random part of dev, the same every time."""
    patience: PositiveInt | None = 6
    """Tuning ends after so many scorings in a row without a better one. With four checkpoints an epoch, 6 are an epoch
    and a half: the learning rate falls along a cosine, and what it brings comes late. None: tuning never ends early."""
    min_improvement: Annotated[float, Field(ge=0, le=1)] = 0.005
    """By how much a score, the mean over tasks, must be higher to count as better. An earlier checkpoint is taken in
    the end only where it is better than the last one by more: smaller differences of so few items are noise."""


class Tune(Settings):
    """How the model is changed. A setting left out is the base model's own default (`luthier models show NAME`)."""

    method: Method = "lora"
    """How the weights are changed (docs/guides/choose-a-method.md). `lora` by default: it needs a fraction of the
    memory of `full`, and one base model on disk serves many specialists. `rslora`, `dora`, `lora_plus` and `pissa` are
    LoRA with another scale, parametrisation, learning rate or start; `qlora` holds the base model in 4 bits and needs a
    GPU; `full` changes every weight, and `lora` below then means nothing."""
    lora: Lora = Lora()
    learning_rate: PositiveFloat | None = None
    """5e-5 to 1e-4 suits models of 7-8 billion parameters; small ones want far more. None: the catalogue's, with
    `full` a tenth of it, with `lora_plus` divided by √`plus_ratio` (the B matrices then get as much more)."""
    head_learning_rate: PositiveFloat | None = None
    """For the label heads, once they are tuned together with the model. None: as `learning_rate`; where that is not
    the rate of plain LoRA (`full`, `lora_plus`), the rate that plain LoRA would have."""
    batch_size: PositiveInt | None = None
    """Examples per optimiser step, whatever the memory. None: the catalogue's."""
    epochs: PositiveFloat | None = None
    task_epochs: dict[Name, PositiveFloat] = {}
    """Task -> epochs, where one task needs more passes over its examples than another."""
    mixing: dict[Name, PositiveFloat] = {}
    """Task -> its weight in the loss, for every task; only the proportions count. With {summary: 3, flags: 1} three
    quarters of the loss are the summaries', however many or long they are (docs/decisions/mixing-tasks.md). Empty:
    every target token counts alike, and beside them every labelled example."""
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
    early_stopping: EarlyStopping = EarlyStopping()
    trackers: list[Literal["tensorboard", "mlflow", "trackio", "wandb"]] = []
    """Where the run is written down besides. None by default: nothing is sent anywhere that is not named here."""
    pretrain: Pretrain | None = None
    """Reading the curated documents before the tasks are learnt. None: not done, but for a model from scratch."""
    preference: Preference | None = None
    """Learning from pairs of better and worse answers after the tasks are learnt. None: not done."""
