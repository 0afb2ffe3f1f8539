"""The sizes of a decoder shaped after Llama (Llama, Mistral, Qwen, SmolLM2), and what follows from them.

A layer's linear layers, with h the hidden size, q and k the widths of all query and of all key-value heads, f the
feed-forward width:

    q_proj h -> q    k_proj, v_proj h -> k    o_proj q -> h    gate_proj, up_proj h -> f    down_proj f -> h
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.errors import LuthierError

Shape = tuple[int, int]  # in, out


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """One model's sizes. `context` is the longest sequence it was made for."""

    vocabulary: int
    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    key_value_heads: int
    head_size: int
    context: int
    tied: bool  # input and output embeddings are one matrix
    attention_bias: bool = False  # of the query, key and value projections
    head_norms: bool = False  # queries and keys are normalised, head by head

    @property
    def query_width(self) -> int:
        return self.heads * self.head_size

    @property
    def key_width(self) -> int:
        return self.key_value_heads * self.head_size

    @property
    def linear_layers(self) -> dict[str, Shape]:
        """Each linear layer of a decoder layer by its name: (in, out)."""
        h, q, k, f = self.hidden_size, self.query_width, self.key_width, self.intermediate_size
        return {
            "q_proj": (h, q),
            "k_proj": (h, k),
            "v_proj": (h, k),
            "o_proj": (q, h),
            "gate_proj": (h, f),
            "up_proj": (h, f),
            "down_proj": (f, h),
        }

    @property
    def linear_parameters(self) -> int:
        """Weights of all decoder layers' linear layers."""
        return self.layers * sum(wide * high for wide, high in self.linear_layers.values())

    @property
    def embedding_parameters(self) -> int:
        """Weights of input and output embeddings, counted once where they are tied."""
        return self.vocabulary * self.hidden_size * (1 if self.tied else 2)

    @property
    def parameters(self) -> int:
        """All weights of the model."""
        biases = self.layers * (self.query_width + 2 * self.key_width) if self.attention_bias else 0
        norms = (2 * self.layers + 1) * self.hidden_size + (2 * self.layers * self.head_size if self.head_norms else 0)
        return self.linear_parameters + self.embedding_parameters + norms + biases

    def lora_parameters(
        self, rank: int, targets: Collection[str] | str = "all-linear", layers: int | None = None
    ) -> int:
        """Weights of LoRA matrices of that rank.

        Args:
            targets: `all-linear`, or names of linear layers, `lm_head` and `embed_tokens`.
            layers: how many layers are adapted, all by default.
        """
        chosen = self.linear_layers if isinstance(targets, str) else targets
        adapted = self.layers if layers is None else layers
        inside = sum(rank * (wide + high) for name, (wide, high) in self.linear_layers.items() if name in chosen)
        ends = sum(
            rank * (self.hidden_size + self.vocabulary) for name in ("lm_head", "embed_tokens") if name in chosen
        )
        return adapted * inside + ends


def architecture_of(folder: Path) -> Architecture:
    """The sizes of the model in a folder, from its config.json. Raises `LuthierError` for a model of another shape."""
    content: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    try:
        heads = content["num_attention_heads"]
        return Architecture(
            vocabulary=content["vocab_size"],
            hidden_size=content["hidden_size"],
            intermediate_size=content["intermediate_size"],
            layers=content["num_hidden_layers"],
            heads=heads,
            key_value_heads=content.get("num_key_value_heads") or heads,
            head_size=content.get("head_dim") or content["hidden_size"] // heads,
            context=content["max_position_embeddings"],
            tied=content.get("tie_word_embeddings", False),
            attention_bias=content.get("attention_bias", content["model_type"] == "qwen2"),
            head_norms=content["model_type"] == "qwen3",
        )
    except KeyError as error:
        raise LuthierError(
            f"its memory cannot be reckoned: config.json has no {error}, as models shaped after Llama do",
            where=str(folder),
        ) from error
