"""Attention over a packed row on a GPU, by FlexAttention (Dong et al. 2024).

The row stays as it lies. Its mask is a rule, compiled into the kernel: a query sees a key that stands before it, in a
segment of its own path. Blocks of 128 queries by 128 keys in which that holds nowhere are never computed, so of the
drawing in `luthier.packing` the holes cost nothing; which blocks those are is found once a row, for all layers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

BLOCK = 128
"""Rows are as long as so many whole blocks: then kernels are compiled for few lengths, and none is cut short."""


class SegmentLayout:
    """Who sees whom in a row, as a rule.

    Args:
        segment: (n,) the number of each row token's segment.
        sees: (segments, segments) boolean, True where tokens of the first may see tokens of the second before them.
        cached: how many tokens of a key-value cache every token sees first.
    """

    def __init__(self, segment: Tensor, sees: Tensor, cached: int, device: torch.device | str) -> None:
        count, tokens = len(sees), len(segment)
        # The cache is one more segment, before all others, which everyone sees.
        self._sees = torch.cat([sees, torch.ones(count, 1, dtype=torch.bool)], dim=1).to(device)
        self._segment = segment.to(device)
        self._of_key = torch.cat([torch.full((cached,), count), segment]).to(device)
        self._place = torch.cat([torch.full((cached,), -1), torch.arange(tokens)]).to(device)

    @cached_property
    def block_mask(self) -> BlockMask:
        """Which blocks a kernel visits, made when the first layer asks and kept for the others."""
        sees, segment, of_key, place = self._sees, self._segment, self._of_key, self._place

        def rule(batch: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
            return sees[segment[query], of_key[key]] & (place[key] <= query)

        return create_block_mask(rule, None, None, len(segment), len(of_key), device=segment.device, BLOCK_SIZE=BLOCK)


def attend(query: Tensor, key: Tensor, value: Tensor, layout: SegmentLayout, scaling: float | None) -> Tensor:
    """Attention output (1, tokens, heads, size) of a row: query (1, heads, tokens, size), keys with fewer heads alike.

    Compiled on a GPU. Elsewhere it is written out in full, every score and then the mask: right, and for trials only.
    """
    kernel: Any = _compiled() if query.is_cuda else flex_attention
    output: Any = kernel(query, key, value, block_mask=layout.block_mask, scale=scaling, enable_gqa=True)
    by_token: Tensor = output.transpose(1, 2)
    return by_token


@cache
def _compiled() -> Callable[..., Any]:
    """The kernel for rows of any length, compiled when the first row comes."""
    return torch.compile(flex_attention, dynamic=True)
