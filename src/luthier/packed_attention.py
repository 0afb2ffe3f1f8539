"""Attention for a packed row that never computes what its mask would hide.

A row of one shared prefix and n examples behind it has a mask that is almost all holes: no example sees another.
Instead of n² scores masked down, each example's queries meet the prefix's keys and its own, side by side as a batch;
examples of like length are laid side by side in one table, so that little is padded:

    queries   own tokens of each example, padded to the longest     (examples, heads, L, size)
    keys      the prefix's, then its own                            (examples, heads, P + L, size)

The prefix itself is one ordinary causal block. Key-value heads are never copied for the query heads that share them:
those heads' queries are laid behind one another instead. The result equals the masked row's; gradients too.

Behind an example may hang a tree, such as labels tried after it; then its own block of the mask says who sees whom.

Answers that are generated side by side, a token at a time, meet a shared prefix through one product for all of them
(`SharedPrefix`): its keys are read once a step, not once for each answer.

On a GPU one kernel that skips the holes replaces all this (`luthier.flex_attention`); which of the two a row was laid
out for decides.

Registered with transformers' attention interface under `NAME`; without a layout it is SDPA under the mask it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from luthier import flex_attention
from luthier.errors import RefusedError
from luthier.flex_attention import SegmentLayout

NAME = "luthier_packed"


LIKE_LENGTH, LIKE_TOKENS = 1.25, 4
"""A table's longest example has at most so many times its shortest's tokens, and so many more."""


@dataclass(frozen=True, slots=True)
class Table:
    """Examples of like length, side by side.

    Attributes:
        gather: (examples, L) row indices of each example's own tokens, padded with 0.
        mask: (examples, 1, L, prefix + L), True where a query sees a key.
    """

    gather: Tensor
    mask: Tensor

    @classmethod
    def of(cls, prefix: int, firsts: Sequence[int], blocks: Sequence[Tensor]) -> Table:
        """As `Layout.of`, for some of the examples."""
        lengths = torch.tensor([len(block) for block in blocks])
        longest = int(lengths.max())
        steps = torch.arange(longest)
        gather = torch.where(steps[None] < lengths[:, None], torch.tensor(firsts)[:, None] + steps, 0)
        own = torch.zeros(len(blocks), longest, longest, dtype=torch.bool)
        for number, block in enumerate(blocks):
            own[number, : len(block), : len(block)] = block
        # Every query sees the first key, a padded one nothing else: a row of nothing but holes would be undefined.
        own[..., 0] = True
        seen = torch.ones(len(blocks), longest, prefix, dtype=torch.bool)
        return cls(gather, torch.cat([seen, own], dim=2)[:, None])

    def to(self, device: torch.device | str) -> Table:
        return Table(self.gather.to(device), self.mask.to(device))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a row's examples lie.

    Attributes:
        prefix: tokens that all examples see first.
        cached: the prefix is in a key-value cache, not among the queries.
        tables: each of the examples is in one of them.
        scatter: for each own token of the row, in row order, its place in the tables, flattened and one after another.
    """

    prefix: int
    cached: bool
    tables: tuple[Table, ...]
    scatter: Tensor

    @classmethod
    def of(
        cls, prefix: int, firsts: Sequence[int], blocks: Sequence[Tensor], *, cached: bool, device: torch.device | str
    ) -> Layout:
        """The layout of examples that follow one another without a gap.

        Args:
            firsts: row index of each example's first own token.
            blocks: for each example, boolean (own tokens, own tokens): which of its tokens sees which.
        """
        tables: list[Table] = []
        places = [torch.empty(0)] * len(blocks)
        filled = 0
        for members in _of_like_length([len(block) for block in blocks]):
            table = Table.of(prefix, [firsts[n] for n in members], [blocks[n] for n in members])
            width = table.gather.shape[1]
            for line, number in enumerate(members):
                places[number] = filled + line * width + torch.arange(len(blocks[number]))
            filled += table.gather.numel()
            tables.append(table.to(device))
        return cls(prefix, cached, tuple(tables), torch.cat(places).to(device))


def _of_like_length(lengths: Sequence[int]) -> list[list[int]]:
    """The numbers of the lengths in groups, shortest first."""
    groups: list[list[int]] = []
    limit = 0.0
    for number in sorted(range(len(lengths)), key=lambda number: lengths[number]):
        if not groups or lengths[number] > limit:
            groups.append([])
            limit = LIKE_LENGTH * lengths[number] + LIKE_TOKENS
        groups[-1].append(number)
    return groups


@dataclass(frozen=True, slots=True)
class SharedPrefix:
    """A prefix that every row of a batch continues and that the batch's own keys leave out.

    Attributes:
        layers: per layer its keys and values, each of shape (1, key-value heads, prefix, size).
    """

    layers: Sequence[tuple[Tensor, Tensor]]


def use_packed_attention(model: PreTrainedModel) -> None:
    """Lets `model` take a `packed` layout in its forward pass."""
    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model.set_attn_implementation(NAME)


def _attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    packed: Layout | SegmentLayout | SharedPrefix | None = None,
    **keywords: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attention output of shape (batch, tokens, heads, size) from query (batch, heads, tokens, size) and keys alike.

    A packed row is a batch of one. Behind a `SharedPrefix` the mask covers the prefix and the batch's own keys.
    """
    if isinstance(packed, SegmentLayout):
        return flex_attention.attend(query, key, value, packed, scaling), None
    if isinstance(packed, SharedPrefix):
        assert attention_mask is not None
        number: Any = module.layer_idx
        return _behind_shared(query, key, value, attention_mask, packed.layers[number], scaling), None
    if packed is None and attention_mask is not None:
        _refuse_stand_in(attention_mask, key)
        return _grouped(query, key, value, attention_mask, scaling), None
    if packed is None:
        plain: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **keywords
        )
        return plain
    return _side_by_side(query, key, value, packed, scaling), None


def _side_by_side(query: Tensor, key: Tensor, value: Tensor, layout: Layout, scaling: float | None) -> Tensor:
    """Attention of a packed row: (1, tokens, heads, size)."""
    prefix = layout.prefix
    outputs = []
    if prefix and not layout.cached:
        outputs.append(_prefix_block(query[:, :, :prefix], key[:, :, :prefix], value[:, :, :prefix], scaling))
    attended = []
    for table in layout.tables:
        in_keys = table.gather + prefix if layout.cached else table.gather
        keys, values = _behind_prefix(key, prefix, in_keys), _behind_prefix(value, prefix, in_keys)
        found = _grouped(_gathered(query, table.gather), keys, values, table.mask, scaling)
        attended.append(found.flatten(0, 1))  # (examples * L, heads, size)
    own = torch.cat(attended).index_select(0, layout.scatter)
    return torch.cat([*outputs, own])[None]


def _refuse_stand_in(mask: Tensor, key: Tensor) -> None:
    """Raises where a layout was given but did not arrive: the mask that stands in for it would hide nothing."""
    if mask.shape[-1] != key.shape[2]:
        raise RefusedError(
            "this model does not pass the layout of packed rows on to its attention: examples would see one another",
            fix="Choose a base model that `luthier models list` names, or another of the same family",
        )


def _prefix_block(query: Tensor, key: Tensor, value: Tensor, scaling: float | None) -> Tensor:
    """Plain causal attention over the prefix, of shape (prefix, heads, size)."""
    groups = query.shape[1] // key.shape[1]
    keys, values = (states.repeat_interleave(groups, dim=1) for states in (key, value))
    output: Tensor = F.scaled_dot_product_attention(query, keys, values, is_causal=True, scale=scaling)
    return output[0].transpose(0, 1)


def _gathered(states: Tensor, where: Tensor) -> Tensor:
    """States (1, heads, tokens, size) picked at `where` (examples, L): (examples, heads, L, size)."""
    picked = states[0].index_select(1, where.flatten())
    table: Tensor = picked.unflatten(1, where.shape)
    return table.transpose(0, 1)


def _behind_prefix(states: Tensor, prefix: int, where: Tensor) -> Tensor:
    """The prefix's states followed by each example's own: (examples, heads, prefix + L, size)."""
    own = _gathered(states, where)
    if not prefix:
        return own
    shared = states[:, :, :prefix].expand(len(where), -1, -1, -1)
    return torch.cat([shared, own], dim=2)


def _behind_shared(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor, prefix: tuple[Tensor, Tensor], scaling: float | None
) -> Tensor:
    """Attention of a batch to one prefix and to its own keys, under one softmax: (batch, tokens, heads, size)."""
    batch, heads, tokens, size = query.shape
    shared = key.shape[1]
    stacked = query.reshape(batch, shared, heads // shared * tokens, size)
    hidden = ~mask.expand(batch, 1, tokens, -1).repeat(1, 1, heads // shared, 1)
    prefix_keys, prefix_values = (states[0] for states in prefix)
    all_rows = stacked.transpose(0, 1).flatten(1, 2)  # (key-value heads, rows, size)
    of_prefix = (all_rows @ prefix_keys.transpose(1, 2)).unflatten(1, (batch, -1)).transpose(0, 1)
    scores = torch.cat([of_prefix, stacked @ key.transpose(2, 3)], dim=-1) * (scaling or size**-0.5)
    weights = scores.masked_fill(hidden, -torch.inf).softmax(-1, dtype=torch.float32).to(value.dtype)
    to_prefix, to_own = weights.split([prefix_keys.shape[1], key.shape[2]], dim=-1)
    met = (to_prefix.transpose(0, 1).flatten(1, 2) @ prefix_values).unflatten(1, (batch, -1)).transpose(0, 1)
    by_head: Tensor = (met + to_own @ value).reshape(batch, heads, tokens, size).transpose(1, 2)
    return by_head


def _grouped(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, scaling: float | None) -> Tensor:
    """SDPA in which query heads that share a key-value head lie behind one another: (batch, tokens, heads, size)."""
    batch, heads, tokens, size = query.shape
    shared = key.shape[1]
    stacked = query.reshape(batch, shared, heads // shared * tokens, size)
    repeated = mask.expand(batch, 1, tokens, -1).repeat(1, 1, heads // shared, 1)
    output: Tensor = F.scaled_dot_product_attention(stacked, key, value, attn_mask=repeated, scale=scaling)
    by_head: Tensor = output.reshape(batch, heads, tokens, size).transpose(1, 2)
    return by_head
