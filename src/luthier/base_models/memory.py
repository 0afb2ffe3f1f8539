"""What tuning and answering take of memory, reckoned from a model's sizes alone, before anything is fetched.

In bytes, for one row of `row_tokens` tokens at a time, whatever the batch size. What every layer keeps of a token for
the way back, with h, q, k, f as in `architecture` and r the rank:

    2 h          what the two norms read, in float32 whatever the precision; where norms are trained, what they make
                 of it too
    2 h + f      what linear layers read; with qlora, which has no fused pass, in float32 and once for each layer that
                 reads it: 5 h + q + f
    2 q + 2 k    queries, keys, values, and what attention makes of them
    3 f          gate, its activation, and up
    7 r          the low-rank products, and with DoRA the outputs of all layers, 2 h + q + 2 k + 2 f

Head norms (Qwen3) keep q + k more, as the other norms do. Tests hold this against what autograd really keeps. A GPU's
library contexts, fragments of freed memory and Python come on top: `OVERHEAD` allows for them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from luthier.base_models.architecture import Architecture

BYTES = {"float32": 4, "bfloat16": 2}
NF4 = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Bytes a weight in NF4: 4 bits, an 8-bit scale for each 64, and a float32 scale for 256 of those."""
LOGITS_AT_ONCE = 64 << 20
"""Bytes of float32 logits that the loss makes at once; beside them lie their copy in the model's precision, their
softmax and its gradient."""
OVERHEAD = 1.1
"""Allowance for what is reckoned nowhere, as a factor."""


@dataclass(frozen=True, slots=True)
class TrainingMemory:
    """What a run holds, in bytes."""

    weights: int  # the model's and the adapters'
    gradients: int
    optimizer: int
    activations: int
    logits: int

    @property
    def total(self) -> int:
        """All of it, with `OVERHEAD`."""
        return round(OVERHEAD * (self.weights + self.gradients + self.optimizer + self.activations + self.logits))


def training_memory(
    architecture: Architecture,
    *,
    method: str,
    precision: str,
    row_tokens: int,
    target_tokens: int | None = None,
    lora_rank: int = 16,
    lora_targets: Collection[str] | str = "all-linear",
    lora_layers: int | None = None,
    recompute: bool = False,
) -> TrainingMemory:
    """What tuning holds by `method`, as tune.method names it.

    Args:
        target_tokens: of a row, all its tokens by default.
        recompute: layers keep only what they read, and are computed again on the way back.
    """
    size = BYTES[precision]
    model = weight_bytes(architecture, precision, four_bit=method == "qlora")
    if method == "full":
        trained, each, masters = architecture.parameters, size, size < 4
        adapters = 0
    else:
        trained = _adapter_parameters(architecture, method, lora_rank, lora_targets, lora_layers)
        adapters = 4 * trained * (2 if method == "pissa" else 1)
        each, masters = 4, False
    logits = min(4 * architecture.vocabulary * (target_tokens or row_tokens), LOGITS_AT_ONCE)
    return TrainingMemory(
        weights=model + adapters,
        gradients=each * trained,
        # Two moments in float32; masters, and their gradients while a step is taken, where weights are held in less.
        optimizer=trained * (8 + (8 if masters else 0)),
        activations=activation_bytes(
            architecture,
            method=method,
            precision=precision,
            tokens=row_tokens,
            lora_rank=lora_rank * (2 if method == "pissa" else 1),
            recompute=recompute,
        ),
        logits=round(logits * (2 + size / 4)),
    )


def weight_bytes(architecture: Architecture, precision: str, *, four_bit: bool = False) -> int:
    """The model's own weights; with `four_bit` its layers' linear weights are in NF4, embeddings in `precision`."""
    size = BYTES[precision]
    if not four_bit:
        return size * architecture.parameters
    linear = architecture.linear_parameters
    return round(NF4 * linear) + size * (architecture.parameters - linear)


def activation_bytes(
    architecture: Architecture, *, method: str, precision: str, tokens: int, lora_rank: int, recompute: bool = False
) -> int:
    """What layers keep of a row for the way back."""
    a, size = architecture, BYTES[precision]
    h, q, k, f = a.hidden_size, a.query_width, a.key_width, a.intermediate_size
    attention, gates = size * (2 * q + 2 * k), size * 3 * f
    head_norms = q + k if a.head_norms else 0
    if method == "full":
        a_token = (4 + size) * (2 * h + head_norms) + size * (2 * h + f) + attention + gates
    else:
        read = 4 * (5 * h + q + f + 7 * lora_rank) if method == "qlora" else size * (2 * h + f + 7 * lora_rank)
        outputs = size * (2 * h + q + 2 * k + 2 * f) if method == "dora" else 0
        a_token = 4 * (2 * h + head_norms) + read + outputs + attention + gates
    layers = 1 if recompute else a.layers
    return tokens * (layers * a_token + (a.layers * size * h if recompute else 0))


def kv_cache_bytes(architecture: Architecture, tokens: int, precision: str) -> int:
    """Keys and values of so many tokens, of all answers side by side together."""
    return 2 * architecture.layers * architecture.key_width * BYTES[precision] * tokens


def _adapter_parameters(
    architecture: Architecture, method: str, rank: int, targets: Collection[str] | str, layers: int | None
) -> int:
    """What an adapter trains: LoRA's two matrices, and DoRA's magnitude of each output beside them."""
    found = architecture.lora_parameters(rank, targets, layers)
    if method == "dora":
        chosen = architecture.linear_layers if isinstance(targets, str) else targets
        outputs = sum(high for name, (_, high) in architecture.linear_layers.items() if name in chosen)
        found += outputs * (architecture.layers if layers is None else layers)
    return found
