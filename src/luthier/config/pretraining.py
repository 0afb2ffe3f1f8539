"""What a model learns before its tasks: the `tune.pretrain` section, and `scratch`, the model that starts empty."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from luthier.config.section import Settings, Share

FROM_SCRATCH = "scratch"
"""The word that `base_model` takes for a model that is made here, from nothing but the project's own texts."""


class Pretrain(Settings):
    """Continued pre-training: the base model reads the curated documents before it is tuned on tasks
    (Gururangan et al. 2020, "Don't Stop Pretraining"). Written as `pretrain: {}`, the defaults hold.

    Only documents that curation kept are learnt, and none that belongs to a client who is measured.
    """

    method: Literal["full", "lora"] | None = None
    """`full` changes every weight. `lora` trains low-rank matrices, with `tune.lora`'s settings, and merges them into
    the weights at the end: it takes far less memory and forgets less, and learns less (Biderman et al. 2024).
    None: `full` for a model from scratch, which has nothing to adapt, else `lora`."""
    epochs: PositiveFloat | None = None
    """Passes over the documents. None: 1, and 10 for a model from scratch."""
    learning_rate: PositiveFloat | None = None
    """None: for `lora` the base model's own; for `full` a tenth of it, since weights that hold what is known move
    less; from scratch 1e-3."""
    block_tokens: PositiveInt = 1024
    """Tokens of one packed block. A longer document goes on in the next block, without seeing the last."""
    batch_blocks: PositiveInt = 8
    """Blocks per optimiser step, whatever the memory."""
    warmup: Share = 0.03
    """Share of the steps over which the learning rate rises; it then falls along a cosine."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.1
    """On matrices only; norms and biases are left alone."""
    dev_share: Annotated[float, Field(ge=0, lt=0.5)] = 0.05
    """Share of the documents that are kept aside to measure perplexity on, beside those of dev's own clients."""
    examples: bool | None = None
    """Whether the inputs of training examples are read as texts too. None: only for a model from scratch, which knows
    nothing else."""


class Scratch(Settings):
    """A small model of Llama's shape, made from random weights and the project's own texts alone, for data that must
    never meet a foreign model. Asked for by `base_model: scratch`."""

    vocabulary: Annotated[int, Field(ge=300, le=200_000)] = 8192
    """The most tokens of its own byte-level tokenizer; few texts yield fewer."""
    layers: PositiveInt = 8
    hidden: PositiveInt = 384
    """Width of the states. The layers' parameters number about 12 x layers x hidden squared."""
    heads: PositiveInt = 6
    """Attention heads, each `hidden / heads` wide."""
    context: PositiveInt = 2048
    """The most tokens it reads at once; `tune.max_tokens` may not be more."""

    @model_validator(mode="after")
    def _heads_divide(self) -> Scratch:
        if self.hidden % (2 * self.heads):
            raise ValueError(
                f"hidden must be a multiple of twice the heads ({2 * self.heads}): a head's width is even, since "
                "positions turn its numbers in pairs"
            )
        return self
