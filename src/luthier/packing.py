"""Many token sequences that share beginnings, as one row.

All examples of a task open with the same tokens: the system prompt, the instruction, the label list. Written once and
followed by each example's own tokens, they cost once. A row is a forest of segments; a token sees its own segment up to
itself and every ancestor of its segment, and its position counts along that path alone. So each path reads exactly what
it would read in a row of its own, and losses, gradients and answers are the same sums.

Two examples a, b after a prefix P, and the labels x, y tried after example b:

            P P P a a b b x y          position ids
        P   █                          0
        P   █ █                        1
        P   █ █ █                      2
        a   █ █ █ █                    3
        a   █ █ █ █ █                  4
        b   █ █ █     █                3
        b   █ █ █     █ █              4
        x   █ █ █     █ █ █            5
        y   █ █ █     █ █   █          5

Prefix sharing by ancestor masks is tree attention (Miao et al. 2023, SpecInfer), used here for training too.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from luthier.flex_attention import BLOCK, SegmentLayout
from luthier.packed_attention import Layout


class Row:
    """Segments gathered into one row of a batch of one.

    Args:
        offset: how many tokens of a cache every segment sees first; positions start there.
    """

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self.ids: list[int] = []
        self._positions: list[int] = []
        self._segment_of: list[int] = []
        self._ends: list[int] = []  # per segment: the position after its last token
        self._ancestors: list[set[int]] = []  # per segment: itself and all it may see
        self._parents: list[int | None] = []
        self._firsts: list[int] = []  # per segment: row index of its first token

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def attended(self) -> int:
        """Pairs of a token and one that it sees, itself and a cache's included."""
        return sum(self._positions) + len(self._positions)

    def add(self, ids: Sequence[int], parent: int | None = None) -> tuple[int, int]:
        """Appends a segment that continues `parent` and returns (its number, the row index of its first token)."""
        start = self.offset if parent is None else self._ends[parent]
        number, first = len(self._ends), len(self.ids)
        self.ids.extend(ids)
        self._positions.extend(range(start, start + len(ids)))
        self._segment_of.extend([number] * len(ids))
        self._ends.append(start + len(ids))
        self._parents.append(parent)
        self._firsts.append(first)
        self._ancestors.append({number} if parent is None else self._ancestors[parent] | {number})
        return number, first

    def tensors(self, device: torch.device | str = "cpu") -> dict[str, Tensor]:
        """`input_ids` and `position_ids` of shape (1, n), `attention_mask` boolean of shape (1, 1, n, offset + n)."""
        n = len(self.ids)
        segment = torch.tensor(self._segment_of)
        mask = self._sees()[segment][:, segment].tril_()
        if self.offset:
            mask = torch.cat([torch.ones(n, self.offset, dtype=torch.bool), mask], dim=1)
        return {**self._tokens(device), "attention_mask": mask[None, None].to(device)}

    def packed(self, device: torch.device | str = "cpu") -> dict[str, Any]:
        """Like `tensors`, for a model under `use_packed_attention`: a layout instead of a mask.

        Only for rows of one root (or a cache) and what hangs on it, each branch added in one go. On a GPU the row is
        filled up to whole blocks, with tokens that see themselves and that nobody sees.
        """
        if torch.device(device).type == "cuda":
            return self.blocks(device)
        roots = sum(parent is None for parent in self._parents)
        shared = self._ends[0] if not self.offset and roots == 1 < len(self._parents) else 0
        top = 0 if shared else None
        starts = [number for number, parent in enumerate(self._parents) if parent == top and (number or not shared)]
        bounds = [self._firsts[number] for number in starts] + [len(self.ids)]
        sees, segment = self._sees(), torch.tensor(self._segment_of)
        blocks = []
        for first, end in itertools.pairwise(bounds):
            own = segment[first:end]
            blocks.append(sees[own][:, own].tril_())
        layout = Layout.of(self.offset or shared, bounds[:-1], blocks, cached=bool(self.offset), device=device)
        return {**self._tokens(device), **_unmasked(device), "packed": layout}

    def blocks(self, device: torch.device | str) -> dict[str, Any]:
        """Like `packed`, laid out for FlexAttention, whatever the device."""
        fill = -len(self.ids) % BLOCK
        tokens = {name: F.pad(held, (0, fill)) for name, held in self._tokens(device).items()}
        segment = torch.tensor(self._segment_of + [len(self._ends)] * fill)
        sees = F.pad(self._sees(), (0, 1, 0, 1))
        sees[-1, -1] = True
        layout = SegmentLayout(segment, sees, self.offset, device)
        return {**tokens, **_unmasked(device), "packed": layout}

    def padded(self, device: torch.device | str = "cpu") -> dict[str, Tensor]:
        """A batch in which every path has a row of its own, for a model that takes neither masks nor layouts.

        `input_ids` and `attention_mask` of shape (paths, longest), padded on the right, and `at` of shape (n,): for
        each token of this row, one place in the flattened batch where it lies. A shared token lies in several rows,
        where the model makes the same of it, so what is read at one of them has the same gradient.
        """
        if self.offset:
            raise ValueError("rows behind a cache cannot be unpacked: what the cache holds is not in them")
        inner = set(self._parents)
        paths = [self._path(number) for number in range(len(self._ends)) if number not in inner]
        longest = max(len(path) for path in paths)
        input_ids = torch.zeros(len(paths), longest, dtype=torch.long)
        mask = torch.zeros(len(paths), longest, dtype=torch.long)
        at = torch.empty(len(self.ids), dtype=torch.long)
        ids = torch.tensor(self.ids)
        for number, path in enumerate(paths):
            where = torch.tensor(path)
            input_ids[number, : len(path)] = ids[where]
            mask[number, : len(path)] = 1
            at[where] = number * longest + torch.arange(len(path))
        return {"input_ids": input_ids.to(device), "attention_mask": mask.to(device), "at": at.to(device)}

    @property
    def longest_path(self) -> int:
        """Tokens of the longest path, those of the cache included."""
        return max(self._ends)

    def _path(self, segment: int) -> list[int]:
        """Row indices of a segment's tokens and of all before them on its path."""
        bounds = [*self._firsts, len(self.ids)]
        return [index for number in sorted(self._ancestors[segment]) for index in range(*bounds[number : number + 2])]

    def _sees(self) -> Tensor:
        """Boolean (segments, segments): itself and its ancestors."""
        sees = torch.zeros(len(self._ends), len(self._ends), dtype=torch.bool)
        for number, ancestors in enumerate(self._ancestors):
            sees[number, list(ancestors)] = True
        return sees

    def _tokens(self, device: torch.device | str) -> dict[str, Tensor]:
        return {
            "input_ids": torch.tensor([self.ids], device=device),
            "position_ids": torch.tensor([self._positions], device=device),
        }


def _unmasked(device: torch.device | str) -> dict[str, Tensor]:
    """Four dimensions tell transformers that the mask is finished; a layout stands in for it."""
    return {"attention_mask": torch.ones(1, 1, 1, 1, dtype=torch.bool, device=device)}


@dataclass(frozen=True, slots=True)
class Packed:
    """Where one sequence came to lie in its row. `own` is how many of its ids the row holds for it alone."""

    index: int  # which of the sequences given to `pack`
    segment: int
    last: int  # row index of its last token
    own: int


def shared_prefix(sequences: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The longest beginning that all sequences share and that leaves each at least one token of its own."""
    if not sequences:
        return ()
    lowest, highest = min(map(tuple, sequences)), max(map(tuple, sequences))  # in dictionary order these share least
    shortest = min(len(sequence) for sequence in sequences)
    return lowest[: min(shared_length(lowest, highest), shortest - 1)]


def shared_length(one: Sequence[int], other: Sequence[int]) -> int:
    """How many ids two sequences have in common at their beginnings."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def pack(
    sequences: Sequence[Sequence[int]],
    prefix: Sequence[int],
    row_tokens: int,
    *,
    cached: bool = False,
    extra: int = 0,
    attach: Callable[[Row, Packed], None] | None = None,
) -> Iterator[tuple[Row, list[Packed]]]:
    """Rows of sequences that all begin with `prefix`, in order, each row near `row_tokens` long.

    Args:
        cached: the prefix is in a key-value cache and is not repeated in the rows.
        attach: called after each sequence, to hang further segments on it.
        extra: tokens that `attach` adds each time.
    """
    row, placed, root = _open_row(prefix, cached)
    for index, sequence in enumerate(sequences):
        own = sequence[len(prefix) :]
        if placed and len(row) + len(own) + extra > row_tokens:
            yield row, placed
            row, placed, root = _open_row(prefix, cached)
        segment, first = row.add(own, root)
        placed.append(Packed(index, segment, first + len(own) - 1, len(own)))
        if attach is not None:
            attach(row, placed[-1])
    if placed:
        yield row, placed


def _open_row(prefix: Sequence[int], cached: bool) -> tuple[Row, list[Packed], int | None]:
    row = Row(offset=len(prefix) if cached else 0)
    root = None if cached or not prefix else row.add(prefix)[0]
    return row, [], root
