"""The shared beginning of a whole set of prompts, encoded once.

`PrefixCache` keeps the keys and values that a model computed for the tokens all prompts open with. Packed rows attend
to them in place (`for_rows`), and so do answers that are generated side by side; the buffers of those (`GrowingCache`)
are allocated once and written in place, where a cache that concatenates would copy everything at every token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import Cache, CacheLayerMixin


class PrefixCache:
    """Keys and values of `ids`, per layer of shape (1, key-value heads, len(ids), head size)."""

    def __init__(self, model: PreTrainedModel, ids: Sequence[int]) -> None:
        self.ids = tuple(ids)
        self.layers: list[tuple[Tensor, Tensor]] = []
        if ids:
            cache = DynamicCache(config=model.config)
            with torch.inference_mode():
                tokens = torch.tensor([list(ids)], device=model.device)
                model(input_ids=tokens, past_key_values=cache, use_cache=True, logits_to_keep=1)  # none is needed
            self.layers = keys_and_values(cache)

    def __len__(self) -> int:
        return len(self.ids)

    def inputs(self) -> dict[str, Any]:
        """What a model is given besides a row, so that the row continues the prefix."""
        return {"past_key_values": self.for_rows(), "use_cache": bool(len(self))}

    def for_rows(self) -> DynamicCache:
        """A cache that holds the prefix and takes one row. The prefix itself is never written to."""
        cache = DynamicCache()
        for number, (keys, values) in enumerate(self.layers):
            cache.update(keys, values, number)
        return cache


def keys_and_values(cache: Cache) -> list[tuple[Tensor, Tensor]]:
    """What a cache holds, per layer."""
    held = []
    for layer in cache.layers:
        assert isinstance(layer, CacheLayerMixin) and layer.keys is not None and layer.values is not None
        held.append((layer.keys, layer.values))
    return held


class GrowingCache(Cache):
    """Key-value buffers of fixed capacity, filled in place. Each starts with `filled` positions already written.

    Args:
        buffers: per layer, keys and values of shape (batch, key-value heads, capacity, head size).
    """

    def __init__(self, buffers: Sequence[tuple[Tensor, Tensor]], filled: int) -> None:
        super().__init__(layers=[_GrowingLayer(keys, values, filled) for keys, values in buffers])

    def keep(self, rows: Tensor) -> None:
        """Keeps only these rows of the batch."""
        for layer in self.layers:
            assert isinstance(layer, _GrowingLayer)
            layer.keep(rows)


class _GrowingLayer(CacheLayerMixin):
    is_sliding = False

    def __init__(self, keys: Tensor, values: Tensor, filled: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.buffers, self.filled = (keys, values), filled
        self.is_initialized = True

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Nothing to do: the buffers are given."""

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        end = self.filled + key_states.shape[-2]
        keys, values = self.buffers
        keys[:, :, self.filled : end] = key_states
        values[:, :, self.filled : end] = value_states
        self.filled = end
        return keys[:, :, :end], values[:, :, :end]

    def keep(self, rows: Tensor) -> None:
        keys, values = self.buffers
        self.buffers = (keys[rows], values[rows])

    def get_seq_length(self) -> int:
        return self.filled

    def get_max_length(self) -> int:
        return self.buffers[0].shape[-2]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.filled + query_length, 0
