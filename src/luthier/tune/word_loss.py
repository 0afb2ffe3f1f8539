"""The loss over words, without ever holding the logits of all positions.

A row that learns at every position has as many logits as tokens times vocabulary: 8,192 tokens over 128,000 words are
4 GB in float32, and as much again for their gradient. Here they are made a chunk at a time, and made again on the way
back (recomputation; Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost").
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

CHUNK_BYTES = 64 << 20
"""Logits held at once, in float32. Rows of few targets fit into one chunk, and nothing of theirs is made twice."""


def summed_cross_entropy(
    head: nn.Module, states: Tensor, targets: Tensor, chunk_bytes: int = CHUNK_BYTES, weights: Tensor | None = None
) -> Tensor:
    """The cross-entropy in nats, summed over positions, in float32.

    Args:
        head: the output embeddings, from states (positions, hidden) to logits (positions, vocabulary).
        states: (positions, hidden).
        targets: (positions,), the ids to be predicted.
        weights: (positions,), what each one's loss is multiplied by; None: 1.
    """
    vocabulary: int = head.weight.shape[0]  # type: ignore[assignment, index]
    chunk = max(1, chunk_bytes // (4 * vocabulary))
    if len(targets) <= chunk:
        return _of_chunk(head, states, targets, weights)
    total = torch.zeros((), device=states.device)
    counted = [None] * -(-len(targets) // chunk) if weights is None else weights.split(chunk)
    for some, wanted, by in zip(states.split(chunk), targets.split(chunk), counted, strict=True):
        loss = checkpoint(_of_chunk, head, some, wanted, by, use_reentrant=False)
        total = total + loss
    return total


def _of_chunk(head: nn.Module, states: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
    if weights is None:
        return F.cross_entropy(head(states).float(), targets, reduction="sum")
    return (weights * F.cross_entropy(head(states).float(), targets, reduction="none")).sum()
